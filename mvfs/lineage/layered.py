"""A graph from left to right: ranks of labels, a row for each node, and orthogonal edges between the ranks.

Edges that close a cycle have no place in it; they are told in lines below.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import accumulate

from mvfs import units
from mvfs.lineage.canvas import DOWN, LEFT, RIGHT, UP, Canvas
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
from mvfs.lineage.gutters import gutter_of, rows_of
from mvfs.lineage.layers import layered

_WIDEST = 40
"""Columns of a name."""


def paint(
    graph: Graph, columns: int | None = None, glyphs: Glyphs = UNICODE, lit: frozenset[str] = frozenset()
) -> Drawing:
    """Draw the graph; what is further right than ``columns`` is cut off. Edges between nodes in ``lit`` are
    of the style `Style.LIT`.
    """
    page = Page(graph, glyphs)
    lines = [*page.lit(lit).lines(glyphs), *cycles(graph, glyphs)]
    return Drawing(tuple(fitted(list(line), columns, glyphs) for line in lines), page.spots)


def cycles(graph: Graph, glyphs: Glyphs) -> list[Line]:
    """What leads back, and has no place in the drawing, in words."""
    told: list[Line] = []
    for a, b in sorted(graph.cycles):
        names = name_of(graph.by_id[a]), name_of(graph.by_id[b])
        told.append((Segment(f"{names[1]} {glyphs.also} {names[0]}", Style.QUIET),))
    return told


class Page:
    """A graph as laid out: where everything is. What is lit can change, and is drawn again alone."""

    def __init__(
        self, graph: Graph, glyphs: Glyphs = UNICODE, label: Callable[[Node], list[Segment]] | None = None
    ) -> None:
        """Lay a graph out, with the labels that ``label`` makes."""
        self._layers = layers = layered(graph)
        make = label or (lambda node: label_of(node, glyphs, node.id in graph.focus, _WIDEST))
        self._labels = [make(node) for node in graph.nodes]
        self._widths = [sum(units.width(piece.text) for piece in label) for label in self._labels]
        self._number = {key: at for at, key in enumerate(layers.ids)}
        self._row = rows_of(layers)
        self._gutters = [gutter_of(layers, dots, self._row) for dots in layers.ranks[:-1]]
        ranks = [max((self._width(dot) for dot in dots), default=0) for dots in layers.ranks]
        gutters = [2 * gutter.count + 2 for gutter in self._gutters]
        self._left = [0, *accumulate(rank + gutter for rank, gutter in zip(ranks, gutters, strict=False))]
        """First column of each rank."""
        self._right = [left + rank for left, rank in zip(self._left, ranks, strict=False)]
        """First column of each gutter."""
        self._unlit = Canvas(self.height, self._right[-1] if ranks else 0)
        self.spots: dict[str, Spot] = {}
        self._draw()

    def _width(self, dot: int) -> int:
        return 0 if self._layers.is_bend(dot) else self._widths[dot]

    def _draw(self) -> None:
        """Draw all edges, then the labels."""
        for dot, targets in enumerate(self._layers.down):
            for target in targets:
                self._draw_edge(self._unlit, dot, target, lit=False)
        for dot, label in enumerate(self._labels):
            column = self._left[self._layers.rank[dot]]
            self._unlit.label(self._row[dot], column, label)
            self.spots[self._layers.ids[dot]] = Spot(self._row[dot], column, self._widths[dot])

    @property
    def height(self) -> int:
        """Rows of the drawing."""
        return max(self._row, default=-1) + 1

    def relabel(self, node: str, pieces: list[Segment]) -> None:
        """Give a node another label, which must be as wide as its own; it is in all drawings at once."""
        self._labels[self._number[node]][:] = pieces

    def lit(self, ids: Collection[str]) -> Canvas:
        """The drawing in which edges between the nodes ``ids`` are lit."""
        if not ids:
            return self._unlit
        layers = self._layers
        canvas = self._unlit.copy()
        lit = [key in ids for key in layers.ids]
        for dot, targets in enumerate(layers.down):
            if not lit[layers.owner[dot]]:
                continue
            for target in targets:
                ends = layers.reach[target] if layers.is_bend(target) else [target]
                if any(lit[end] for end in ends):
                    self._draw_edge(canvas, dot, target, lit=True)
        return canvas

    def _draw_edge(self, canvas: Canvas, dot: int, target: int, *, lit: bool) -> None:
        """Draw an edge from a dot to one of the next rank."""
        rank = self._layers.rank[dot]
        here, there = self._row[dot], self._row[target]
        start, end = self._left[rank] + self._width(dot), self._left[rank + 1]
        if there == here:
            canvas.level(here, start, end, lit=lit)
            return
        track = self._right[rank] + 1 + 2 * self._gutters[rank].tracks[dot]
        top, bottom = sorted((here, there))
        out, back = (DOWN, UP) if there > here else (UP, DOWN)
        canvas.level(here, start, track, lit=lit)
        canvas.turn(here, track, LEFT | out, lit=lit)
        canvas.upright(track, top + 1, bottom, lit=lit)
        canvas.turn(there, track, back | RIGHT, lit=lit)
        canvas.level(there, track + 1, end, lit=lit)
