"""Tables by row: found again by a column that identifies rows, else by what is in them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import msgspec

from mvfs.diff.matching import gaps
from mvfs.diff.model import Kind
from mvfs.diff.rows import Table
from mvfs.errors import InvalidInput

KEPT = 10_000
"""Rows that differ and are kept; the others are only counted."""

_ID = re.compile(r"(?:.*[_ .-])?(?:id|uuid|guid|key|hash)|(?:file_?)?(?:name|path)|file|image|url|[a-z]+Id")
"""Names of columns that mostly identify a row."""

_MEASURED = re.compile(r"[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?|[+-]?(?i:nan|inf)")
"""Numbers as text; those with a fraction are measurements, and name nothing."""


class Cell(msgspec.Struct, frozen=True):
    """A value of a row that changed."""

    column: str
    old: Any
    new: Any


class RowChange(msgspec.Struct, frozen=True):
    """A row that is not in new as it was in old; values are in the order of that side's columns."""

    kind: Kind
    key: Any
    """The value that identifies it; without such a column, its number in new (in old, if removed), from 0."""
    old: tuple[Any, ...] | None
    new: tuple[Any, ...] | None
    cells: tuple[Cell, ...] = ()
    """What differs, in the columns that both have."""


class TableDiff(msgspec.Struct, frozen=True):
    """What differs between two tables."""

    old_columns: tuple[str, ...]
    new_columns: tuple[str, ...]
    key: str | None
    """The column that identifies rows; None where they were matched by their values and places."""
    added: int
    removed: int
    changed: int
    same: int
    rows: tuple[RowChange, ...]
    """The first of them, at most `KEPT`."""

    @property
    def left_out(self) -> int:
        """How many rows that differ are only counted."""
        return self.added + self.removed + self.changed - len(self.rows)

    @property
    def is_same(self) -> bool:
        """Whether nothing differs, not even a column."""
        return self.old_columns == self.new_columns and not (self.added or self.removed or self.changed)


def diff(old: Table, new: Table, key: str | None = None) -> TableDiff:
    """Compare two tables in the columns that both have.

    Without ``key``, a column that is unique in both and looks like an id is taken, else any other that is
    unique and no measurement; where there is none, rows are matched like lines of text.

    Raises:
        InvalidInput: the column ``key`` is not in both, or does not identify rows.
    """
    key = _key(old, new) if key is None else _checked(old, new, key)
    shared = [name for name in old.columns if name in set(new.columns)]
    columns = _Columns(old, new, shared)
    found = _by_content(old, new, columns) if key is None else _by_key(old, new, columns, key)
    counts = dict.fromkeys((Kind.ADDED, Kind.REMOVED, Kind.CHANGED), 0)
    kept: list[RowChange] = []
    for change in found:
        counts[change.kind] += 1
        if len(kept) < KEPT:
            kept.append(change)
    same = len(old.rows) - counts[Kind.REMOVED] - counts[Kind.CHANGED]
    numbers = counts[Kind.ADDED], counts[Kind.REMOVED], counts[Kind.CHANGED], same
    return TableDiff(old.columns, new.columns, key, *numbers, tuple(kept))


class _Columns:
    """The columns that both tables have, and where."""

    def __init__(self, old: Table, new: Table, shared: Sequence[str]) -> None:
        self.names = shared
        self.old = [old.columns.index(name) for name in shared]
        self.new = [new.columns.index(name) for name in shared]

    def cells(self, before: Sequence[Any], after: Sequence[Any]) -> tuple[Cell, ...]:
        return tuple(
            Cell(name, before[a], after[b])
            for name, a, b in zip(self.names, self.old, self.new, strict=True)
            if token(before[a]) != token(after[b])
        )


def token(value: Any) -> Hashable:
    """What only an equal value has: NaN equals NaN, and a truth value is no number."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool):
        return (value,)
    if isinstance(value, int | float):
        return "\0nan" if isinstance(value, float) and math.isnan(value) else value
    return "\0" + json.dumps(value, sort_keys=True, default=repr)


def _by_key(old: Table, new: Table, columns: _Columns, key: str) -> Iterator[RowChange]:
    at_old, at_new = old.columns.index(key), new.columns.index(key)
    after = {token(row[at_new]): row for row in new.rows}
    for row in old.rows:
        other = after.pop(token(row[at_old]), None)
        if other is None:
            yield RowChange(Kind.REMOVED, row[at_old], row, None)
        elif row != other and (cells := columns.cells(row, other)):
            yield RowChange(Kind.CHANGED, row[at_old], row, other, cells)
    for row in after.values():
        yield RowChange(Kind.ADDED, row[at_new], None, row)


def _by_content(old: Table, new: Table, columns: _Columns) -> Iterator[RowChange]:
    before = [tuple(token(row[at]) for at in columns.old) for row in old.rows]
    after = [tuple(token(row[at]) for at in columns.new) for row in new.rows]
    for a, b, c, d in gaps(before, after):
        pairs = min(b - a, d - c)
        for i in range(pairs):
            left, right = old.rows[a + i], new.rows[c + i]
            cells = columns.cells(left, right)
            yield RowChange(Kind.CHANGED, c + i, left, right, cells)
        for i in range(a + pairs, b):
            yield RowChange(Kind.REMOVED, i, old.rows[i], None)
        for i in range(c + pairs, d):
            yield RowChange(Kind.ADDED, i, None, new.rows[i])


def _checked(old: Table, new: Table, key: str) -> str:
    for table, which in ((old, "the old"), (new, "the new")):
        if key not in table.columns:
            there = ", ".join(table.columns[:20])
            raise InvalidInput(f"{which} table has no column '{key}'; it has {there}", key=key)
        if _values(table, key) is None:
            message = f"column '{key}' does not identify rows: {which} table has a value twice, or lacks one"
            raise InvalidInput(message, key=key)
    return key


def _values(table: Table, name: str) -> set[Hashable] | None:
    """The values of a column if each row has another one, and none is missing."""
    at = table.columns.index(name)
    found = {token(row[at]) for row in table.rows}
    return found if len(found) == len(table.rows) and None not in found and "" not in found else None


def _key(old: Table, new: Table) -> str | None:
    """The column by which rows are found again."""
    if not old.rows or not new.rows:
        return None
    shared = [name for name in old.columns if name in set(new.columns)]
    for name in sorted(shared, key=lambda name: not _is_id(name)):
        if not name.strip() or name.startswith("Unnamed:") or name.lower() in ("index", "row"):
            continue  # the number of a row is its place
        before = _values(old, name)
        after = _values(new, name) if before is not None else None
        if before is None or after is None or not (_is_id(name) or all(map(_is_name, _some(before)))):
            continue
        if len(before & after) * 2 >= min(len(before), len(after)):
            return name
    return None


def _is_id(name: str) -> bool:
    return bool(_ID.fullmatch(name) or _ID.fullmatch(name.lower()))


def _some(values: set[Hashable]) -> list[Hashable]:
    """Some of the values."""
    return [value for value, _ in zip(values, range(1000), strict=False)]


def _is_name(value: Hashable) -> bool:
    """Whether a value can name a row: text or a whole number."""
    if isinstance(value, str):
        return value.isdecimal() or not _MEASURED.fullmatch(value)
    return isinstance(value, int)
