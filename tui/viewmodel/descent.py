"""A lineage as a tree: its rows, how each is painted, and which lines of it lead to a node."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import overload

from mvfs import units
from mvfs.lineage import tree
from mvfs.lineage.drawing import UNICODE, name_of
from mvfs.lineage.graph import Graph, Node
from tui import paint
from tui.paint import Span
from tui.viewmodel import lineage

_STEP = 3
"""Columns of a level."""

_LABEL = 28
"""Columns that a label has at least, however deep it stands."""

_SIDE, _AGE, _SIZE = 66, 7, 10
"""From how many columns on age and size are shown beside the tree, and theirs."""


@dataclass(frozen=True, slots=True)
class Twig:
    """A row of the tree."""

    node: Node
    at: int
    """Which row it is."""
    parent: int
    """The row of the node under which it stands; -1 for none."""
    rails: tuple[bool, ...]
    """For each level, whether a line passes on to a sibling further down."""
    also: tuple[Node, ...] = ()
    """Its other parents."""

    @property
    def depth(self) -> int:
        """How many levels it is indented."""
        return len(self.rails)


@dataclass(frozen=True, slots=True)
class Trace:
    """Which lines of a tree lead to a node from what it came from."""

    node: str = ""
    nodes: Collection[str] = ()
    """All that it came from, and itself."""
    passing: dict[int, set[int]] = field(default_factory=dict)
    """By row, the levels at which a lit line passes downwards."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What a row looks like beside what it says."""

    width: int
    now: int
    """Microseconds since 1970."""
    trace: Trace = field(default_factory=Trace)
    shift: int = 0
    """How many levels are out of sight on the left."""

    @property
    def side(self) -> int:
        """Columns of age and size."""
        return _AGE + _SIZE + 1 if self.width >= _SIDE else 0


def shift(depth: int, width: int) -> int:
    """How many levels go out of sight so that a label of some depth is in sight: several at a time."""
    fitting = max((width - _LABEL - Looks(width, 0).side) // _STEP, 2)
    leap = max(fitting // 2, 1)
    return 0 if depth <= fitting else -(-(depth - fitting) // leap) * leap


@dataclass(frozen=True, slots=True)
class Row:
    """What a row shows."""

    rails: Sequence[Span]
    label: Sequence[Span]
    side: Sequence[Span]

    @property
    def spans(self) -> list[Span]:
        """All of it."""
        return [*self.rails, *self.label, *self.side]


class Descent(Sequence[Twig]):
    """A tree: its rows, from top to bottom."""

    def __init__(self, graph: Graph, twigs: Sequence[Twig] = ()) -> None:
        self.graph = graph
        self.twigs = twigs

    def __len__(self) -> int:
        return len(self.twigs)

    @overload
    def __getitem__(self, at: int) -> Twig: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Twig]: ...
    def __getitem__(self, at: int | slice) -> Twig | Sequence[Twig]:
        return self.twigs[at]

    @classmethod
    def of(cls, graph: Graph, kept: Collection[str] | None = None) -> Descent:
        """Make the tree of a graph, or of the nodes ``kept`` of it."""
        seen = graph
        if kept is not None:
            seen = Graph.of((node for node in graph.nodes if node.id in kept), graph.edges, graph.focus)
        found = tree.rows(seen)
        rows = {row.node.id: at for at, row in enumerate(found)}
        twigs = []
        for at, row in enumerate(found):
            home = seen.home(row.node.id)
            also = tuple(graph.by_id[key] for key in graph.parents[row.node.id] if key != home)
            twigs.append(Twig(row.node, at, -1 if home is None else rows[home], row.rails, also))
        return cls(graph, twigs)

    def narrowed(self, nodes: Collection[str]) -> Descent:
        """The tree of these nodes and of those above them."""
        kept: set[str] = set()
        for twig in self.twigs:
            at = twig.at if twig.node.id in nodes else -1
            while at >= 0 and self.twigs[at].node.id not in kept:
                kept.add(self.twigs[at].node.id)
                at = self.twigs[at].parent
        return Descent.of(self.graph, kept)

    def child(self, at: int) -> int | None:
        """The row of the first node under another."""
        below = at + 1
        return below if below < len(self.twigs) and self.twigs[below].parent == at else None

    def trace(self, node: str) -> Trace:
        """What leads to a node."""
        if node not in self.graph.by_id:
            return Trace()
        lit = self.graph.ancestry(node)
        passing: dict[int, set[int]] = {}
        last: dict[int, int] = {}
        for twig in self.twigs:
            if twig.node.id in lit and twig.parent >= 0:
                last[twig.parent] = twig.at
        for parent, end in last.items():
            for row in range(parent + 1, end):
                passing.setdefault(row, set()).add(self.twigs[parent].depth)
        return Trace(node, lit, passing)

    def row(self, twig: Twig, looks: Looks) -> Row:
        """What a row shows, in so many columns."""
        room = looks.width - looks.side
        rails = self._rails(twig, looks)
        left = max(room - paint.width_of(rails), 0)
        label = self._label(twig, max(left, _LABEL), looks)
        label, rest = _fitted(label, left)
        side = self._side(twig.node, looks.now) if looks.side else ""
        return Row(rails, label, [(" " * rest + side, "faint")])

    def _rails(self, twig: Twig, looks: Looks) -> list[Span]:
        """The lines before a label."""
        trace, shift, glyphs = looks.trace, looks.shift, UNICODE
        if shift >= twig.depth:
            return [(glyphs.more + " ", "faint")] if shift else []
        found: list[Span] = [(glyphs.more + " ", "faint")] if shift else []
        passing = trace.passing.get(twig.at, set())
        for level, passes in enumerate(twig.rails[shift:-1], start=shift):
            text = glyphs.pass_ if passes else " " * _STEP
            _add(found, text, "accent" if passes and level in passing else "faint")
        corner = glyphs.branch if twig.rails[-1] else glyphs.last
        is_lit = twig.node.id in trace.nodes
        upright = "accent" if is_lit or twig.depth - 1 in passing else "faint"
        _add(found, corner[:1], upright)
        _add(found, corner[1:], "accent" if is_lit else "faint")
        return found

    def _label(self, twig: Twig, room: int, looks: Looks) -> list[Span]:
        node, trace = twig.node, looks.trace
        spans = [lineage.head(node, max(room - 12, 16))]
        if node.id in self.graph.focus:
            spans.append((f" {UNICODE.focus}", "accent"))
        spans += lineage.remarks(node)
        spans += lineage.aliases(node)
        if twig.also:
            words = f"  {UNICODE.also} {', '.join(map(name_of, twig.also))}"
            spans.append((words, "accent" if node.id in trace.nodes else "faint"))
        if more := lineage.unseen(node):
            spans.append((more, "faint"))
        return spans

    @staticmethod
    def _side(node: Node, now: int) -> str:
        """Age and size, in columns of their own."""
        age = units.age(node.created, now) if node.created else ""
        size = units.size(node.size) if node.size else ""
        return paint.fit(age, _AGE, right=True) + paint.fit(size, _SIZE, right=True) + " "


NOTHING = Descent(Graph((), ()))


def _add(spans: list[Span], text: str, role: str) -> None:
    """Append; what looks the same as what is before it becomes one with it."""
    if spans and spans[-1][1] == role:
        spans[-1] = spans[-1][0] + text, role
    else:
        spans.append((text, role))


def _fitted(spans: Sequence[Span], width: int) -> tuple[list[Span], int]:
    """Spans in at most so many columns, and how many are left."""
    kept: list[Span] = []
    left = width
    for text, role in spans:
        if left <= 0:
            break
        shown = paint.cut(text, left)
        left -= paint.width_of([(shown, role)])
        kept.append((shown, role))
    return kept, max(left, 0)
