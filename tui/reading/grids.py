"""The heads of tables: CSV, JSON lines, W&B's table files, and Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec

from tui.viewmodel.preview import data
from tui.viewmodel.preview.table import MOST_COLUMNS, MOST_ROWS, Grid, Table, cell

Read = Callable[[int, int], bytes]

_SEPARATED = (".csv", ".tsv")
_LINES = (".jsonl", ".ndjson")
_LOGGED = ".table.json"
_PARQUET = ".parquet"
SUFFIXES = (*_SEPARATED, *_LINES, _LOGGED, _PARQUET)

_HEAD = 1 << 20
"""Bytes of a table of text that are read."""

_MOST_GROUP = 512 << 20
"""Bytes, unpacked, of the columns of a row group of Parquet, of which the first rows are unpacked."""


def table(path: str, read: Read, size: int) -> Table:
    """The head of the table in a file.

    Raises:
        ValueError: it is none, or cannot be shown as one; the text says why.
    """
    path = path.lower()
    if path.endswith(_LOGGED):
        return Table(_logged(read, size))
    if path.endswith(_PARQUET):
        return Table(_parquet(read, size))
    head, is_whole = _lines(read, size)
    return Table(_separated(head, is_whole) if path.endswith(_SEPARATED) else _json_lines(head, is_whole))


def _lines(read: Read, size: int) -> tuple[str, bool]:
    """The first whole lines of a file, and whether these are all."""
    raw = read(0, _HEAD)
    if len(raw) < size:
        raw = raw[: raw.rfind(b"\n") + 1]
    if not raw:
        raise ValueError("its first line is longer than 1 MiB" if size else "it is empty")
    return raw.decode("utf-8-sig", "replace"), len(raw) >= size


def _separated(head: str, is_whole: bool) -> Grid:
    first = head.partition("\n")[0]
    mark = max("\t;,|", key=first.count)
    if not first.count(mark):
        mark = ","
    rows: list[list[Any]] = []
    wide = count = 0
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=mark)
    try:
        names = next(reader, [])
        for row in reader:
            wide, count = max(wide, len(row)), count + 1
            if len(rows) < MOST_ROWS:
                rows.append([cell(one) for one in row[:MOST_COLUMNS]])
    except csv.Error as exc:
        raise ValueError(str(exc)) from exc
    format_ = "TSV" if mark == "\t" else "CSV"
    columns = [*names, *(f"({n + 1})" for n in range(len(names), min(wide, MOST_COLUMNS)))]
    return Grid(format_, columns[:MOST_COLUMNS], rows, count if is_whole else None, max(wide, len(names)))


def _json_lines(head: str, is_whole: bool) -> Grid:
    columns: dict[str, int] = {}
    wide: set[str] = set()
    found: list[dict[str, Any]] = []
    count = 0
    for value in _values(head):
        count += 1
        row = {str(key): one for key, one in value.items()} if isinstance(value, dict) else {"value": value}
        wide |= row.keys()
        for key in row:
            if key not in columns and len(columns) < MOST_COLUMNS:
                columns[key] = len(columns)
        if len(found) < MOST_ROWS:
            found.append({key: cell(one) for key, one in row.items() if key in columns})
    rows = [[row.get(key) for key in columns] for row in found]
    return Grid("JSON lines", list(columns), rows, count if is_whole else None, len(wide))


def _values(head: str) -> Iterator[Any]:
    for number, written in enumerate(head.split("\n"), 1):
        if not written.strip():
            continue
        try:
            yield msgspec.json.decode(written)
        except (msgspec.MsgspecError, RecursionError) as exc:
            raise ValueError(f"line {number} is no JSON: {exc}") from exc


def _logged(read: Read, size: int) -> Grid:
    if size > data.MOST_BYTES:
        raise ValueError("it is too large to be taken apart here")
    found = data.parse(read(0, size))
    columns = found.get("columns") if isinstance(found, dict) else None
    rows = found.get("data") if isinstance(found, dict) else None
    if (
        not isinstance(columns, list)
        or not isinstance(rows, list)
        or not all(isinstance(r, list) for r in rows)
    ):
        raise ValueError("it has no columns and rows")
    kept = [[cell(one) for one in row[:MOST_COLUMNS]] for row in rows[:MOST_ROWS]]
    return Grid("table", [str(name) for name in columns[:MOST_COLUMNS]], kept, len(rows), len(columns))


def _parquet(read: Read, size: int) -> Grid:
    if find_spec("pyarrow") is None:
        raise ValueError("Parquet needs pyarrow: pip install 'mvfs[previews]'")
    pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    try:
        file = pq.ParquetFile(pa.PythonFile(_Ranges(read, size), mode="r"))
        about = file.metadata
        names = [str(name) for name in file.schema_arrow.names]
        shown = names[:MOST_COLUMNS]
        rows: list[list[Any]] = []
        if about.num_row_groups:
            _refuse_bomb(about.row_group(0))
            batch = next(file.iter_batches(batch_size=MOST_ROWS, row_groups=[0], columns=shown), None)
            columns = [] if batch is None else [one.to_pylist() for one in batch.columns]
            rows = [[cell(one) for one in row] for row in zip(*columns, strict=True)]
        return Grid("Parquet", shown, rows, about.num_rows, len(names))
    except (pa.ArrowException, OSError, OverflowError) as exc:
        raise ValueError(str(exc)) from exc


def _refuse_bomb(group: Any) -> None:
    unpacked = sum(group.column(at).total_uncompressed_size for at in range(group.num_columns))
    if unpacked > _MOST_GROUP:
        raise ValueError("its first group of rows is too large to be unpacked here")


class _Ranges(io.RawIOBase):
    """A file of which only what is asked for is read."""

    def __init__(self, read: Read, size: int) -> None:
        super().__init__()
        self._read, self._size, self._at = read, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def read(self, size: int = -1) -> bytes:
        length = self._size - self._at if size < 0 else size
        found = self._read(self._at, max(length, 0))
        self._at += len(found)
        return found
