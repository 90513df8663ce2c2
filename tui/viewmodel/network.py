"""A lineage from left to right: a sheet larger than the screen, and where an arrow leads from a node."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal
from unicodedata import category

from rich.cells import cell_len

from mvfs import units
from mvfs.lineage.drawing import UNICODE, Segment, Spot, Style
from mvfs.lineage.graph import Graph, Node
from mvfs.lineage.layered import Page, cycles
from tui.paint import Span
from tui.viewmodel import lineage

_WIDEST = 32
"""Columns of a name."""

_RIM = 1
"""Columns left and right of the drawing."""

_ROLES: dict[str, str] = {Style.EDGE: "faint", Style.LIT: "accent", Style.QUIET: "faint"}

Arrow = Literal["left", "right", "up", "down"]


def _even(text: str) -> str:
    """The text without clusters of which painter and terminal disagree how wide they are: all behind them
    would be shifted.
    """
    if units.width(text) == cell_len(text):
        return text
    joining = ("Cf", "Mn")
    apart = "".join(
        char for char in text if category(char) not in joining and units.width(char) == cell_len(char)
    )
    return apart if units.width(apart) == cell_len(apart) else apart.encode("ascii", "replace").decode()


class Network:
    """A graph as laid out. Lines that lead to a node from what it came from are lit."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._marked: Collection[str] = ()
        self._found: Collection[str] | None = None
        self._page = Page(graph, UNICODE, self._label)
        self._canvas = self._page.lit(())
        self._cycles = cycles(graph, UNICODE)
        self.spots = {key: replace(spot, column=spot.column + _RIM) for key, spot in self._page.spots.items()}
        self.height = self._page.height + len(self._cycles)
        self.width = max((spot.column + spot.width for spot in self.spots.values()), default=0) + _RIM
        self._ranks: dict[int, list[str]] = {}
        for key, spot in sorted(self.spots.items(), key=lambda item: item[1].row):
            self._ranks.setdefault(spot.column, []).append(key)

    def _label(self, node: Node) -> list[Segment]:
        spans = [lineage.head(node, _WIDEST, marked=node.id in self._marked)]
        if node.id in self.graph.focus:
            spans.append((f" {UNICODE.focus}", "accent"))
        spans += lineage.remarks(node)
        spans += lineage.aliases(node)
        if self._found is not None and node.id not in self._found:
            spans = [(text, "faint") for text, _ in spans]
        if node.above or node.below:
            spans.append((f" {UNICODE.more}{node.above + node.below:,}", "faint"))
        return [Segment(_even(text), role) for text, role in spans]

    def mark(self, marked: Collection[str], found: Collection[str] | None = None) -> bool:
        """Put a mark on nodes; with ``found``, have all others step back. Return whether anything changes."""
        before = set(self._marked), self._found
        self._marked, self._found = set(marked), None if found is None else set(found)
        changed = before[0] ^ set(self._marked) if before[1] == self._found else set(self.spots)
        for key in changed & self.spots.keys():
            self._page.relabel(key, self._label(self.graph.by_id[key]))
        return bool(changed)

    def light(self, node: str) -> None:
        """Light what leads to a node."""
        self._canvas = self._page.lit(self.graph.ancestry(node) if node in self.spots else ())

    def row(self, y: int) -> Sequence[Span]:
        """A row of the sheet."""
        drawn = self._page.height
        line = self._canvas.line(y, UNICODE) if y < drawn else self._cycles[y - drawn]
        return [(" " * _RIM, "text"), *((text, _ROLES.get(role, role)) for text, role in line)]

    # Walking

    def next_to(self, node: str, arrow: Arrow, came_from: str = "", step: int = 1) -> str | None:
        """The node to which an arrow leads: along an edge, or up and down in the same rank.

        Where several edges lead on, it is the node ``came_from``, else the one whose row is nearest.
        """
        spot = self.spots[node]
        if arrow in ("up", "down"):
            return self._along_rank(spot, -step if arrow == "up" else step)
        ends = (self.graph.parents if arrow == "left" else self.graph.children)[node]
        ends = tuple(end for end in ends if (self.spots[end].column < spot.column) == (arrow == "left"))
        if came_from in ends:
            return came_from
        return min(ends, key=lambda end: abs(self.spots[end].row - spot.row), default=None)

    def _along_rank(self, spot: Spot, step: int) -> str | None:
        rank = self._ranks[spot.column]
        rows = [self.spots[key].row for key in rank]
        beyond = [at for at, row in enumerate(rows) if (row > spot.row if step > 0 else row < spot.row)]
        if not beyond:
            return None
        return rank[min(beyond, key=lambda at: abs(rows[at] - spot.row - step))]

    def end(self, *, last: bool) -> str | None:
        """The first node, or the last: by rank, then from top to bottom."""
        keys = sorted(self.spots, key=lambda key: (self.spots[key].column, self.spots[key].row))
        return keys[-1 if last else 0] if keys else None

    def at(self, row: int, column: int) -> str | None:
        """The node whose label is there."""
        for key, spot in self.spots.items():
            if spot.row == row and spot.column <= column < spot.column + spot.width:
                return key
        return None
