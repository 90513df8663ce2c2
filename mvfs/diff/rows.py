"""Tables as they lie in files: CSV, JSON by line, W&B's and our ``Table``, Parquet. All of it capped."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec

from mvfs.errors import InvalidInput

MAX_BYTES = 64 << 20
MAX_ROWS = 1_000_000
MAX_CELLS = 8_000_000
"""Of a table that is compared by row; a larger one is compared by its bytes."""

_EXPANDED = 1 << 30
"""Bytes that the columns of a Parquet file may say they take."""

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".table.json", ".parquet")


class Table(msgspec.Struct, frozen=True):
    """Rows of values under named columns; all rows are as long as there are columns."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def read(data: bytes, path: str) -> Table:
    """Return the table in a file, whose format its name tells.

    Raises:
        InvalidInput: it is no table, too large a one, or of a format that needs what is not installed.
    """
    name = path.lower()
    try:
        if name.endswith(".parquet"):
            return _parquet(data)
        text = data.decode("utf-8-sig")
        if name.endswith((".csv", ".tsv")):
            return _csv(text, "\t" if name.endswith(".tsv") else _delimiter(text))
        if name.endswith((".jsonl", ".ndjson")):
            return of_records(json.loads(line) for line in text.split("\n") if line.strip())
        return _logged(json.loads(text))
    except (ValueError, csv.Error, LookupError, TypeError, AttributeError, RecursionError) as exc:
        if isinstance(exc, InvalidInput):
            raise
        raise InvalidInput(f"no table: {exc}") from exc


def _made(columns: Iterable[Any], rows: Iterable[Any]) -> Table:
    """A table, if it is none too large and its rows have the right length."""
    names = tuple(str(name) for name in columns)
    if len(set(names)) != len(names):
        names = tuple(f"{name}" if names.index(name) == i else f"{name}.{i}" for i, name in enumerate(names))
    most = min(MAX_ROWS, MAX_CELLS // max(len(names), 1))
    found = []
    for row in itertools.islice(rows, most + 1):
        values = tuple(row)
        if len(values) > len(names):
            raise InvalidInput("no table: a row has more values than there are columns")
        found.append(values + (None,) * (len(names) - len(values)))
    if len(found) > most:
        raise InvalidInput(f"the table has more than {most:,} rows")
    return Table(names, found)


def _delimiter(text: str) -> str:
    """What separates the columns: of comma, semicolon and tab, the one that the first line has most of."""
    head = text[: text.find("\n") if "\n" in text else len(text)][:4096]
    return max(",;\t", key=head.count)


def _csv(text: str, delimiter: str) -> Table:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = next(lines, [])
    if not columns:
        raise InvalidInput("no table: it has no columns")
    return _made(columns, (line for line in lines if line))


def of_records(records: Iterable[Any]) -> Table:
    """Return a table of maps; a column for each key, in the order in which they first come.

    Raises:
        InvalidInput: one is no map, or there are too many.
    """
    columns: dict[str, None] = {}
    found: list[Mapping[str, Any]] = []
    for record in records:
        if not isinstance(record, Mapping):
            raise InvalidInput("no table: a row is no map of columns to values")
        columns.update(dict.fromkeys(record))
        found.append(record)
        if len(found) > MAX_ROWS or len(columns) > 10_000:
            raise InvalidInput(f"the table has more than {MAX_ROWS:,} rows, or too many columns")
    return _made(columns, (tuple(map(record.get, columns)) for record in found))


def _logged(values: Any) -> Table:
    """What `Table` writes, and W&B's does."""
    return _made(values["columns"], values["data"])


def _parquet(data: bytes) -> Table:
    if find_spec("pyarrow") is not None:
        return _by_pyarrow(data)
    if find_spec("duckdb") is not None:
        return _by_duckdb(data)
    raise InvalidInput("tables in Parquet are compared with pyarrow or duckdb (pip install pyarrow)")


def _by_pyarrow(data: bytes) -> Table:
    pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        about = file.metadata
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
        if about.num_rows > MAX_ROWS or sum(group.total_byte_size for group in groups) > _EXPANDED:
            raise InvalidInput(f"the table has more than {MAX_ROWS:,} rows, or too many bytes")
        found = file.read()
        columns = [column.to_pylist() for column in found.columns]
        return _made(found.column_names, zip(*columns, strict=True))
    except (pa.ArrowException, OSError) as exc:
        raise InvalidInput(f"no table: {exc}") from exc


def _by_duckdb(data: bytes) -> Table:
    import tempfile

    duckdb = import_module("duckdb")
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(data)
        file.flush()
        connection = duckdb.connect(config={"memory_limit": "1GB"})
        try:
            found = connection.execute("select * from read_parquet(?)", [file.name])
            return _made([one[0] for one in found.description], iter(found.fetchone, None))
        except duckdb.Error as exc:
            raise InvalidInput(f"no table: {exc}") from exc
        finally:
            connection.close()
