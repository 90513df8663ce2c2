"""Points of a metric, as many as can be seen: what was logged a million times takes no more room."""

from __future__ import annotations

import math
from array import array
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Point = tuple[float, float, float]
"""Step, time and value."""

MOST = 2048
"""Points that are kept of one curve, unless a run has very many."""


class Curve(NamedTuple):
    """A metric of a run over steps and over time."""

    steps: Sequence[float]
    times: Sequence[float]
    """Seconds since the run began."""
    values: Sequence[float]
    points: int
    """How many were logged."""
    last: float
    """The newest value; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class History:
    """The curves of one run."""

    run: str
    curves: Mapping[str, Curve] = field(default_factory=dict)
    stamp: Hashable = None
    """As what its segments were known."""


class Thinning:
    """Takes points one after the other; of each stretch it keeps the lowest and the highest.

    All stretches have the same number of points, and grow twice as long whenever there are too many.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: array[float] = array("d")
        """The three numbers of each point."""
        self._waiting: list[Point] = []
        self._stretch = 1
        self.count = 0
        self.last = math.nan

    def extend(self, steps: Sequence[float], times: Sequence[float], values: Sequence[float]) -> None:
        """Take more points."""
        self.count += len(values)
        self.last = values[-1] if values else self.last
        start = 0
        while start < len(values):
            end = start + 2 * self._stretch - len(self._waiting)
            stretch = zip(steps[start:end], times[start:end], values[start:end], strict=True)
            if not self._waiting and end <= len(values):
                self._keep(
                    list(stretch) if self._stretch == 1 else _extremes(steps, times, values, start, end)
                )
            else:
                self._waiting += stretch
                if len(self._waiting) == 2 * self._stretch:
                    self._keep(ends(self._waiting))
                    self._waiting = []
            start = end

    def _keep(self, points: Iterable[Point]) -> None:
        for point in points:
            self._kept.extend(point)
        if len(self._kept) > 3 * self._most:
            before = _points(self._kept)
            self._kept = array("d")
            self._stretch *= 2
            for start in range(0, len(before), 4):
                for point in ends(before[start : start + 4]):
                    self._kept.extend(point)

    def points(self) -> list[Point]:
        """What there is now."""
        return [*_points(self._kept), *ends(self._waiting)]


def _extremes(
    steps: Sequence[float], times: Sequence[float], values: Sequence[float], start: int, end: int
) -> list[Point]:
    """`ends` of a stretch, without a step of our own per point where all are numbers."""
    share = values[start:end]
    if not math.isfinite(sum(share)):
        return ends(list(zip(steps[start:end], times[start:end], share, strict=True)))
    places = sorted((share.index(min(share)), share.index(max(share))))
    return [(steps[start + place], times[start + place], share[place]) for place in places]


def ends(points: Sequence[Point]) -> list[Point]:
    """The lowest and the highest of some points, in their order; one that is no number if all are so."""
    if len(points) <= 2:
        return list(points)
    there = [point for point in points if math.isfinite(point[2])]
    if not there:
        return [points[0], points[-1]]
    low, high = min(there, key=_value), max(there, key=_value)
    return [low, high] if there.index(low) <= there.index(high) else [high, low]


def _value(point: Point) -> float:
    return point[2]


def _points(flat: array[float]) -> list[Point]:
    return list(zip(flat[0::3], flat[1::3], flat[2::3], strict=True))


def joined(parts: Sequence[Thinning]) -> Curve:
    """The curve of what several processes of a run logged."""
    points = [point for part in parts for point in part.points()]
    if len(parts) > 1:
        points.sort(key=lambda point: point[0])
    steps, times, values = (
        (array("d", column) for column in zip(*points, strict=True)) if points else ((), (), ())
    )
    return Curve(
        steps, times, values, sum(part.count for part in parts), parts[-1].last if parts else math.nan
    )
