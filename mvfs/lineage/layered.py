"""A graph from left to right: ranks of labels, a row for each node, and orthogonal edges between the ranks.

Edges that close a cycle have no place in it; they are told in lines below.
"""

from __future__ import annotations

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
from mvfs.lineage.graph import Graph
from mvfs.lineage.gutters import Gutter, gutter_of, rows_of
from mvfs.lineage.layers import Layers, layered

_WIDEST = 40
"""Columns of a name."""


def paint(
    graph: Graph, columns: int | None = None, glyphs: Glyphs = UNICODE, lit: frozenset[str] = frozenset()
) -> Drawing:
    """Draw the graph; what is further right than ``columns`` is cut off. Edges between nodes in ``lit`` are
    of the style `Style.LIT`.
    """
    layers = layered(graph)
    page = _Page(graph, layers, glyphs, lit)
    page.draw()
    lines = [*page.canvas.lines(glyphs), *_cycles(graph, glyphs)]
    return Drawing(tuple(fitted(list(line), columns, glyphs) for line in lines), page.spots)


def _cycles(graph: Graph, glyphs: Glyphs) -> list[Line]:
    """What leads back, in words."""
    told: list[Line] = []
    for a, b in sorted(graph.cycles):
        names = name_of(graph.by_id[a]), name_of(graph.by_id[b])
        told.append((Segment(f"{names[1]} {glyphs.also} {names[0]}", Style.QUIET),))
    return told


class _Page:
    """Where everything is, and what is drawn."""

    def __init__(self, graph: Graph, layers: Layers, glyphs: Glyphs, lit: frozenset[str]) -> None:
        self._layers = layers
        self._lit = [key in lit for key in layers.ids]
        self._labels = [label_of(node, glyphs, node.id in graph.focus, _WIDEST) for node in graph.nodes]
        self._widths = [sum(units.width(piece.text) for piece in label) for label in self._labels]
        self._row = rows_of(layers)
        self._gutters = [gutter_of(layers, dots, self._row) for dots in layers.ranks[:-1]]
        ranks = [max((self._width(dot) for dot in dots), default=0) for dots in layers.ranks]
        gutters = [2 * gutter.count + 2 for gutter in self._gutters]
        self._left = [0, *accumulate(rank + gutter for rank, gutter in zip(ranks, gutters, strict=False))]
        """First column of each rank."""
        self._right = [left + rank for left, rank in zip(self._left, ranks, strict=False)]
        """First column of each gutter."""
        self.canvas = Canvas(max(self._row, default=-1) + 1, self._right[-1] if ranks else 0)
        self.spots: dict[str, Spot] = {}

    def _width(self, dot: int) -> int:
        return 0 if self._layers.is_bend(dot) else self._widths[dot]

    def draw(self) -> None:
        """Draw all edges, then the labels."""
        for rank, gutter in enumerate(self._gutters):
            for dot in self._layers.ranks[rank]:
                self._draw_edges(dot, rank, gutter)
        for dot, label in enumerate(self._labels):
            column = self._left[self._layers.rank[dot]]
            self.canvas.label(self._row[dot], column, label)
            self.spots[self._layers.ids[dot]] = Spot(self._row[dot], column, self._widths[dot])

    def _draw_edges(self, dot: int, rank: int, gutter: Gutter) -> None:
        """Draw the edges from a dot to the next rank."""
        here = self._row[dot]
        start, end = self._left[rank] + self._width(dot), self._left[rank + 1]
        for target in self._layers.down[dot]:
            there = self._row[target]
            lit = self._is_lit(self._layers.owner[dot], target)
            if there == here:
                self.canvas.level(here, start, end, lit=lit)
                continue
            track = self._right[rank] + 1 + 2 * gutter.tracks[dot]
            top, bottom = sorted((here, there))
            out, back = (DOWN, UP) if there > here else (UP, DOWN)
            self.canvas.level(here, start, track, lit=lit)
            self.canvas.turn(here, track, LEFT | out, lit=lit)
            self.canvas.upright(track, top + 1, bottom, lit=lit)
            self.canvas.turn(there, track, back | RIGHT, lit=lit)
            self.canvas.level(there, track + 1, end, lit=lit)

    def _is_lit(self, owner: int, target: int) -> bool:
        layers = self._layers
        ends = layers.reach[target] if layers.is_bend(target) else [target]
        return self._lit[owner] and any(self._lit[end] for end in ends)
