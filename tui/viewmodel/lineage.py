"""Which part of a lineage is shown and in which form; what is said of it, and of a node in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mvfs import units
from mvfs.errors import InvalidInput
from mvfs.lineage import views
from mvfs.lineage.drawing import UNICODE, name_of, symbol_of
from mvfs.lineage.graph import Graph, Kind, Node
from mvfs.lineage.walk import DEPTH, Direction
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel.chips import chips

FORMS = ("versions", "runs", "names")
"""Versions tied to versions; each run between them as well; the versions of a name as one."""

WAYS: tuple[Direction, ...] = ("both", "up", "down")

DEEPEST = 99
_JOB, _ALIASES, _NAMED = 20, 3, 4
"""Columns of a type of job, and how many aliases of one node and marked versions are named."""

_FORM_WORDS = {"versions": "versions", "runs": "versions and runs", "names": "names"}
_WAY_WORDS = {"both": "up and down", "up": "what it came from", "down": "what came of it"}

MARKED = "✓"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a lineage is shown. As text it is what a place says after ``as:``."""

    graph: bool = False
    """From left to right, instead of as a tree."""
    form: str = "versions"
    way: Direction = "both"
    depth: int = DEPTH

    @classmethod
    def parse(cls, word: str) -> Wanted:
        """Read ``graph,runs,up,7``: any of these, in any order.

        Raises:
            InvalidInput: a part of it means nothing.
        """
        found = cls()
        for part in word.split(",") if word else ():
            if part in ("tree", "graph"):
                found = replace(found, graph=part == "graph")
            elif part in FORMS:
                found = replace(found, form=part)
            elif part in WAYS:
                found = replace(found, way=next(way for way in WAYS if way == part))
            elif part.isascii() and part.isdigit():
                found = replace(found, depth=max(min(int(part[:9]), DEEPEST), 1))
            else:
                raise InvalidInput(
                    f"a lineage is not shown as '{part}'; there are tree, graph, {', '.join(FORMS)},"
                    f" {', '.join(WAYS)} and a depth"
                )
        return found

    def __str__(self) -> str:
        usual = Wanted()
        parts = ["graph"] if self.graph else []
        parts += [one for one in (self.form, self.way) if one not in (usual.form, usual.way)]
        parts += [str(self.depth)] if self.depth != usual.depth else []
        return ",".join(parts)

    def turned(self) -> Wanted:
        """The same in the next direction."""
        return replace(self, way=WAYS[(WAYS.index(self.way) + 1) % len(WAYS)])

    def exploded(self) -> Wanted:
        """The same in the next form."""
        return replace(self, form=FORMS[(FORMS.index(self.form) + 1) % len(FORMS)])


@dataclass(frozen=True)
class Walked:
    """What lies around a version, as read from the store: texts in it are still as they were stored."""

    ref: str
    """``project/type/name:v3`` of the version that was asked about."""
    graph: Graph
    way: Direction = "both"
    depth: int = DEPTH

    @property
    def focus(self) -> str:
        """The id of the node that was asked about."""
        return next(iter(self.graph.focus), "")

    def seen_as(self, form: str, unfolded: Collection[str] = ()) -> Graph:
        """The graph in a form; results that nothing came of are counted, unless they are unfolded."""
        whole = self.whole(form)
        return whole if form == "runs" else views.folded(whole, 1, unfolded, shared=True)

    def whole(self, form: str) -> Graph:
        """The graph in a form, with all results."""
        if form == "runs":
            return self.graph
        return self._names if form == "names" else self._versions

    @cached_property
    def _versions(self) -> Graph:
        return views.versions(self.graph)

    @cached_property
    def _names(self) -> Graph:
        return views.names(self.graph)

    @cached_property
    def beyond(self) -> tuple[int, int]:
        """How many nodes lie deeper than was looked, and how many were left out for being too many."""
        ends = {
            "above": _reached(self.graph, self.focus, 2 * self.depth, up=True),
            "below": _reached(self.graph, self.focus, 2 * self.depth, up=False),
        }
        deeper = sum(getattr(self.graph.by_id[key], side) for side, keys in ends.items() for key in keys)
        return deeper, sum(node.above + node.below for node in self.graph.nodes) - deeper


def _reached(graph: Graph, start: str, steps: int, *, up: bool) -> Collection[str]:
    """The nodes so many steps away in one direction."""
    ways = graph.parents if up else graph.children
    seen, level = {start}, [start] if start else []
    for _ in range(steps):
        level = [end for key in level for end in dict.fromkeys(ways[key]) if end not in seen]
        level = list(dict.fromkeys(level))
        seen.update(level)
    return level


def kind_role(node: Node) -> str:
    """The role in which a node's sign and name are painted."""
    if node.gone:
        return "bad"
    if node.kind is Kind.RUN:
        return "muted"
    return {"dataset": "alias", "model": "text"}.get(node.type, "muted")


def head(node: Node, widest: int, *, marked: bool = False) -> Span:
    """The sign and name of a node."""
    sign = MARKED if marked else symbol_of(node, UNICODE)
    return f"{sign} {paint.cut(name_of(node), widest)}", kind_role(node)


def aliases(node: Node) -> list[Span]:
    """The aliases of a node, each with its sign, each behind a gap."""
    shown = chips(node.aliases)[: 2 * _ALIASES - 1]  # with a gap between each two
    more = len(node.aliases) - _ALIASES
    found = [(f"  {shown[0][0]}", shown[0][1]), *shown[1:]] if shown else []
    return [*found, (f" +{more}", "faint")] if more > 0 else found


def remarks(node: Node) -> list[Span]:
    """What is said of a node behind its name: what is the matter with it, and what is counted on it."""
    found: list[Span] = [(f" ({node.gone})", "bad")] if node.gone else []
    if node.kind is Kind.RUN:
        if node.type:
            found.append((f" {paint.cut(line(node.type), _JOB)}", "faint"))
        if node.state not in ("", "finished"):
            found.append((f" {line(node.state)}", _state_role(node.state)))
    counts = f" {node.versions:,} versions" * (node.versions > 1)
    counts += f" {UNICODE.result}{node.results:,}" * bool(node.results)
    counts += f" {UNICODE.run}{node.runs:,}" * bool(node.runs)
    return [*found, (counts, "muted")] if counts else found


def _state_role(state: str) -> str:
    return "latest" if state == "running" else "bad" if state in ("failed", "crashed") else "muted"


def unseen(node: Node) -> str:
    """What of a node's neighbours is not in the graph: `` …3 above``."""
    sides = [(node.above, "above"), (node.below, "below")]
    return "".join(f"  {UNICODE.more} {count:,} {side}" for count, side in sides if count)


def summary(wanted: Wanted) -> list[Span]:
    """In words, how the lineage is shown."""
    shape = "graph" if wanted.graph else "tree"
    said = [f"{shape} of {_FORM_WORDS[wanted.form]}", _WAY_WORDS[wanted.way], f"depth {wanted.depth}"]
    return [(f" {said[0]}", "muted"), ("  ·  " + "  ·  ".join(said[1:]), "faint")]


def extent(walked: Walked, shown: Graph, *, short: bool = False) -> list[Span]:
    """How much is shown, and how much is not."""
    deeper, beside = walked.beyond
    count = len(shown.nodes)
    spans: list[Span] = [(f"{count:,} node{'s' if count != 1 else ''} ", "faint")]
    if deeper:
        words = f" … {deeper:,} more" if short else f" … {deeper:,} more beyond depth {walked.depth} "
        spans.append((words, "muted"))
    if beside and not short:
        spans.append((f" … {beside:,} more left out ", "muted"))
    return spans


def full_ref(node: Node) -> str:
    """A node's ref as other parts of mvfs take it: ``project/type/name:v3``; of a run, ``project:id``."""
    if node.kind is Kind.RUN:
        return f"{node.project}:{node.id.partition('/')[2]}"
    if not node.type:
        return node.ref
    return f"{node.project}/{node.type}/{node.name}"


def facts(node: Node, graph: Graph, now: int) -> list[Span]:
    """One row about a node, found in the ``graph`` that was walked: kind, ref, age, size, state."""
    kind = "run" if node.kind is Kind.RUN else line(node.type) or "version"
    own = f"  {line(node.name)}" if node.kind is Kind.RUN and node.name.strip() else ""
    head = f" {symbol_of(node, UNICODE)} {paint.cut(kind, _JOB)}  {line(full_ref(node))}{own}"
    said = [node.gone] if node.gone else []
    said += [f"{node.versions:,} of its versions"] if node.kind is Kind.NAME else []
    said += [units.age(node.created, now)] if node.created and node.kind is not Kind.NAME else []
    said += [units.size(node.size)] if node.size else []
    if node.kind is Kind.RUN:
        said += [line(one) for one in (node.type, node.state) if one]
    elif makers := makers_of(node, graph):
        first = makers[0]
        ended = f", {line(first.state)}" if first.state else ""
        more = f" and {len(makers) - 1} more" if len(makers) > 1 else ""
        said.append(f"by {name_of(first)}{ended}{more}")
    return [(head, "bad" if node.gone else "text"), ("".join(f"  ·  {one}" for one in said), "muted")]


def makers_of(node: Node, graph: Graph) -> list[Node]:
    """The runs in a walked graph that made a version."""
    parents = graph.parents.get(node.id, ())
    return [graph.by_id[key] for key in parents if graph.by_id[key].kind is Kind.RUN]


@dataclass(frozen=True, slots=True)
class Data:
    """The data sets that two versions came from, at any distance."""

    shared: Sequence[Node]
    apart: Sequence[tuple[Sequence[Node], Sequence[Node]]]
    """Of each name of which they share no version, the versions of the one and of the other."""


def marks(marked: Sequence[str], data: Data | None) -> list[Span]:
    """One row about marked versions: which they are, and, of two, whether they came from the same data."""
    names = [ref.rpartition("/")[2] for ref in marked]
    spans: list[Span] = [(f" {MARKED} ", "accent"), (line("  ".join(names[:_NAMED])), "text")]
    if len(names) > _NAMED:
        spans.append((f"  and {len(names) - _NAMED:,} more", "muted"))
    if data is not None and data.apart:
        told = "  ".join(f"{_stem(a[0])} {_numbers(a)} | {_numbers(b)}" for a, b in data.apart)
        spans.append((f"  ≠ other data: {told}", "best"))
    elif data is not None and data.shared:
        told = "  ".join(map(name_of, data.shared))
        spans.append((f"  same data: {told}", "muted"))
    return spans


def _stem(node: Node) -> str:
    return name_of(node).rpartition(":v")[0]


def _numbers(nodes: Sequence[Node]) -> str:
    return ", ".join("v" + node.name.rpartition(":v")[2] for node in nodes)


def haystack(node: Node) -> str:
    """What a filter looks into, in lower case."""
    words = [node.project, node.name, node.type, node.state, node.gone, *node.aliases]
    words += ["run"] if node.kind is Kind.RUN else []
    return "\n".join(words).lower()
