"""A row of small bars: how a metric went, in the width of a word."""

from __future__ import annotations

import math
from collections.abc import Sequence

_BARS, _PLAIN = "▁▂▃▄▅▆▇█", "_.-=+*#@"


def sparkline(values: Sequence[float], width: int, *, plain: bool = False) -> str:
    """Draw numbers as up to ``width`` bars, the oldest first; where there is no finite number, a space.

    Of more numbers than bars, each bar is the mean of its share. Equal numbers make bars of middle height.
    """
    bars = _PLAIN if plain else _BARS
    means = _means(values, width)
    finite = [mean for mean in means if mean is not None]
    if not finite:
        return " " * len(means)
    low, high = min(finite), max(finite)
    span = high / 2 - low / 2  # halves, as the whole may be beyond what a float holds
    top = len(bars) - 1

    def bar(mean: float | None) -> str:
        if mean is None:
            return " "
        share = (mean / 2 - low / 2) / span if span else 0.5
        return bars[min(max(round(share * top), 0), top)]

    return "".join(map(bar, means))


def _means(values: Sequence[float], width: int) -> list[float | None]:
    count = min(len(values), max(width, 0))
    return [
        _mean(values[len(values) * place // count : len(values) * (place + 1) // count])
        for place in range(count)
    ]


def _mean(share: Sequence[float]) -> float | None:
    finite = [value for value in share if math.isfinite(value)]
    if not finite:
        return None
    return math.fsum(value / len(finite) for value in finite)
