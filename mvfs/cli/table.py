"""Rows of text under each other, in columns as wide as they need to be."""

from __future__ import annotations

from collections.abc import Sequence

from mvfs import text, units

_GAP = "  "


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines; a header that begins with ``>`` sets its column flush right. No rows, no lines."""
    if not rows:
        return []
    right = [header.startswith(">") for header in headers]
    cells = [[header.lstrip(">") for header in headers], *([text.line(cell) for cell in row] for row in rows)]
    widths = [max(units.width(row[i]) for row in cells) for i in range(len(headers))]
    return [
        _GAP.join(
            units.pad(cell, width, right=flush) for cell, width, flush in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]


def fields(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return ``label  value`` lines with the values under each other."""
    wide = max((units.width(label) for label, _ in pairs), default=0)
    return [f"{units.pad(label, wide)}  {text.line(value)}".rstrip() for label, value in pairs]
