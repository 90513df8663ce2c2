"""Layered graphs, step one: which rank each node is in, and in which order the nodes of a rank stand.

An edge that skips ranks goes through *bends*, one in each rank between; all long edges of one node share
theirs. What comes out is integers only: nodes and bends are numbered, and have edges to the next rank only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mvfs.lineage.graph import Graph

_SWEEPS = 12
_FEW_SWEEPS = 4
_LARGE = 1500
"""Nodes and bends; from there on fewer sweeps have to do."""


@dataclass
class Layers:
    """Nodes and bends (dots, together) in ranks."""

    ids: list[str]
    """Of the nodes, which are the dots 0 to n - 1."""
    rank: list[int]
    """Of each dot."""
    owner: list[int]
    """Of each dot, the node that its edges come from: of a node, itself."""
    down: list[list[int]]
    """Of each dot, the dots of the next rank that it is tied to."""
    up: list[list[int]]
    reach: list[list[int]]
    """Of each dot, the nodes to which its edges lead in the end."""
    ranks: list[list[int]]
    """The dots of each rank, from top to bottom."""

    def is_bend(self, dot: int) -> bool:
        """Whether a dot is no node."""
        return dot >= len(self.ids)


def layered(graph: Graph) -> Layers:
    """Return ranks and order. Edges that close a cycle are left out."""
    ids = [node.id for node in graph.nodes]
    number = {key: at for at, key in enumerate(ids)}
    children: list[list[int]] = [[] for _ in ids]
    parents: list[list[int]] = [[] for _ in ids]
    for edge in graph.edges:
        if edge not in graph.cycles:
            children[number[edge[0]]].append(number[edge[1]])
            parents[number[edge[1]]].append(number[edge[0]])
    rank = _ranks(children, parents)
    layers = _with_bends(ids, rank, children)
    _arrange(layers)
    return layers


def _ranks(children: list[list[int]], parents: list[list[int]]) -> list[int]:
    """The longest path from a source; a source stands one rank before its nearest child."""
    rank = [0] * len(children)
    waiting = [len(above) for above in parents]
    order = [node for node, count in enumerate(waiting) if not count]
    for node in order:
        for child in children[node]:
            rank[child] = max(rank[child], rank[node] + 1)
            waiting[child] -= 1
            if not waiting[child]:
                order.append(child)
    for node in order:
        if not parents[node] and children[node]:
            rank[node] = min(rank[child] for child in children[node]) - 1
    return rank


def _with_bends(ids: list[str], rank: list[int], children: list[list[int]]) -> Layers:
    count = len(ids)
    layers = Layers(
        ids, list(rank), list(range(count)), [[] for _ in ids], [[] for _ in ids], [[] for _ in ids], []
    )
    for node in range(count):
        at = node
        left = sorted(children[node], key=lambda child: (rank[child], child))
        while left:
            layers.reach[at] = left
            here = layers.rank[at] + 1
            near = [child for child in left if rank[child] == here]
            left = left[len(near) :]
            layers.down[at] = near
            if left:
                bend = len(layers.rank)
                layers.down[at] = [*near, bend]
                for column, value in ((layers.rank, here), (layers.owner, node)):
                    column.append(value)
                for ties in (layers.down, layers.up, layers.reach):
                    ties.append([])
                at = bend
    for dot, ends in enumerate(layers.down):
        for end in ends:
            layers.up[end].append(dot)
    layers.ranks = [[] for _ in range(max(layers.rank, default=-1) + 1)]
    for dot, here in enumerate(layers.rank):
        layers.ranks[here].append(dot)
    return layers


def _arrange(layers: Layers) -> None:
    """Order each rank by where its neighbours stand, to and fro; keep the order with the fewest crossings."""
    place = [0] * len(layers.rank)
    for row in layers.ranks:
        _note(row, place)
    best, fewest = [list(row) for row in layers.ranks], _crossings(layers, place)
    for sweep in range(_SWEEPS if len(layers.rank) < _LARGE else _FEW_SWEEPS):
        if not fewest:
            break
        ties = layers.down if sweep % 2 else layers.up
        for row in reversed(layers.ranks) if sweep % 2 else layers.ranks:
            wish = {dot: _mean(ties[dot], place) for dot in row}
            row[:] = _sorted_around(row, wish)
            _note(row, place)
        count = _crossings(layers, place)
        if count < fewest:
            best, fewest = [list(row) for row in layers.ranks], count
    layers.ranks = best


def _note(row: Sequence[int], place: list[int]) -> None:
    for at, dot in enumerate(row):
        place[dot] = at


def _mean(ends: list[int], place: list[int]) -> float | None:
    return sum(place[end] for end in ends) / len(ends) if ends else None


def _sorted_around(row: list[int], wish: dict[int, float | None]) -> list[int]:
    """Sort the dots that have a wish; the others stay where they are."""
    movable = iter(sorted((dot for dot in row if wish[dot] is not None), key=lambda dot: wish[dot] or 0.0))
    return [dot if wish[dot] is None else next(movable) for dot in row]


def _crossings(layers: Layers, place: list[int]) -> int:
    """How many pairs of edges cross, by a tree of counts: as often as two edges stand the other way round."""
    total = 0
    for row, below in zip(layers.ranks, layers.ranks[1:], strict=False):
        counts = [0] * (len(below) + 1)
        seen = 0
        for dot in row:
            ends = sorted(place[end] for end in layers.down[dot])
            for end in ends:
                at, before = end + 1, 0
                while at:
                    before += counts[at]
                    at &= at - 1
                total += seen - before
            for end in ends:
                at = end + 1
                while at <= len(below):
                    counts[at] += 1
                    at += at & -at
            seen += len(ends)
    return total
