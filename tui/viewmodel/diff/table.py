"""A table's rows that differ, in columns: what identifies them first, then what changed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from rich.cells import cell_len

from mvfs.diff.model import Kind
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel import values
from tui.viewmodel.diff.clipping import clip
from tui.viewmodel.diff.row import GLYPHS, ROLES, Look, Part, Row, tally

if TYPE_CHECKING:
    from mvfs.diff.table import RowChange, TableDiff

_SAMPLE = 400
"""Rows, from the first on, by which the columns' widths are decided."""

_MOST_KEY, _MOST_CELL = 28, 36
_MOST_COLUMNS = 200
_GAP = "  "
_ARROW = " → "


@dataclass(frozen=True)
class TableRows(Part):
    """The rows of a `TableDiff`."""

    diff: TableDiff
    name: str = "rows"

    @property
    def weight(self) -> int:
        """Cells."""
        return len(self.diff.rows) * len(self.diff.new_columns)

    def tally(self) -> Sequence[Span]:
        """How many rows of each kind."""
        diff = self.diff
        counts = {Kind.ADDED: diff.added, Kind.REMOVED: diff.removed, Kind.CHANGED: diff.changed}
        spans = [*tally(counts), (f"  {diff.same:,} the same", "faint")]
        if diff.key is None:
            return [*spans, ("  no column identifies rows", "faint")]
        return [*spans, (f"  by {line(diff.key[:_MOST_KEY])}", "faint")]

    def rows(self, look: Look) -> Iterator[Row]:  # noqa: ARG002
        """The titles, a row for each that differs, and how many were left out."""
        if self.diff.rows or self.diff.old_columns != self.diff.new_columns:
            yield Titles(self)
        for number, change in enumerate(self.diff.rows):
            yield TableRow(self, change, number)
        if self.diff.left_out:
            yield LeftOut(self.diff.left_out)

    @cached_property
    def columns(self) -> Sequence[str]:
        """All but the key, those first in which something changed."""
        diff = self.diff
        changed = {cell.column for row in diff.rows for cell in row.cells}
        changed |= set(diff.old_columns) ^ set(diff.new_columns)
        every = [*diff.new_columns, *(name for name in diff.old_columns if name not in diff.new_columns)]
        found = [name for name in every if name != diff.key]
        return sorted(found, key=lambda name: name not in changed)[:_MOST_COLUMNS]

    @cached_property
    def places(self) -> tuple[dict[str, int], dict[str, int]]:
        """Where each column is in old and in new."""
        return tuple({name: at for at, name in enumerate(names)}
                     for names in (self.diff.old_columns, self.diff.new_columns))  # type: ignore[return-value]  # fmt: skip

    def title(self, column: str) -> str:
        """A column's name, with a glyph where only one side has it."""
        old, new = self.places
        glyph = GLYPHS[Kind.ADDED] if column not in old else GLYPHS[Kind.REMOVED] if column not in new else ""
        return glyph + line(column[:200])

    @cached_property
    def layout(self) -> Sequence[tuple[str, int, bool]]:
        """Each column with its width, and whether it holds numbers."""
        sample = self.diff.rows[:_SAMPLE]
        found = []
        for column in self.columns:
            texts = [self.cell(row, column)[0] for row in sample]
            wide = max([cell_len(self.title(column)), *map(cell_len, texts)])
            found.append((column, min(wide, _MOST_CELL), self._is_numeric(sample, column)))
        return found

    def _is_numeric(self, sample: Sequence[RowChange], column: str) -> bool:
        at = self.places[1].get(column)
        held = [row.new[at] for row in sample if row.new is not None and at is not None]
        return bool(held) and all(_is_number(value) for value in held)

    @cached_property
    def key_width(self) -> int:
        """The width of the first column."""
        title = cell_len(line((self.diff.key or "#")[:_MOST_KEY]))
        found = [title, *(cell_len(self.key(row)) for row in self.diff.rows[:_SAMPLE])]
        return min(max(found), _MOST_KEY)

    def key(self, row: RowChange) -> str:
        """What identifies a row, inert."""
        return values.shown(row.key) if self.diff.key is not None else f"{row.key + 1:,}"

    def cell(self, row: RowChange, column: str) -> tuple[str, str]:
        """What a cell says, and in which role."""
        for cell in row.cells:
            if cell.column == column:
                return f"{_shown(cell.old)}{_ARROW}{_shown(cell.new)}", "changed"
        here, at = (row.new, self.places[1]) if row.new is not None else (row.old, self.places[0])
        if column not in at and row.kind is Kind.CHANGED:
            here, at = row.old, self.places[0]
        if here is None or column not in at:
            return "", "muted"
        role = {Kind.ADDED: "added", Kind.REMOVED: "removed"}.get(row.kind, "muted")
        if row.kind is Kind.CHANGED and (column not in self.places[0] or column not in self.places[1]):
            role = "added" if column in self.places[1] else "removed"
        return _shown(here[at[column]]), role


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    return "·" if value is None else values.shown(value)


class Titles(Struct, frozen=True):
    """The names of the columns."""

    table: TableRows
    starts: bool = False
    opens: bool = False

    @property
    def key(self) -> Hashable:
        """There is one."""
        return self.table.name, "titles"

    def lead(self, look: Look) -> int:  # noqa: ARG002
        """The mark alone."""
        return 0

    def spans(self, look: Look) -> Sequence[Span]:
        """The key's name stays where it is, the others pan."""
        wide = min(self.table.key_width, look.width - 2)
        head = "  " + paint.fit(line((self.table.diff.key or "#")[:_MOST_KEY]), wide)
        titles = "".join(_GAP + paint.fit(self.table.title(name), width, right=right)
                         for name, width, right in self.table.layout)  # fmt: skip
        return [(head, "faint"), *clip([(titles, "faint")], look.pan, look.width - 2 - wide, "faint")]

    def holds(self, word: str) -> bool:  # noqa: ARG002
        """Titles stay while rows are filtered."""
        return True


class TableRow(Struct, frozen=True):
    """One row that differs."""

    table: TableRows
    change: RowChange
    number: int
    starts: bool = False
    opens: bool = False

    @property
    def key(self) -> Hashable:
        """Its place among the rows that differ."""
        return self.table.name, self.number

    def lead(self, look: Look) -> int:
        """The glyph and the key."""
        return min(2 + self.table.key_width, look.width)

    def spans(self, look: Look) -> Sequence[Span]:
        """Glyph, key, and the cells as far as they are in the window."""
        wide = min(self.table.key_width, look.width - 2)
        role = ROLES[self.change.kind]
        return [
            (f"{GLYPHS[self.change.kind]} ", role),
            (paint.fit(self.table.key(self.change), wide), "text"),
            *clip(self._cells(look.pan + look.width), look.pan, look.width - 2 - wide, "muted"),
        ]

    def _cells(self, most: int) -> Iterator[Span]:
        used = 0
        for column, width, right in self.table.layout:
            if used > most:
                return
            shown, role = self.table.cell(self.change, column)
            yield _GAP, "muted"
            if role == "changed" and cell_len(shown) <= width:
                before, after = shown.split(_ARROW, 1) if shown.count(_ARROW) == 1 else (shown, "")
                fill = " " * (width - cell_len(shown))
                yield fill if right else "", "muted"
                yield before, "removed"
                yield _ARROW if after else "", "faint"
                yield after + ("" if right else fill), "added"
            else:
                yield paint.fit(shown, width, right=right), role
            used += width + len(_GAP)

    def holds(self, word: str) -> bool:
        """Key and cells are looked into."""
        texts = (self.table.cell(self.change, name)[0] for name in self.table.columns)
        return word in self.table.key(self.change).lower() or any(word in one.lower() for one in texts)


class LeftOut(Struct, frozen=True):
    """How many rows differ beyond those that are shown."""

    count: int
    key: Hashable = "left out"
    starts: bool = False
    opens: bool = False

    def lead(self, look: Look) -> int:  # noqa: ARG002
        """The mark alone."""
        return 0

    def spans(self, look: Look) -> Sequence[Span]:
        """The number."""
        return [(paint.cut(f"  … {self.count:,} more rows differ", look.width), "faint")]

    def holds(self, word: str) -> bool:  # noqa: ARG002
        """Nothing is written in it."""
        return False
