"""Lines for values that differ: ``~ lr  0.1 → 0.2  +0.1, +100 %``, under each other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mvfs import text, units
from mvfs.cli.terminal import room
from mvfs.cli.tints import QUIET, glyph, tinted
from mvfs.diff.mapping import delta
from mvfs.diff.model import Change, Kind

_WIDE = 44
"""Columns of a value; what is longer ends in ``…``."""

_NARROW = 12
_REST = 30
"""Columns beside path and values: glyph, arrow, gaps, how far a number went."""


def shown(value: Any, most: int = _WIDE, *, quoted: bool = False) -> str:
    """A value in one inert line: text as it is, numbers in six digits, the rest as JSON."""
    if isinstance(value, str) and not quoted and value.strip() == value and value:
        words = value[: 4 * most]
    elif isinstance(value, float):
        words = units.number(value)
    else:
        words = json.dumps(value, ensure_ascii=False, default=str)
    return shortened(text.line(words), most)


def shortened(words: str, most: int) -> str:
    """Text of at most so many columns."""
    if len(words) <= most and units.width(words) <= most:
        return words
    kept = words[: most - 1]
    while units.width(kept) > most - 1:
        kept = kept[:-1]
    return kept + "…"


def change_lines(changes: Sequence[Change], limit: int) -> list[str]:
    """A line for each change, at most ``limit`` (0: all), and one that counts what was left out."""
    some = changes[: limit or None]
    paths = [shortened(text.line(change.path), room() * 2 // 5) for change in some]
    path_wide = max(map(units.width, paths), default=0)
    most = max(min(_WIDE, (room() - path_wide - _REST) // 2), _NARROW)
    cells = [_values(change, most) for change in some]
    old_wide, new_wide = (max((units.width(cell[side]) for cell in cells), default=0) for side in (0, 1))
    lines = []
    for change, path, (old, new) in zip(some, paths, cells, strict=True):
        line = f"{units.pad(path, path_wide)}  {units.pad(old, old_wide, right=True)}"
        if new_wide:
            line += f" {'→' if change.kind is Kind.CHANGED else ' '} {units.pad(new, new_wide)}"
        told = delta(change)
        line = f"{glyph(change.kind)} {line}".rstrip()
        lines.append(f"{line}  {tinted(told, QUIET)}" if told else line)
    return lines + left_out(len(changes) - len(some))


def _values(change: Change, most: int) -> tuple[str, str]:
    if change.kind is Kind.ADDED:
        return "", shown(change.new, most)
    if change.kind is Kind.REMOVED:
        return shown(change.old, most), ""
    is_mixed = isinstance(change.old, str) != isinstance(change.new, str)  # "1" is not 1
    old, new = (shown(value, most, quoted=is_mixed) for value in (change.old, change.new))
    return (old, new) if old != new else _apart(change, most)


def _apart(change: Change, most: int) -> tuple[str, str]:
    """Values that look the same when they are rounded or cut: in full, or from where they differ."""
    old, new = change.old, change.new
    if isinstance(old, float) or isinstance(new, float):
        return repr(old), repr(new)
    left, right = (one if isinstance(one, str) else json.dumps(one, default=str) for one in (old, new))
    at = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), 0)
    start = max(at - most // 3, 0)
    return "…" + shown(left[start:], most - 1), "…" + shown(right[start:], most - 1)


def left_out(count: int, what: str = "more") -> list[str]:
    """A line that says how many rows are not shown, if any."""
    return [tinted(f"… {count:,} {what}; --limit 0 shows all", QUIET)] if count > 0 else []
