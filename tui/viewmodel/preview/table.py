"""Rows and columns: the head of CSV, JSON lines, Parquet, and tables that runs logged."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rich.cells import cell_len

from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel import values
from tui.viewmodel.preview.preview import Preview

MOST_COLUMNS, MOST_ROWS = 256, 1000
"""What of a table is kept."""

_SAMPLE = 200
"""Rows by which the width of a column is decided."""

_WIDEST, _GAP = 32, 2
_LONGEST = 4000
"""Characters of a cell that are kept."""

_BYTES = 64


class Row(NamedTuple):
    """A row of the table, or, below one that is open, one of its fields."""

    number: int
    field: int | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """The head of a table as it was read."""

    format: str
    """What it is: ``CSV``, ``Parquet``, …"""
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    count: int | None = None
    """Rows of the whole table, where that is known."""
    width: int = 0
    """Columns of the whole table."""
    kinds: Sequence[str] = ()
    """What columns hold, where the file says."""


class Table(Preview):
    """A `Grid`, each row of which opens into its fields."""

    KIND = "table"

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._columns = [line(str(name)[:_LONGEST]) or "·" for name in grid.columns[:MOST_COLUMNS]]
        self._open: set[int] = set()
        sample = grid.rows[:_SAMPLE]
        self._right = [
            _is_numeric([row[at] for row in sample if at < len(row)]) for at in range(len(self._columns))
        ]
        self._wide = [
            min(
                max([cell_len(name), *(cell_len(_shown(row[at])) for row in sample if at < len(row))]),
                _WIDEST,
            )
            for at, name in enumerate(self._columns)
        ]
        self._label = max((cell_len(name) for name in self._columns), default=0)

    def about(self) -> str:
        """How large the table is."""
        grid = self._grid
        wide = max(grid.width, len(grid.columns))
        columns = f"{wide:,} column" + "s" * (wide != 1)
        if grid.count is None:
            rows = f"the first {len(grid.rows):,} rows"
        else:
            rows = f"{grid.count:,} row" + "s" * (grid.count != 1)
            rows += f", the first {len(grid.rows):,} shown" if len(grid.rows) < grid.count else ""
        if wide > len(self._columns):
            columns += f", the first {len(self._columns)} shown"
        return f"{grid.format}, {rows}, {columns}"

    def header(self, width: int) -> Sequence[Span]:
        """The names of the columns."""
        cells = [
            paint.fit(self._columns[at], wide, right=self._right[at]) for at, wide in self._visible(width)
        ]
        lead = f"{'<' if self.shift else '':>{self._digits}}  "
        return [(lead, "accent"), ((" " * _GAP).join(cells), "muted")]

    @property
    def _digits(self) -> int:
        return max(len(str(len(self._grid.rows))), 2)

    def _visible(self, width: int) -> list[tuple[int, int]]:
        """The columns that are seen, and how wide each is."""
        left, found = width - self._digits - 2, []
        for at in range(self.shift, len(self._columns)):
            if left <= 2:
                break
            found.append((at, min(self._wide[at], left)))
            left -= self._wide[at] + _GAP
        return found

    def rows(self) -> Sequence[Row]:
        rows: list[Row] = []
        for number in range(len(self._grid.rows)):
            rows.append(Row(number))
            if number in self._open:
                rows += [Row(number, field) for field in range(len(self._columns))]
        return rows

    def identity(self, row: Row) -> Hashable:
        return row

    def spans(self, row: Row, width: int) -> Sequence[Span]:
        if row.field is not None:
            name = paint.fit(self._columns[row.field], min(self._label, max(width // 3, 8)))
            return [
                (" " * self._digits + "    ", "faint"),
                (name + "  ", "muted"),
                (_shown(self._cell(row)), "text"),
            ]
        cells = self._grid.rows[row.number]
        spans: list[Span] = [(f"{row.number + 1:>{self._digits}}  ", "faint")]
        for at, wide in self._visible(width):
            shown = _shown(cells[at]) if at < len(cells) else ""
            empty = at >= len(cells) or cells[at] is None
            spans.append(
                (paint.fit(shown, wide, right=self._right[at]) + " " * _GAP, "faint" if empty else "text")
            )
        return spans

    def _cell(self, row: Row) -> Any:
        cells = self._grid.rows[row.number]
        return cells[row.field] if row.field is not None and row.field < len(cells) else None

    def plain(self, row: Row) -> str:
        if row.field is not None:
            return _plain(self._cell(row))
        return "\t".join(_plain(cell) for cell in self._grid.rows[row.number])

    def open(self, row: Row) -> bool:
        if row.field is not None:
            return False
        self._open ^= {row.number}
        return True

    def furthest(self) -> int:
        return max(len(self._columns) - 1, 0)


def cell(value: Any) -> Any:
    """A value as a table keeps it: plain ones as they are, all others as text; long texts are cut."""
    if isinstance(value, str):
        return value[:_LONGEST]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        return f"0x{value[:_BYTES].hex()}{'…' if len(value) > _BYTES else ''}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)[:_LONGEST]
    return str(value)[:_LONGEST]


def _shown(value: Any) -> str:
    return "" if value is None else values.shown(value)


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _is_numeric(sample: Sequence[Any]) -> bool:
    """Whether a column is set flush right: numbers, also where they come as text."""
    given = [value for value in sample if value not in (None, "")]
    return bool(given) and all(_is_number(value) for value in given)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    try:
        float(value) if isinstance(value, str) and len(value) < 40 else float("")
    except ValueError:
        return False
    return True
