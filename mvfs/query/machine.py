"""A regular expression as a machine: states, and what leads from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mvfs.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    Takes = Callable[[str], bool]
    """Says of a character whether it fits."""

MAX_NODES = 1000
MAX_DEPTH = 50
ACCEPT = -1
"""The state in which the pattern fits."""
START, END = "^", "$"


class Node(NamedTuple):
    """One state: it takes a character and leads to ``next``, or has free ways to ``edges``."""

    takes: Takes
    next: int = ACCEPT
    edges: tuple[int, ...] | None = None
    only: str | None = None
    """Whether the ways are free only where the text begins or ends."""


class Machine(NamedTuple):
    """The states of a pattern, and the first one."""

    nodes: list[Node]
    start: int


def build(text: str) -> Machine:
    """Return the machine of a pattern.

    Raises:
        InvalidInput: it is none, too long, or asks for what is not supported.
    """
    builder = _Builder(text)
    return Machine(builder.nodes, builder.whole())


def _nothing(_: str) -> bool:
    return False


_CLASSES: dict[str, Takes] = {
    "d": str.isdecimal,
    "w": lambda ch: ch.isalnum() or ch == "_",
    "s": str.isspace,
}
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


class _One(NamedTuple):
    """One character."""

    takes: Takes


class _Only(NamedTuple):
    """The begin or the end of the text."""

    mark: str


class _Row(NamedTuple):
    """Pieces behind each other."""

    pieces: list[_Piece]


class _Choice(NamedTuple):
    """Pieces of which one is enough."""

    pieces: list[_Piece]


class _Repeat(NamedTuple):
    """A piece so many times."""

    piece: _Piece
    least: int
    most: int | None


_Piece = _One | _Only | _Row | _Choice | _Repeat


class _Builder:
    """Reads a pattern into pieces, then makes them nodes from the last to the first."""

    def __init__(self, text: str) -> None:
        self.nodes: list[Node] = []
        self._ignore_case = text.startswith("(?i)")
        self._text = text[4:] if self._ignore_case else text
        self._at = 0
        self._depth = 0

    def whole(self) -> int:
        piece = self._any()
        if self._at < len(self._text):
            self._refuse("a ')' has no '(' before it")
        return self._node(piece, ACCEPT)

    def _refuse(self, why: str) -> NoReturn:
        raise InvalidInput(f"'{self._text}' is no pattern: {why}")

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _any(self) -> _Piece:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._refuse("it has too many groups in each other")
        found = [self._all()]
        while self._peek() == "|":
            self._at += 1
            found.append(self._all())
        self._depth -= 1
        return found[0] if len(found) == 1 else _Choice(found)

    def _all(self) -> _Piece:
        found: list[_Piece] = []
        while self._peek() not in ("", "|", ")"):
            found.append(self._repeated(self._single()))
        return _Row(found)

    def _repeated(self, piece: _Piece) -> _Piece:
        bounds = self._bounds()
        if bounds is None:
            return piece
        if self._peek() == "?":  # as few as possible: the same question
            self._at += 1
        if self._bounds() is not None:
            self._refuse("a repetition is repeated; put it in parentheses")
        return _Repeat(piece, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        ch = self._peek()
        if ch and ch in "*+?":
            self._at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[ch]
        end = self._text.find("}", self._at)
        if ch != "{" or end < 0:
            return None
        least, comma, most = self._text[self._at + 1 : end].partition(",")
        if not (least.isdecimal() and (not most or most.isdecimal()) and len(least) < 5 and len(most) < 5):
            return None  # braces that are text
        self._at = end + 1
        highest = int(most) if most else None if comma else int(least)
        if highest is not None and highest < int(least):
            self._refuse("it repeats less than it must")
        return int(least), highest

    def _single(self) -> _Piece:
        ch = self._peek()
        self._at += 1
        match ch:
            case "(":
                return self._group()
            case "[":
                return _One(self._class())
            case ".":
                return _One(lambda one: one != "\n")
            case "^" | "$":
                return _Only(ch)
            case "\\":
                return _One(self._escape())
            case "*" | "+" | "?":
                self._refuse(f"there is nothing before '{ch}' to repeat")
        return _One(self._range(ch, ch))

    def _group(self) -> _Piece:
        if self._text.startswith("?:", self._at):
            self._at += 2
        elif self._peek() == "?":
            self._refuse("of the groups with '?', only (?:…) and a leading (?i) are supported")
        found = self._any()
        if self._peek() != ")":
            self._refuse("a ')' is missing")
        self._at += 1
        return found

    def _escape(self) -> Takes:
        ch = self._peek()
        self._at += 1
        if ch.lower() in _CLASSES and ch:
            test = _CLASSES[ch.lower()]
            return test if ch.islower() else lambda one: not test(one)
        if not ch or (ch.isalnum() and ch not in _ESCAPED):
            self._refuse(f"'\\{ch}' is not supported")
        return self._range(_ESCAPED.get(ch, ch), _ESCAPED.get(ch, ch))

    def _class(self) -> Takes:
        negated = self._peek() == "^"
        self._at += negated
        tests: list[Takes] = []
        while self._peek() != "]" or not tests:
            ch = self._peek()
            self._at += 1
            if not ch:
                self._refuse("a ']' is missing")
            if ch == "\\" and self._peek().lower() in _CLASSES:
                tests.append(self._escape())
                continue
            first = self._literal(ch)
            last = first
            if self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 2
                last = self._literal(self._text[self._at - 1])
            if last < first:
                self._refuse(f"the range '{first}-{last}' is empty")
            tests.append(self._range(first, last))
        self._at += 1
        return lambda one: any(test(one) for test in tests) != negated

    def _literal(self, ch: str) -> str:
        if ch != "\\":
            return ch
        escaped = self._peek()
        self._at += 1
        if not escaped or (escaped.isalnum() and escaped not in _ESCAPED):
            self._refuse(f"'\\{escaped}' is not supported in brackets")
        return _ESCAPED.get(escaped, escaped)

    def _range(self, first: str, last: str) -> Takes:
        if self._ignore_case:
            return lambda one: any(first <= case <= last for case in (one, one.lower(), one.upper()))
        return lambda one: first <= one <= last

    def _add(self, node: Node) -> int:
        if len(self.nodes) >= MAX_NODES:
            self._refuse("it is too long, or repeats too much")
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _node(self, piece: _Piece, then: int) -> int:
        """Make the nodes of a piece that lead to ``then``; return the first."""
        match piece:
            case _One(takes):
                return self._add(Node(takes, then))
            case _Only(mark):
                return self._add(Node(_nothing, edges=(then,), only=mark))
            case _Choice(pieces):
                return self._add(Node(_nothing, edges=tuple(self._node(one, then) for one in pieces)))
            case _Row(pieces):
                for one in reversed(pieces):
                    then = self._node(one, then)
                return then
        return self._repeat(piece.piece, piece.least, piece.most, then)

    def _repeat(self, piece: _Piece, least: int, most: int | None, then: int) -> int:
        if most is None:
            loop = self._add(Node(_nothing, edges=()))
            self.nodes[loop] = Node(_nothing, edges=(self._node(piece, loop), then))
            then = loop
        else:
            end = then
            for _ in range(most - least):
                then = self._add(Node(_nothing, edges=(self._node(piece, then), end)))
        for _ in range(least):
            then = self._node(piece, then)
        return then
