"""Lines for values that differ: ``~ lr  0.1 → 0.2  +0.1, +100 %``, under each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from mvfs import text, units
from mvfs.cli.tints import QUIET, glyph, tinted
from mvfs.diff.mapping import delta
from mvfs.diff.model import Change, Kind

_WIDE = 44
"""Columns of a value; what is longer ends in ``…``."""

_PATH = 60


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


def change_lines(changes: Sequence[Change], limit: int, show: Callable[..., str] = shown) -> list[str]:
    """A line for each change, at most ``limit`` (0: all), and one that counts what was left out."""
    some = changes[: limit or None]
    cells = [_cells(change, show) for change in some]
    path_wide, old_wide, new_wide = (max((units.width(c[i]) for c in cells), default=0) for i in range(3))
    lines = []
    for change, (path, old, new, told) in zip(some, cells, strict=True):
        arrow = "→" if change.kind is Kind.CHANGED else " "
        line = f"{units.pad(path, path_wide)}  {units.pad(old, old_wide, right=True)}"
        if any(cell[2] for cell in cells):
            line += f" {arrow} {units.pad(new, new_wide)}"
        line = f"{glyph(change.kind)} {line}".rstrip()
        lines.append(f"{line}  {tinted(told, QUIET)}" if told else line)
    return lines + left_out(len(changes) - len(some))


def _cells(change: Change, show: Callable[..., str]) -> tuple[str, str, str, str]:
    path = shortened(text.line(change.path), _PATH)
    if change.kind is Kind.ADDED:
        return path, "", show(change.new), ""
    if change.kind is Kind.REMOVED:
        return path, show(change.old), "", ""
    is_mixed = isinstance(change.old, str) != isinstance(change.new, str)  # "1" is not 1
    pair = [show(value, quoted=is_mixed) for value in (change.old, change.new)]
    return path, *_apart(change, pair, show), delta(change)


def _apart(change: Change, pair: list[str], show: Callable[..., str]) -> tuple[str, str]:
    """Values that look the same when they are rounded or cut are shown from where they differ."""
    if pair[0] == pair[1]:
        if isinstance(change.old, float) or isinstance(change.new, float):
            pair = [repr(change.old), repr(change.new)]
        elif isinstance(change.old, str) and isinstance(change.new, str):
            old, new = change.old, change.new
            at = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
            start = max(min(at, len(old), len(new)) - 10, 0)
            pair = ["…" + show(one[start:], quoted=not one[start:].strip()) for one in (old, new)]
    return pair[0], pair[1]


def left_out(count: int, what: str = "more") -> list[str]:
    """A line that says how many rows are not shown, if any."""
    return [tinted(f"… {count:,} {what}; --limit 0 shows all", QUIET)] if count > 0 else []
