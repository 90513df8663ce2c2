"""Round numbers along an axis, and how they are written."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_CLOCK = [
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(_MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 6, 12)),
    *(_DAY * n for n in (1, 2, 7, 14, 30, 60, 180, 360)),
]
"""Steps between times, in seconds."""

_SUFFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_LEAST_SUFFIXED = 1e4
_MOST = 50

LONGEST = 10
"""Characters of a tick on an axis of numbers."""


class Tick(NamedTuple):
    """A place on an axis."""

    value: float
    text: str
    """At most `LONGEST` characters, ASCII."""


def linear(low: float, high: float, most: int, *, whole: bool = False) -> list[Tick]:
    """Up to ``most`` round numbers from ``low`` to ``high``; with ``whole``, integers only."""
    step = _step(low, high, most)
    if step is None:
        return _ends(low, high)
    if whole:
        step = max(step, 1.0)
    values = _multiples(low, high, step)
    write = _writer(max(abs(low), abs(high)), step)
    return [Tick(value, write(value)) for value in values] or _ends(low, high)


def clock(low: float, high: float, most: int) -> list[Tick]:
    """Round spans of time, given seconds."""
    if not high - low >= _CLOCK[0]:
        return [Tick(value, f"{text} s") for value, text in linear(low, high, most)]
    place = bisect_left(_CLOCK, (high - low) / max(most, 1))
    step = _CLOCK[place] if place < len(_CLOCK) else _step(low / _DAY, high / _DAY, most)
    if step is None:
        return _ends(low, high)
    step = step if place < len(_CLOCK) else step * _DAY
    unit, name = next(
        ((u, n) for u, n in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")) if step >= u), (1.0, "s")
    )
    values = _multiples(low, high, step)
    return [Tick(value, f"{value / unit:.6g} {name}") for value in values] or _ends(low, high)


def logarithmic(low: float, high: float, most: int) -> list[Tick]:
    """Powers of ten between two positive numbers; where there are too few of them, other round numbers."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    decades = last - first + 1
    if decades < 2:
        return [tick for tick in linear(low, high, most) if tick.value > 0] or _ends(low, high)
    stride = max(math.ceil(decades / max(most, 1)), 1)
    powers = range(-(-first // stride) * stride, last + 1, stride)
    return [
        Tick(value, short(value)) for power in powers if low <= (value := _power(power)) <= high
    ] or _ends(low, high)


def _power(power: int) -> float:
    return float(f"1e{power}")  # 10.0 ** -4 is not 0.0001


def short(value: float) -> str:
    """A number in a few characters: ``0.01``, ``1e-5``, ``25k``."""
    size = abs(value)
    for unit, suffix in _SUFFIXES:
        if unit <= size < unit * 1e3 and size >= _LEAST_SUFFIXED:
            return f"{value / unit:.4g}{suffix}"
    if size and not 1e-3 <= size < 1e15:
        head, _, power = f"{value:.3g}".partition("e")
        if not power:
            head, _, power = f"{value:.2e}".partition("e")
            head = head.rstrip("0").rstrip(".")
        return f"{head}e{int(power)}"
    return f"{value:.4g}"


def _step(low: float, high: float, most: int) -> float | None:
    """The smallest of 1, 2 and 5 times a power of ten that leaves at most so many ticks."""
    rough = (high / max(most, 1)) - (low / max(most, 1))
    if not (rough > 0 and math.isfinite(rough)):
        return None
    power = math.floor(math.log10(rough))
    for factor in (1, 2, 5, 10):
        step = float(f"{factor}e{power}")
        if step >= rough * (1 - 1e-9):
            return step if math.isfinite(high / step) and math.isfinite(low / step) else None
    return None


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last - first > _MOST:
        return []
    return [number * step for number in range(first, last + 1) if low <= number * step <= high]


def _writer(largest: float, step: float) -> Callable[[float], str]:
    """One way to write all ticks of an axis, so that they are told apart."""
    for unit, suffix in _SUFFIXES:
        if largest >= _LEAST_SUFFIXED and unit <= largest < unit * 1e3:
            digits = _digits(step / unit)
            if digits <= 3:
                return lambda value: "0" if value == 0 else f"{value / unit:.{digits}f}{suffix}"
            break
    if largest >= 1e15 or largest < 1e-3:
        return short
    digits = _digits(step)
    if digits + len(f"{largest:.0f}") + 2 > LONGEST:
        return short
    return lambda value: f"{value:.{digits}f}"


def _digits(step: float) -> int:
    return max(-math.floor(math.log10(step) + 1e-9), 0)


def _ends(low: float, high: float) -> list[Tick]:
    return [Tick(value, short(value)) for value in dict.fromkeys((low, high))]
