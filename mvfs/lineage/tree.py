"""A graph as a tree with cross-links: each node once, under one of its parents, the others named behind it.

The parent is the first model among them, else the first one. So the tree is that of the models' descent, and
data sets, which everything came from, do not pull it apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from mvfs import text, units
from mvfs.lineage.drawing import (
    UNICODE,
    Drawing,
    Glyphs,
    Line,
    Segment,
    Spot,
    Style,
    fitted,
    label_of,
    name_of,
)
from mvfs.lineage.graph import Graph, Node

_WIDEST = 80
"""Columns of a name."""


@dataclass(frozen=True, slots=True)
class Row:
    """A node in the tree."""

    node: Node
    rails: tuple[bool, ...]
    """For each level above: whether a sibling follows further down, and the line to it has to pass."""
    also: tuple[Node, ...]
    """Its other parents."""


def rows(graph: Graph) -> list[Row]:
    """Return the nodes in the order of the tree, parents before children."""
    homes = {node.id: graph.home(node.id) for node in graph.nodes}
    children: dict[str | None, list[Node]] = {}
    for node in graph.nodes:
        children.setdefault(homes[node.id], []).append(node)
    found: list[Row] = []
    stack: list[tuple[Node, tuple[bool, ...]]] = [(root, ()) for root in reversed(children.get(None, []))]
    while stack:
        node, rails = stack.pop()
        also = tuple(graph.by_id[key] for key in graph.parents[node.id] if key != homes[node.id])
        found.append(Row(node, rails, also))
        below = children.get(node.id, [])
        stack.extend((child, (*rails, child is not below[-1])) for child in reversed(below))
    return found


def paint(
    graph: Graph, columns: int | None = None, glyphs: Glyphs = UNICODE, lit: frozenset[str] = frozenset()
) -> Drawing:
    """Draw the tree in at most so many columns; edges between nodes in ``lit`` are in `Style.LIT`."""
    lines: list[Line] = []
    spots: dict[str, Spot] = {}
    for row in rows(graph):
        rails = "".join(glyphs.pass_ if passes else "   " for passes in row.rails[:-1])
        if row.rails:
            rails += glyphs.branch if row.rails[-1] else glyphs.last
        label = label_of(row.node, glyphs, row.node.id in graph.focus, _WIDEST)
        label.extend(_aside(row, glyphs))
        edge = Style.LIT if row.node.id in lit and row.rails else Style.EDGE
        line = fitted([Segment(rails, edge), *label] if rails else label, columns, glyphs)
        spots[row.node.id] = Spot(len(lines), len(rails), units.width(label[0].text))
        lines.append(line)
    return Drawing(tuple(lines), spots)


def _aside(row: Row, glyphs: Glyphs) -> list[Segment]:
    """Aliases, and the parents that the tree does not show."""
    said = []
    if row.node.aliases:
        said.append(Segment(f"  [{', '.join(map(text.line, row.node.aliases))}]", Style.QUIET))
    if row.also:
        said.append(Segment(f"  {glyphs.also} {', '.join(map(name_of, row.also))}", Style.QUIET))
    return said
