"""The words of a query, and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mvfs.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

MAX_CHARS = 4096

WORD, STRING, PATTERN, OP, MARK, END = "word", "string", "pattern", "operator", "mark", "end"

_OPS = ("==", "!=", "<>", "<=", ">=", "!~", "=", "<", ">", "~")
_SAME = {"==": "=", "<>": "!="}
_ENDS = set("()=!<>~,'\"") | set(" \t\r\n")


class Token(NamedTuple):
    """One word, operator or mark."""

    kind: str
    text: str
    at: int
    """Index of its first character."""
    parts: tuple[str, ...] = ()
    """Of a word, what its dots divide; what was quoted is one part."""

    @property
    def keyword(self) -> str:
        """A bare word in small letters, to compare with ``and`` and the like; empty for others."""
        return self.text.lower() if self.kind == WORD else ""


def refuse(query: str, at: int, why: str) -> NoReturn:
    """Raise InvalidInput that says where in the query it went wrong; ``position`` counts from 0."""
    raise InvalidInput(f"{why} (character {at + 1} of the query)", query=query, position=at)


def tokens(query: str) -> list[Token]:
    """Return the tokens of a query, the last one of kind ``END``.

    Raises:
        InvalidInput: it is too long, or a quote or pattern does not end.
    """
    if len(query) > MAX_CHARS:
        raise InvalidInput(f"a query can have at most {MAX_CHARS} characters, this one has {len(query)}")
    try:
        query.encode()
    except UnicodeEncodeError as exc:
        refuse(query, exc.start, "there is a byte that is no text")
    return list(_tokens(query))


def _tokens(query: str) -> Iterator[Token]:
    at, end = 0, len(query)
    after_match = False
    while at < end:
        ch = query[at]
        if ch.isspace():
            at += 1
            continue
        if ch in "(),":
            token, at = Token(MARK, ch, at), at + 1
        elif ch in "'\"":
            text, after = _quoted(query, at)
            token, at = Token(STRING, text, at), after
        elif ch == "/" and after_match:
            text, after = _pattern(query, at)
            token, at = Token(PATTERN, text, at), after
        elif (op := next((op for op in _OPS if query.startswith(op, at)), None)) is not None:
            token, at = Token(OP, _SAME.get(op, op), at), at + len(op)
        elif ch == "!":
            refuse(query, at, "'!' stands alone; write 'not', '!=' or '!~'")
        else:
            token, at = _word(query, at)
        after_match = token.kind == OP and token.text.endswith("~")
        yield token
    yield Token(END, "", end)


def _quoted(query: str, at: int) -> tuple[str, int]:
    """Return what the quotes at ``at`` hold, and where it goes on; behind a backslash, a quote is text."""
    quote, found, here = query[at], [], at + 1
    while here < len(query) and query[here] != quote:
        if query[here] == "\\" and here + 1 < len(query):
            here += 1
        found.append(query[here])
        here += 1
    if here >= len(query):
        refuse(query, at, f"the quote {quote} does not end")
    return "".join(found), here + 1


def _pattern(query: str, at: int) -> tuple[str, int]:
    r"""Return the pattern that begins with a slash at ``at``; in it, a slash is written ``\/``."""
    here = at + 1
    while here < len(query) and query[here] != "/":
        here += 2 if query[here] == "\\" else 1
    if here >= len(query):
        refuse(query, at, "the pattern does not end with a slash")
    return query[at + 1 : here].replace("\\/", "/"), here + 1


def _word(query: str, at: int) -> tuple[Token, int]:
    """Return the word at ``at``; behind a dot, a part may be quoted: ``config."a.b"``."""
    here, part, parts = at, "", []
    while here < len(query):
        ch = query[here]
        if ch in "'\"" and not part and here > at and query[here - 1] == ".":
            part, here = _quoted(query, here)
            if here < len(query) and query[here] not in _ENDS | {"."}:
                refuse(query, here, "a dot or an operator must follow the quoted key")
        elif ch in _ENDS or ch.isspace():
            break
        else:
            here += 1
            if ch == ".":
                parts.append(part)
                part = ""
            else:
                part += ch
    return Token(WORD, query[at:here], at, (*parts, part)), here
