"""Rows of text under each other, in columns as wide as they need to be."""

from __future__ import annotations

from collections.abc import Sequence

from mvfs import text, units

_GAP = "  "


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines; a header that begins with ``>`` sets its column flush right. No rows, no lines."""
    if not rows:
        return []
    columns = []
    for header, cells in zip(headers, zip(*rows, strict=True), strict=True):
        columns.append(_column([header.lstrip(">"), *cells], right=header.startswith(">")))
    return [_GAP.join(row).rstrip() for row in zip(*columns, strict=True)]


def _column(cells: list[str], *, right: bool) -> list[str]:
    """Return inert cells of one width; column by column, since most are plain ASCII from top to bottom."""
    if not "".join(cells).isprintable():
        cells = [text.line(cell) for cell in cells]
    if "".join(cells).isascii():
        wide = max(map(len, cells))
        return [cell.rjust(wide) if right else cell.ljust(wide) for cell in cells]
    wide = max(map(units.width, cells))
    return [units.pad(cell, wide, right=right) for cell in cells]


def fields(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return ``label  value`` lines with the values under each other."""
    wide = max((units.width(label) for label, _ in pairs), default=0)
    return [f"{units.pad(label, wide)}  {text.line(value)}".rstrip() for label, value in pairs]
