"""Metadata, config and summary as rows of text, and the numbers in them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from mvfs import units
from mvfs.text import line

_DEPTH = 4
_LONGEST = 400
"""Characters of one value that are shown."""


def flat(values: Mapping[str, Any], depth: int = _DEPTH, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield ``dotted.path, value`` of nested mappings."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value and depth > 1:
            yield from flat(value, depth - 1, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def numbers(values: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the paths that hold finite numbers."""
    for path, value in flat(values):
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield path, value


def shown(value: object) -> str:
    """One value in one row, inert."""
    if isinstance(value, str):
        return line(value[:_LONGEST])
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int | float):
        return units.number(value)
    return line(json.dumps(value, ensure_ascii=False, default=str)[:_LONGEST])


def written(value: object) -> str:
    """One value as a person types it, inert: a text, or JSON; `parse_metadata` makes the same value of it."""
    if isinstance(value, str) and value.isprintable() and value == value.strip():
        try:
            json.loads(value)
        except ValueError:
            return value
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if text.isprintable() else json.dumps(value, default=str)


class NumberFormat:
    """One way to write all numbers of a column, so that their points stand under each other."""

    def __init__(self, sample: list[float]) -> None:
        finite = [abs(value) for value in sample]
        largest = max(finite, default=0.0)
        smallest = min((value for value in finite if value), default=1.0)
        self._spec = ".3e"
        if all(float(value).is_integer() for value in sample) and largest < 1e9:
            self._spec = ",.0f"
        elif smallest >= 1e-4 and largest < 1e6:
            digits = 4 if largest < 100 else 2 if largest < 10_000 else 1
            self._spec = f",.{self._needed(sample, digits)}f"
        self.width = max((len(self(value)) for value in sample), default=1)

    @staticmethod
    def _needed(sample: list[float], most: int) -> int:
        for digits in range(1, most):
            if all(abs(round(value, digits) - value) < 10**-most / 2 for value in sample):
                return digits
        return most

    def __call__(self, value: float) -> str:
        return format(value, self._spec)
