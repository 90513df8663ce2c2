"""Tables as files: W&B's JSON, and Parquet where pyarrow is installed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mvfs.errors import CorruptObject, InvalidInput
from mvfs.sdk.media.column_types import as_python
from mvfs.sdk.media.table import Table

JSON, PARQUET = ".table.json", ".parquet"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def path_of(name: str) -> str:
    """Return the path of the file that holds the table ``name``."""
    return name if name.endswith((JSON, PARQUET)) else name + JSON


def write(table: Table, path: str, target: Path) -> None:
    """Write a table in the format that ``path`` ends with.

    Raises:
        InvalidInput: Parquet is asked for and pyarrow is not installed, or cannot hold the values.
    """
    if path.endswith(PARQUET):
        _write_parquet(table, target)
    else:
        with target.open("w", encoding="utf-8") as file:
            json.dump(to_json(table), file, sort_keys=True)


def read(path: Path, name: str) -> Table:
    """Read the table in a file; ``name`` is its path in the artifact.

    Raises:
        CorruptObject: it is no table.
        InvalidInput: it is Parquet, and pyarrow is not installed.
    """
    if name.endswith(PARQUET):
        return _read_parquet(path, name)
    try:
        return from_json(json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as exc:
        raise CorruptObject(f"'{name}' is no table: {exc}", path=name) from exc


def to_json(table: Table) -> dict[str, Any]:
    """Return a table as W&B writes it into artifacts."""
    types = {str(name): column.to_json() for name, column in table.column_types.items()}
    return {
        "_type": "table",
        "columns": table.columns,
        "data": [[_plain(value) for value in row] for row in table.data],
        "ncols": len(table.columns),
        "nrows": len(table.data),
        "column_types": {"wb_type": "typedDict", "params": {"type_map": types}},
        "log_mode": table.log_mode,
    }


def from_json(values: dict[str, Any]) -> Table:
    """Return the table that W&B's JSON describes."""
    columns, types = values["columns"], values.get("column_types") or {}
    known = types.get("params", {}).get("type_map", {})
    times = [_is_time(known.get(str(name), {})) for name in columns]
    rows = [
        [
            _moment(value) if is_time and value is not None else value
            for value, is_time in zip(row, times, strict=True)
        ]
        for row in values["data"]
    ]
    return Table(columns, rows, allow_mixed_types=True, log_mode=values.get("log_mode", "IMMUTABLE"))


def _is_time(kind: Mapping[str, Any]) -> bool:
    inner = kind.get("params", {}).get("allowed_types", [])
    return kind.get("wb_type") == "timestamp" or any(one.get("wb_type") == "timestamp" for one in inner)


def _moment(milliseconds: float) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _plain(value: Any) -> Any:
    value = as_python(value)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return (aware - _EPOCH) // _MILLISECOND
    if isinstance(value, date):
        return _plain(datetime(value.year, value.month, value.day, tzinfo=UTC))
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise InvalidInput(
        f"a table cannot keep {type(value).__name__}; use numbers, text, lists, maps and dates"
    )


def _pyarrow() -> None:
    if find_spec("pyarrow") is None:
        raise InvalidInput(
            "tables in Parquet need pyarrow (pip install pyarrow); without '.parquet' it is JSON"
        )


def _write_parquet(table: Table, target: Path) -> None:
    _pyarrow()
    pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    columns = {str(name): [as_python(value) for value in table.get_column(name)] for name in table.columns}
    try:
        pq.write_table(pa.table(columns), target)
    except (pa.ArrowException, OverflowError) as exc:
        raise InvalidInput(f"Parquet cannot hold this table: {exc}; without '.parquet' it is JSON") from exc


def _read_parquet(path: Path, name: str) -> Table:
    _pyarrow()
    pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    try:
        found = pq.read_table(path)
        rows = [list(row) for row in zip(*(column.to_pylist() for column in found.columns), strict=True)]
    except (pa.ArrowException, OSError) as exc:
        raise CorruptObject(f"'{name}' is no table: {exc}", path=name) from exc
    return Table(list(found.column_names), rows, allow_mixed_types=True)
