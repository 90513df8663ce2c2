"""Layered graphs, step two: rows for the dots, and tracks for the upright lines in the gutters between ranks.

In a gutter, a dot's line leaves on its row, turns into the dot's *track*, and leaves that on the rows of its
ends. Where a dot's line leaves on the row on which another's arrives, the first must turn off before the
second comes in: its track is left of the other's. Rows are chosen so that these demands have no cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mvfs.lineage.layers import Layers

_PASSES = 8


@dataclass
class Gutter:
    """Between one rank and the next."""

    tracks: dict[int, int] = field(default_factory=dict)
    """Of each dot whose line turns, the number of its track, from the left."""
    count: int = 0


def rows_of(layers: Layers) -> list[int]:
    """Return the row of each dot: near those it is tied to, in the order of its rank, without conflicts."""
    row = [0] * len(layers.rank)
    for dots in layers.ranks:
        for at, dot in enumerate(dots):
            row[dot] = at
    for turn in range(_PASSES):
        ties = layers.down if turn % 2 else layers.up
        for dots in reversed(layers.ranks) if turn % 2 else layers.ranks:
            wishes = [_median([row[end] for end in ties[dot]], row[dot]) for dot in dots]
            for dot, wanted in zip(dots, _spread(wishes), strict=True):
                row[dot] = wanted
    least = min(row, default=0)
    row = [at - least for at in row]
    for above, below in zip(layers.ranks, layers.ranks[1:], strict=False):
        _settle(layers, above, below, row)
    used = {at: number for number, at in enumerate(sorted(set(row)))}
    return [used[at] for at in row]


def _median(rows: list[int], otherwise: int) -> int:
    return sorted(rows)[(len(rows) - 1) // 2] if rows else otherwise


def _spread(wishes: Sequence[int]) -> list[int]:
    """Rows in order, each at least one below the one before, as near to the wishes as can be (squares)."""
    blocks: list[tuple[float, int]] = []
    for at, wish in enumerate(wishes):
        total, count = float(wish - at), 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / count:
            more, others = blocks.pop()
            total, count = total + more, count + others
        blocks.append((total, count))
    found: list[int] = []
    for total, count in blocks:
        first = round(total / count)
        found.extend(first + at for at in range(len(found), len(found) + count))
    return found


def _settle(layers: Layers, above: list[int], below: list[int], row: list[int]) -> None:
    """Move the dots of a rank down until the demands on the gutter before it have no cycle."""
    leaving = {row[dot]: dot for dot in above if layers.down[dot]}
    left_of: dict[int, set[int]] = {}
    free = row[below[0]]
    for dot in below:
        row[dot] = max(row[dot], free)
        while (first := leaving.get(row[dot])) is not None:
            arriving = _arriving(layers, first, dot)
            if not any(_leads(left_of, other, first) for other in arriving):
                left_of.setdefault(first, set()).update(arriving)
                break
            row[dot] += 1
        free = row[dot] + 1


def _arriving(layers: Layers, first: int, dot: int) -> list[int]:
    """Whose tracks must be right of ``first``'s, if ``first`` leaves on the row of ``dot``."""
    if layers.down[first] == [dot]:
        return []  # it goes straight on, and needs no track
    return [other for other in layers.up[dot] if other != first]


def _leads(left_of: dict[int, set[int]], start: int, end: int) -> bool:
    seen, rest = {start}, [start]
    while rest:
        here = rest.pop()
        if here == end:
            return True
        new = left_of.get(here, set()) - seen
        seen |= new
        rest.extend(new)
    return False


def gutter_of(layers: Layers, above: list[int], row: list[int]) -> Gutter:
    """Return the tracks of the gutter behind the rank ``above``."""
    turning = [dot for dot in above if any(row[end] != row[dot] for end in layers.down[dot])]
    leaving = {row[dot]: dot for dot in turning}
    waits: dict[int, set[int]] = {dot: set() for dot in turning}
    for dot in turning:
        for end in layers.down[dot]:
            first = leaving.get(row[end])
            if first is not None and first != dot:
                waits[dot].add(first)
    found = Gutter()
    spans: list[list[tuple[int, int]]] = []
    for dot in _in_turn(turning, waits):
        rows = [row[dot], *(row[end] for end in layers.down[dot])]
        span = min(rows), max(rows)
        track = 1 + max((found.tracks[first] for first in waits[dot]), default=-1)
        while track < len(spans) and any(a <= span[1] and span[0] <= b for a, b in spans[track]):
            track += 1
        if track == len(spans):
            spans.append([])
        spans[track].append(span)
        found.tracks[dot] = track
    found.count = len(spans)
    return found


def _in_turn(dots: list[int], waits: dict[int, set[int]]) -> list[int]:
    """The dots, each behind all that it waits for, else in their order."""
    found: dict[int, None] = {}
    for root in dots:
        stack = [root]
        while stack:
            ahead = [one for one in sorted(waits[stack[-1]]) if one not in found]
            if ahead:
                stack.append(ahead[0])
            else:
                found[stack.pop()] = None
    return list(found)
