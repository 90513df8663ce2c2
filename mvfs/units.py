"""Sizes, ages and times as people read them, and text set to a width."""

from __future__ import annotations

import re
import time
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise

from mvfs.errors import InvalidInput

_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_LENGTHS = {"": 0, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([KMGTP]?)(?:i?B)?", re.IGNORECASE)
_AGE = re.compile(r"(0(?=$)|[0-9]{1,4}(?=[smhdwy]))([smhdwy]?)")
_AGES = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "min"))


@lru_cache(maxsize=1024)  # a model's versions mostly have one size
def size(count: int) -> str:
    """``3.4 MiB``: bytes in the largest unit that leaves at least 1, three digits at most."""
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(_SIZES) - 1:
        value, unit = value / 1024, unit + 1
    digits = 0 if unit == 0 or value >= 99.95 else 1
    return f"{value:.{digits}f} {_SIZES[unit]}"


def age(then: int, now: int | None = None) -> str:
    """``3 h``: the time since ``then`` (microseconds since 1970) in its largest unit."""
    now = time.time_ns() // 1000 if now is None else now
    seconds = max(now - then, 0) // 1_000_000
    for length, unit in _AGES:
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def span(length: int) -> str:
    """``1 h 23 min``: so many microseconds in their two largest units."""
    seconds = max(length, 0) // 1_000_000
    for (first, unit), (second, lower) in pairwise((*_AGES, (1, "s"))):
        if seconds >= first:
            rest = seconds % first // second
            return f"{seconds // first} {unit}" + (f" {rest} {lower}" if rest else "")
    return f"{seconds} s"


def parse_age(text: str) -> int:
    """Return the seconds in ``45s``, ``30m``, ``12h``, ``30d``, ``8w`` or ``1y``; ``0`` is none.

    Raises:
        InvalidInput: it is of another form, or longer than anybody can mean.
    """
    found = _AGE.fullmatch(text)
    if found is None:
        raise InvalidInput(f"'{text}' is no age; write 30m, 12h, 30d, 8w or 1y")
    return int(found[1]) * _LENGTHS[found[2]]


def parse_size(text: str) -> int:
    """Return the bytes in ``500M``, ``20G``, ``1.5 TiB`` or ``0``; all units are powers of 1024.

    Raises:
        InvalidInput: it is of another form.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"'{text}' is no size; write 500M, 20G or 1.5TiB")
    return int(float(found[1]) * 1024 ** " KMGTP".index(found[2].upper() or " "))


def moment(then: int) -> str:
    """``2026-11-01 14:30:05`` in local time, for microseconds since 1970."""
    try:
        return datetime.fromtimestamp(then / 1e6, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return "?"


def iso(then: int) -> str:
    """The same as ISO 8601 in UTC, for programs."""
    try:
        return datetime.fromtimestamp(then / 1e6, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return "?"


def zulu(then: int) -> str:
    """``2026-11-01T14:30:05Z``: as W&B gives times."""
    try:
        return datetime.fromtimestamp(then // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "?"


def number(value: object) -> str:
    """A metric or setting in a few characters: six significant digits, everything else as text."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def width(text: str) -> int:
    """Columns that a terminal gives to ``text``."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1
        for ch in text
    )


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """``text`` filled with spaces to a width, flush left or right."""
    fill = " " * max(columns - width(text), 0)
    return fill + text if right else text + fill
