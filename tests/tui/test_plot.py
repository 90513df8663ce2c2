"""The painter of curves: it fits, it is inert, and it says what the numbers say."""

from __future__ import annotations

import math
from array import array

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.showing import is_clean
from tui.paint import Span
from tui.viewmodel import ticks
from tui.viewmodel.canvas import PENS
from tui.viewmodel.plot import Axes, Series, plot
from tui.viewmodel.sparkline import sparkline

ANY = st.floats()
POINTS = st.lists(st.tuples(ANY, ANY), max_size=40)
SERIES = st.lists(POINTS, max_size=4)
AXES = st.builds(Axes, log=st.booleans(), clock=st.booleans(), plain=st.booleans())


def series(points: list[tuple[float, float]], number: int = 0) -> Series:
    return Series([x for x, _ in points], [y for _, y in points], PENS[number])


def texts(rows: list[list[Span]]) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


def painted(ys: list[float], width: int = 60, height: int = 14, axes: Axes = Axes()) -> list[str]:  # noqa: B008
    return texts(plot([series(list(enumerate(ys)))], width, height, axes))


@settings(max_examples=120, deadline=None)
@given(SERIES, st.integers(1, 70), st.integers(1, 20), AXES)
@example([[(0.0, -1.7976931348623157e308), (1.0, 1.7976931348623157e308)]], 60, 14, Axes())
@example([[(0.0, 5e-324), (1.0, 1.5e-323)]], 60, 14, Axes(log=True))
@example([[(-1.7976931348623157e308, 1.0), (1.7976931348623157e308, 2.0)]], 60, 14, Axes(clock=True))
@example([[(1e16, 1.0), (1e16 + 2, 2.0)]], 60, 14, Axes())
def test_it_fits_whatever_the_numbers_are(found: list[list[tuple[float, float]]], width: int, height: int,
                                          axes: Axes) -> None:  # fmt: skip
    rows = texts(plot([series(points, n) for n, points in enumerate(found)], width, height, axes))
    assert len(rows) == height
    assert all(cell_len(row) == width and is_clean(row) for row in rows)
    if axes.plain:
        assert all(row.isascii() for row in rows)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.floats(0.1, 100), st.floats(-1e3, 1e3))
def test_points_may_come_in_any_order(ys: list[float], scale: float, shift: float) -> None:
    points = [(number * scale + shift, y) for number, y in enumerate(ys)]
    there = plot([series(points)], 60, 14)
    assert there == plot([series(points[::-1])], 60, 14)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.integers(20, 60))
def test_thinning_keeps_every_peak(ys: list[float], width: int) -> None:
    """Many points in a column reach as far up and down as its lowest and highest."""
    many = [(place * 1.0, value) for place, value in enumerate(ys) for _ in range(20)]
    few = [(place * 1.0, value) for place, value in enumerate(ys)]
    there, here = texts(plot([series(many)], width, 14)), texts(plot([series(few)], width, 14))
    assert [dots(row) > 0 for row in there] == [dots(row) > 0 for row in here]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60))
def test_the_last_point_is_marked_where_its_value_is(ys: list[float]) -> None:
    rows = painted(ys)
    place = next(number for number, row in enumerate(rows) if "●" in row)
    low, high = min(ys), max(ys)
    if low < high:
        share = (ys[-1] - low) / (high - low)
        assert abs((11 - place) / 11 - share) <= 0.1


def test_a_gap_is_where_no_number_is() -> None:
    nan = math.nan
    whole, broken = painted([1.0, 2, 3, 4, 5, 6]), painted([1.0, 2, nan, nan, 5, 6])
    assert sum(dots(row) for row in broken) < sum(dots(row) for row in whole)
    assert sum(dots(row) for row in painted([nan, nan, 1.0])) == 0, "one point is its mark"
    assert "no numbers" in "\n".join(painted([nan, math.inf, -math.inf]))
    assert "above zero" in "\n".join(painted([-1.0, 0.0], axes=Axes(log=True)))


def dots(row: str) -> int:
    return sum((ord(char) - 0x2800).bit_count() for char in row if "\u2800" <= char <= "\u28ff")


def test_infinite_values_squash_nothing() -> None:
    assert painted([1.0, 2.0, math.inf, 3.0])[0].startswith(("3", " ")), "the axis ends at the finite ones"
    assert "inf" not in "".join(painted([1.0, math.inf, 3.0]))


def test_axes_have_round_numbers_and_units() -> None:
    rows = painted([0.0, 0.5, 1.0])
    assert [row.split("┤")[0].strip() for row in rows if "┤" in row] == [
        "1.0",
        "0.8",
        "0.6",
        "0.4",
        "0.2",
        "0.0",
    ]
    hours = texts(plot([series([(0, 1.0), (4 * 3600.0, 2.0)])], 80, 10, Axes(clock=True)))
    assert "1 h" in hours[-1]
    assert "3 h" in hours[-1]
    decades = painted([0.001, 0.1, 10.0], axes=Axes(log=True))
    assert [row.split("┤")[0].strip() for row in decades if "┤" in row][:2] == ["10", "1"]
    steps = texts(plot([series([(0, 1.0), (800_000.0, 2.0)])], 80, 10))
    assert "400k" in steps[-1]


@given(st.floats(-1e15, 1e15), st.floats(-1e15, 1e15), st.integers(1, 20))
def test_ticks_lie_in_the_range_and_are_told_apart(one: float, other: float, most: int) -> None:
    low, high = min(one, other), max(one, other)
    found = ticks.linear(low, high, most)
    assert all(low <= tick.value <= high for tick in found)
    assert len(found) <= most + 2
    if high - low > 1e-6 * max(abs(low), abs(high), 1e-3):
        assert len({tick.text for tick in found}) == len(found)


def test_lines_are_told_apart_without_colour() -> None:
    both = [Series([0, 1, 2], [1, 2, 3], PENS[0]), Series([0, 1, 2], [3, 2, 1], PENS[1])]
    shown = "".join(texts(plot(both, 40, 10)))
    assert "●" in shown
    assert "■" in shown
    plain = "".join(texts(plot(both, 40, 10, Axes(plain=True))))
    assert {"*", "o"} <= set(plain)
    assert len({pen.glyph for pen in PENS}) == len({pen.letter for pen in PENS}) == len(PENS)


def test_a_million_points_are_looked_at_by_column() -> None:
    """Each point goes through built-in functions only: no step of our own per point."""
    count = 1_000_000
    peak = array("d", [0.0]) * count
    peak[654_321] = 1.0
    rows = texts(plot([Series(array("d", range(count)), peak, PENS[0])], 80, 12))
    assert dots(rows[0]) >= 1, "one peak of a million is seen"
    column = next(place for place, char in enumerate(rows[0]) if "\u2801" <= char <= "\u28ff")
    assert abs(column / 80 - 0.654) < 0.05


@given(st.lists(ANY, max_size=300), st.integers(-1, 40), st.booleans())
def test_sparklines_fit(values: list[float], width: int, plain: bool) -> None:
    line = sparkline(values, width, plain=plain)
    assert len(line) == max(min(len(values), width), 0)
    assert is_clean(line)
    assert not plain or line.isascii()


def test_sparklines_rise_with_the_values() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([7, math.nan, 0], 3) == "█ ▁"
    assert sparkline([5.0, 5.0], 4) == "▅▅"
    assert sparkline([0] * 50 + [1] * 50, 4) == "▁▁██"
