"""Lines of several series over one x axis, painted as rows of spans.

A series may have a million points: of each column of dots only the first, last, lowest and highest is drawn,
which looks the same. What is no number, or has no logarithm where the axis is one, is a gap in the line.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import le
from typing import NamedTuple

from tui.paint import Span
from tui.viewmodel import ticks
from tui.viewmodel.canvas import Canvas, Pen
from tui.viewmodel.ticks import Tick

_LEAST_WIDTH, _LEAST_HEIGHT = 14, 3
_TICK_ROWS, _TICK_COLUMNS = 3, 14
"""How far ticks are apart, in cells."""


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one line."""

    x: Sequence[float]
    y: Sequence[float]
    pen: Pen


@dataclass(frozen=True, slots=True)
class Axes:
    """How the plot is laid out."""

    log: bool = False
    """Whether the y axis has equal steps for equal factors."""
    clock: bool = False
    """Whether x is seconds."""
    plain: bool = False
    """Whether only ASCII may be used."""


class _Piece(NamedTuple):
    """What of a line is in one column of dots, without a gap in it."""

    column: int
    first: float
    low: float
    high: float
    last: float
    joined: bool
    """Whether the line comes from the piece before."""


class _Scale(NamedTuple):
    """Where a value is drawn, of dots numbered from 0."""

    low: float
    high: float
    dots: int

    def at(self, value: float) -> int:
        span = self.high - self.low
        if math.isfinite(span):
            share = (value - self.low) / span
        else:
            share = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return min(max(math.floor(share * (self.dots - 1) + 0.5), 0), self.dots - 1)


def plot(series: Sequence[Series], width: int, height: int, axes: Axes = Axes()) -> list[list[Span]]:
    """Paint series into ``height`` rows of ``width`` columns, axes included."""
    if width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        return [[(" " * width, "text")] for _ in range(height)]
    lines = [sorted_ for one in series if (sorted_ := _by_x(one)).x]
    y_range = _range_of_all([_finite(one.y, positive=axes.log) for one in lines])
    if y_range is None:
        return _empty(width, height, "no numbers above zero" if axes.log and lines else "no numbers")
    low, high = _widened(*y_range, log=axes.log)
    marks = _y_ticks(low, high, max((height - 2) // _TICK_ROWS, 1) + 1, log=axes.log)
    room = max(len(tick.text) for tick in marks)
    canvas = Canvas(width - room - 1, height - 2, plain=axes.plain)
    left, right = min(one.x[0] for one in lines), max(one.x[-1] for one in lines)
    x_marks = _x_ticks(left, right, canvas.width, clock=axes.clock)
    if left == right:
        left, right = left - max(abs(left) * 0.1, 1), right + max(abs(right) * 0.1, 1)
    x_scale = _Scale(left, right, canvas.columns)
    y_scale = _Scale(*((math.log10(low), math.log10(high)) if axes.log else (low, high)), canvas.rows)
    for one in lines:
        _draw(one, canvas, x_scale, y_scale, log=axes.log)
    return _framed(canvas, (x_marks, marks), room, (x_scale, y_scale), axes)


def _empty(width: int, height: int, said: str) -> list[list[Span]]:
    rows: list[list[Span]] = [[(" " * width, "text")] for _ in range(height)]
    rows[height // 2] = [(said[:width].center(width), "faint")]
    return rows


# Ranges


def _by_x(series: Series) -> Series:
    """The series with its points in the order of x; points without an x are left out."""
    x, y = series.x, series.y
    if not math.isfinite(sum(x)):
        kept = [place for place, value in enumerate(x) if math.isfinite(value)]
        x, y = [x[place] for place in kept], [y[place] for place in kept]
    if not all(map(le, x, x[1:])):
        order = sorted(range(len(x)), key=x.__getitem__)
        x, y = [x[place] for place in order], [y[place] for place in order]
    return Series(x, y, series.pen)


def _finite(values: Sequence[float], *, positive: bool = False) -> Sequence[float]:
    """The values that can be drawn."""
    if math.isfinite(sum(values)) and not (positive and values and min(values) <= 0):
        return values
    return [value for value in values if math.isfinite(value) and not (positive and value <= 0)]


def _range_of_all(found: Sequence[Sequence[float]]) -> tuple[float, float] | None:
    some = [values for values in found if values]
    return (min(map(min, some)), max(map(max, some))) if some else None


def _widened(low: float, high: float, *, log: bool) -> tuple[float, float]:
    """A range that has an extent."""
    if log:
        return (low, high) if math.log10(low) < math.log10(high) else (low / 2 or low, min(high * 2, 1.7e308))
    if low < high:
        return low, high
    room = max(abs(low) * 0.1, 1e-300) if low else 1.0
    return max(low - room, -1.7e308), min(high + room, 1.7e308)


def _y_ticks(low: float, high: float, most: int, *, log: bool) -> list[Tick]:
    return ticks.logarithmic(low, high, most) if log else ticks.linear(low, high, most)


def _x_ticks(left: float, right: float, width: int, *, clock: bool) -> list[Tick]:
    most = max(width // _TICK_COLUMNS, 1)
    if left == right:
        return [Tick(left, (ticks.clock(left, left, 1) if clock else ticks.linear(left, left, 1))[0].text)]
    return ticks.clock(left, right, most) if clock else ticks.linear(left, right, most, whole=True)


# Lines


def _draw(series: Series, canvas: Canvas, x_scale: _Scale, y_scale: _Scale, *, log: bool) -> None:
    def row(value: float) -> int:
        return canvas.rows - 1 - y_scale.at(math.log10(value) if log else value)

    before: tuple[int, int] | None = None
    for piece in _pieces(series, x_scale, log=log):
        first = row(piece.first)
        if piece.joined and before is not None:
            canvas.join(*before, piece.column, first, series.pen)
        canvas.upright(piece.column, row(piece.high), row(piece.low), series.pen)
        before = piece.column, row(piece.last)
    if before is not None:
        canvas.mark(*before, series.pen)


def _pieces(series: Series, scale: _Scale, *, log: bool) -> Iterator[_Piece]:
    """What of the series is in each column of dots, from left to right."""
    joined = False
    for column, start, end in _columns(series.x, scale):
        share = series.y[start:end]
        if math.isfinite(sum(share)) and not (log and min(share) <= 0):
            yield _Piece(column, share[0], min(share), max(share), share[-1], joined)
            joined = True
            continue
        run: list[float] = []
        for value in share:
            if math.isfinite(value) and not (log and value <= 0):
                run.append(value)
                continue
            if run:
                yield _Piece(column, run[0], min(run), max(run), run[-1], joined)
            run, joined = [], False
        if run:
            yield _Piece(column, run[0], min(run), max(run), run[-1], joined)
            joined = True


def _columns(x: Sequence[float], scale: _Scale) -> Iterator[tuple[int, int, int]]:
    """The columns of dots that have points, and which points: first and end."""
    if len(x) <= 4 * scale.dots:
        start, column = 0, scale.at(x[0])
        for place in range(1, len(x) + 1):
            other = scale.at(x[place]) if place < len(x) else -1
            if other != column:
                yield column, start, place
                start, column = place, other
        return
    start = 0
    width = scale.high / (scale.dots - 1) - scale.low / (scale.dots - 1)
    for column in range(scale.dots):
        edge = scale.low + (column + 0.5) * width
        end = len(x) if column == scale.dots - 1 else bisect_left(x, edge, start)
        if end > start:
            yield column, start, end
            start = end


# The frame around them


def _framed(
    canvas: Canvas,
    both_marks: tuple[Sequence[Tick], Sequence[Tick]],
    room: int,
    scales: tuple[_Scale, _Scale],
    axes: Axes,
) -> list[list[Span]]:
    (x_marks, marks), (x, y) = both_marks, scales
    side, tick, corner, floor, notch, dots = "|+++-." if axes.plain else "│┤└┴─┈"
    labels = {}
    for mark in marks:
        value = math.log10(mark.value) if axes.log else mark.value
        labels[canvas.cell_row(canvas.rows - 1 - y.at(value))] = mark.text
    rows: list[list[Span]] = []
    for number in range(canvas.height):
        text = labels.get(number)
        label = (text or "").rjust(room)
        ground: list[Span] | None = [(dots, "line")] * canvas.width if text is not None else None
        rows.append(
            [(label, "faint"), (side if text is None else tick, "line"), *canvas.spans(number, ground)]
        )
    base, names = [notch] * canvas.width, [" "] * canvas.width
    for mark in x_marks:
        column = canvas.cell_column(x.at(mark.value))
        base[column] = floor
        _place(names, column, mark.text)
    rows.append([(" " * room, "faint"), (corner + "".join(base), "line")])
    rows.append([(" " * (room + 1) + "".join(names), "faint")])
    return rows


def _place(row: list[str], column: int, text: str) -> None:
    """Write a label centred at a column, if there is room for it beside the others."""
    start = min(max(column - len(text) // 2, 0), len(row) - len(text))
    if start < 0 or any(cell != " " for cell in row[max(start - 1, 0) : start + len(text) + 1]):
        return
    row[start : start + len(text)] = text
