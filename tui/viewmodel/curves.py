"""The metrics of some runs as small plots, several runs in each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel.canvas import PENS, Pen
from tui.viewmodel.curve import History
from tui.viewmodel.plot import Axes, Series, plot
from tui.viewmodel.ticks import short

MOST_RUNS = len(PENS)
"""Runs whose curves are drawn over each other."""

GAP = 2
"""Columns between two plots."""

_LEAST_WIDTH, _LEAST_HEIGHT = 38, 9
"""Of a plot with its title, in cells."""

_MOST_VALUES = 6
"""Rows of values under a large plot."""

_MOST_PICTURES = 64
"""Painted plots that are kept."""


class Drawn(NamedTuple):
    """A run whose curves are drawn, and with what."""

    run: str
    name: str
    pen: Pen


def pens(runs: Sequence[tuple[str, str]]) -> list[Drawn]:
    """Give each run, by id and name, a pen of its own."""
    return [Drawn(run, name, pen) for (run, name), pen in zip(runs, PENS, strict=False)]


class Layout(NamedTuple):
    """How plots fill a pane."""

    width: int
    height: int
    is_large: bool = False
    """Whether one plot fills it."""

    @property
    def across(self) -> int:
        """Plots beside each other."""
        return 1 if self.is_large else max((self.width + GAP) // (_LEAST_WIDTH + GAP), 1)

    def high(self, plots: int) -> int:
        """Rows of a plot with its title: as many whole plots as fit are seen, and they fill the pane."""
        height = max(self.height, 4)
        if self.is_large:
            return height
        needed = -(-plots // self.across)
        return height // max(min(height // _LEAST_HEIGHT, max(needed, 2)), 1)

    @property
    def wide(self) -> int:
        """Columns of a plot."""
        return (self.width - GAP * (self.across - 1)) // self.across

    def size(self, plots: int, runs: int) -> tuple[int, int]:
        """Columns and rows of a plot without its title, and without the values under a large one."""
        below = min(runs, _MOST_VALUES) if self.is_large else 0
        return self.wide, max(self.high(plots) - 1 - below, 3)

    def seen(self, top: int, plots: int, cursor: int) -> range:
        """Which plots are seen where row ``top`` is the first."""
        if self.is_large:
            return range(cursor, min(cursor + 1, plots))
        high = self.high(plots)
        first = top // high * self.across
        return range(first, min(first + (self.height // high + 1) * self.across, plots))


@dataclass(eq=False)
class Curves:
    """What there is to draw, and how."""

    drawn: Sequence[Drawn] = ()
    histories: Mapping[str, History] = field(default_factory=dict)
    axes: Axes = field(default_factory=Axes)
    _pictures: dict[tuple[str, int, int], list[list[Span]]] = field(default_factory=dict, repr=False)

    @cached_property
    def metrics(self) -> list[str]:
        """The metrics that are drawn: those that most runs have, in the order in which they were logged."""
        counts = Counter(metric for one in self._there for metric in one.curves)
        return sorted(counts, key=lambda metric: -counts[metric])

    @property
    def _there(self) -> list[History]:
        return [self.histories[one.run] for one in self.drawn if one.run in self.histories]

    def is_like(self, other: Curves) -> bool:
        """Whether the other one would be painted alike."""
        mine, others = [self.histories.get(one.run) for one in self.drawn], other.histories
        return (list(self.drawn), self.axes) == (list(other.drawn), other.axes) and all(
            history is others.get(one.run) for history, one in zip(mine, self.drawn, strict=True)
        )

    def with_axes(self, axes: Axes) -> Curves:
        """The same on other axes."""
        return Curves(self.drawn, self.histories, axes)

    def picture(self, metric: str, width: int, height: int) -> list[list[Span]]:
        """The plot of a metric. Kept, as a cursor that moves paints the same ones again and again."""
        key = metric, width, height
        if key not in self._pictures:
            while len(self._pictures) >= _MOST_PICTURES:
                del self._pictures[next(iter(self._pictures))]
            self._pictures[key] = plot(self._series(metric), width, height, self.axes)
        return self._pictures[key]

    def warm(self, layout: Layout, top: int, cursor: int) -> None:
        """Paint what will be seen, so that a worker does it and not the UI."""
        for place in layout.seen(top, len(self.metrics), min(cursor, len(self.metrics) - 1)):
            self.picture(self.metrics[place], *layout.size(len(self.metrics), len(self.drawn)))

    def _series(self, metric: str) -> list[Series]:
        found = []
        for one in self.drawn:
            history = self.histories.get(one.run)
            curve = history.curves.get(metric) if history else None
            if curve is not None:
                found.append(Series(curve.times if self.axes.clock else curve.steps, curve.values, one.pen))
        return found

    def title(self, metric: str, width: int, *, is_current: bool) -> list[Span]:
        """The row above a plot: what it shows, and, of one run, the newest value."""
        values = [value for value in self._last(metric) if value is not None]
        last = f" {short(values[0])}" if len(self.drawn) == 1 and values else ""
        name = paint.fit(line(metric[:400]), width - 1 - len(last))
        return [
            ("▌" if is_current else " ", "accent"),
            (name, "strong" if is_current else "muted"),
            (last, "text"),
        ]

    def _last(self, metric: str) -> list[float | None]:
        found: list[float | None] = []
        for one in self.drawn:
            history = self.histories.get(one.run)
            curve = history.curves.get(metric) if history else None
            found.append(None if curve is None or math.isnan(curve.last) else curve.last)
        return found

    def legend(self, width: int) -> list[Span]:
        """All runs in one row, as far as they fit."""
        spans: list[Span] = []
        left = width
        for one in self.drawn:
            name = paint.cut(line(one.name[:200]), max(min(24, left - 4), 0))
            if left < 8:
                return [*spans, ("…", "muted")]
            spans += [(one.pen.sign + " ", one.pen.role), (name + "  ", "text")]
            left = width - paint.width_of(spans)
        return spans

    def values(self, metric: str, width: int) -> list[list[Span]]:
        """A row for each run with its newest value of a metric."""
        names = min(
            max((paint.width_of([(line(one.name[:200]), "")]) for one in self.drawn), default=0), width - 16
        )
        return [
            [
                (f" {one.pen.sign} ", one.pen.role),
                (paint.fit(line(one.name[:200]), names) + "  ", "text"),
                ("" if last is None else short(last), "strong"),
            ]
            for one, last in zip(self.drawn, self._last(metric), strict=True)
        ]

    def about_axes(self) -> str:
        """How the plots are laid out, in words."""
        return ("over time" if self.axes.clock else "over steps") + (", log" if self.axes.log else "")


def toggled(axes: Axes, what: str) -> Axes:
    """Axes with ``log`` or ``clock`` the other way."""
    return replace(axes, log=not axes.log) if what == "log" else replace(axes, clock=not axes.clock)
