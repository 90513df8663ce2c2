"""What runs logged over their steps, as curves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from mvfs.catalog import run_objects
from mvfs.catalog.points import Columns
from tui.library import Library
from tui.viewmodel import values as flattening
from tui.viewmodel.curve import MOST, History, Thinning, joined

_MOST_METRICS = 1000
"""Metrics of one run that are read."""

_MOST_POINTS, _LEAST_POINTS = 100_000, 128
"""Points that are kept of all metrics of a run together, about; and of each at least."""

_STEP, _RUNTIME, _TIMESTAMP = "_step", "_runtime", "_timestamp"
_AXES = (_STEP, _RUNTIME, _TIMESTAMP)
_NUMBERS = frozenset({int, float})


def history(
    library: Library, project: str, run_id: str, before: History | None = None, most: int | None = None
) -> History:
    """Read the curves of a run; ``before``, if nothing was logged since.

    Of a history of more than ``most`` bytes there are none.

    Raises:
        CorruptObject: a segment cannot be read.
    """
    opened = library.project(project)
    stamp = run_objects.history_stamp(opened, run_id)
    if before is not None and before.stamp == stamp:
        return before
    if most is not None and sum(size for _, size, _ in stamp) > most:
        return History(run_id)
    parts: dict[str, dict[str, Thinning]] = {}
    for writer, count, columns in run_objects.read_columns(opened, run_id):
        _take(parts, writer, count, columns)
    curves = {metric: joined(list(by_writer.values())) for metric, by_writer in parts.items()}
    return History(run_id, curves, stamp)


def _take(parts: dict[str, dict[str, Thinning]], writer: str, count: int, columns: Columns) -> None:
    steps, times = _axes(count, columns)
    most = max(min(_MOST_POINTS // max(len(columns), 1), MOST), _LEAST_POINTS)
    for name, places, found in columns:
        if name.startswith("_"):
            continue
        where = range(count) if places is None else places
        for metric, at, numbers in _numeric(name, where, found):
            if metric not in parts and len(parts) >= _MOST_METRICS:
                continue
            curve = parts.setdefault(metric, {}).setdefault(writer, Thinning(most))
            if len(at) == count:
                curve.extend(steps, times, numbers)
            else:
                curve.extend([steps[place] for place in at], [times[place] for place in at], numbers)


def _axes(count: int, columns: Columns) -> tuple[Sequence[float], Sequence[float]]:
    """Step and time of each point; a point that does not say them has none."""
    found = {name: _spread(count, places, column) for name, places, column in columns if name in _AXES}
    steps = found.get(_STEP) or [float(place) for place in range(count)]
    times = found.get(_RUNTIME)
    if times is None and _TIMESTAMP in found:
        began = next((time for time in found[_TIMESTAMP] if math.isfinite(time)), 0.0)
        times = [time - began for time in found[_TIMESTAMP]]
    return steps, times or [math.nan] * count


def _spread(count: int, places: list[int] | None, column: list[Any]) -> list[float]:
    if places is None:
        return [_real(value) for value in column]
    spread = [math.nan] * count
    for place, value in zip(places, column, strict=True):
        spread[place] = _real(value)
    return spread


def _numeric(
    name: str, where: Sequence[int], found: list[Any]
) -> Iterator[tuple[str, Sequence[int], list[float]]]:
    """The metrics in a column, each with the places of its points; maps have one for each number in them."""
    kinds = set(map(type, found))
    if kinds <= _NUMBERS:
        yield name, where, found if kinds == {float} else [_real(value) for value in found]
        return
    split: dict[str, tuple[list[int], list[float]]] = {}
    for place, value in zip(where, found, strict=True):
        inner = _inside(name, value) if type(value) is dict else [(name, value)]
        for metric, one in inner:
            if type(one) in _NUMBERS and (metric in split or len(split) < _MOST_METRICS):
                at, numbers = split.setdefault(metric, ([], []))
                at.append(place)
                numbers.append(_real(one))
    for metric, (at, numbers) in split.items():
        yield metric, at, numbers


def _inside(name: str, value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if "_type" not in value:  # else it is an image, a table or the like
        yield from islice(flattening.flat(value, prefix=f"{name}."), _MOST_METRICS)


def _real(value: object) -> float:
    try:
        return float(value) if type(value) in _NUMBERS else math.nan  # type: ignore[arg-type]
    except OverflowError:
        return math.inf
