"""Nested values by key: JSON, YAML, metadata, config and metrics as dotted paths."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mvfs.diff.model import Change, Kind

_DEPTH = 60
"""Levels that are taken apart; what is nested deeper is one value."""

_PLAIN = re.compile(r"[^.\[\]\"\\]+")
"""A key that needs no quotes in a dotted path."""


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Return the leaves that differ: those of old in its order, each new one after its neighbour.

    A number equals another of the same value, NaN equals NaN, and a truth value is no number.
    """
    return leaf_changes(flat(old), flat(new))


def leaf_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """The same for values that are flat already, whatever their keys look like."""
    for path, left, right in _merged(before, after):
        if left is _MISSING:
            yield Change(path, Kind.ADDED, None, right)
        elif right is _MISSING:
            yield Change(path, Kind.REMOVED, left, None)
        elif not same(left, right):
            yield Change(path, Kind.CHANGED, left, right)


_MISSING = object()


def _merged(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """All paths of both: in the order of old, and what only new has before what follows it there."""
    fresh: list[str] = []
    waiting: dict[str, list[str]] = {}
    for path in after:
        if path not in before:
            fresh.append(path)
        elif fresh:
            waiting[path], fresh = fresh, []
    for path, value in before.items():
        for added in waiting.get(path, ()):
            yield added, _MISSING, after[added]
        yield path, value, after.get(path, _MISSING)
    for added in fresh:
        yield added, _MISSING, after[added]


def flat(values: Any) -> dict[str, Any]:
    """Return the leaves of nested maps and lists by dotted path; empty ones are leaves themselves.

    ``optimizer.lr``, ``layers[3].size``; a key with a dot, bracket or quote in it stands in quotes:
    ``["a.b"]``. The path of a value that is no map and no list is empty.
    """
    found: dict[str, Any] = {}
    stack: list[tuple[str, Any, int]] = [("", values, 0)]
    while stack:
        path, value, depth = stack.pop()
        if isinstance(value, Mapping) and value and depth < _DEPTH:
            stack += [(_joined(path, key), item, depth + 1) for key, item in reversed(list(value.items()))]
        elif isinstance(value, list | tuple) and value and depth < _DEPTH:
            stack += [(f"{path}[{i}]", value[i], depth + 1) for i in reversed(range(len(value)))]
        elif path or not isinstance(value, Mapping):
            found[path] = value
    return found


def _joined(path: str, key: object) -> str:
    name = str(key)
    if not _PLAIN.fullmatch(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{name}" if path else name


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal as a reader of JSON would see it."""
    if left is right:
        return True
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def delta(change: Change) -> str:
    """``+0.03, +3.3 %``: how far a number went; empty for all else."""
    return difference(change.old, change.new)


def difference(old: Any, new: Any) -> str:
    """``+0.03, +3.3 %``: how far it is from one number to another; empty where there is no telling."""
    try:
        if not (_is_number(old) and _is_number(new)):
            return ""
        far = new - old
        if not math.isfinite(far):
            return ""
        told = f"{far:+.3g}" if isinstance(far, float) else f"{far:+,}"
        if not old or abs(far / old) >= 10:
            return told
        return f"{told}, {_percent(100 * far / abs(old))}"
    except OverflowError:  # integers of any length
        return ""


def _percent(share: float) -> str:
    size = abs(share)
    return f"{share:+.0f} %" if size >= 100 else f"{share:+.1f} %" if size >= 0.1 else f"{share:+.2g} %"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
