"""Logged points as a run's objects keep them: by column, which is small and quick to read.

docs/FORMAT.md, "Points".
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from itertools import accumulate
from typing import Annotated, Any

import msgspec

from mvfs.errors import CorruptObject
from mvfs.store.decoding import Kind, decode, encode

Row = dict[str, Any]

Columns = list[tuple[str, list[int] | None, list[Any]]]
"""Of each key, the places of the points that have it, None where all do; and its values there."""

MAX_ROWS = 1 << 16
"""Points of one segment."""

_MAX = 4 << 20
"""Bytes. These values have no fixed types, so every byte may take 64 in memory."""

_FLOATS, _WHOLE, _MICROS, _MIXED = "f", "i", "t", "v"
_TIMES = frozenset({"_timestamp", "_runtime"})


class _Column(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    key: str
    form: str
    where: bytes | None
    """A bit per point, lowest first: which have a value; nil where all do."""
    data: bytes | list[Any]


class _Segment(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    rows: Annotated[int, msgspec.Meta(ge=0, le=MAX_ROWS)]
    columns: list[_Column]


POINTS = Kind("segment of points", msgspec.msgpack.Decoder(_Segment), cap=_MAX, expanded=_MAX)


def pack(rows: list[Row]) -> bytes:
    """Return the object that `unpack` turns back into ``rows``.

    Raises:
        InvalidInput: they are longer than a segment may be.
    """
    if rows and all(row.keys() == rows[0].keys() for row in rows):
        dense = [_Column(key, *_packed(key, [row[key] for row in rows], None)) for key in rows[0]]
        return encode(POINTS, _Segment(len(rows), dense), "a segment of points")
    values: dict[str, list[Any]] = {}
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        for key, value in row.items():
            if key in values:
                values[key].append(value)
                places[key].append(place)
            else:
                values[key], places[key] = [value], [place]
    columns = [
        _Column(key, *_packed(key, column, _bits(places[key], len(rows)))) for key, column in values.items()
    ]
    return encode(POINTS, _Segment(len(rows), columns), "a segment of points")


def _packed(key: str, column: list[Any], where: bytes | None) -> tuple[str, bytes | None, bytes | list[Any]]:
    kinds = set(map(type, column))
    if kinds == {float}:
        if key in _TIMES:
            micros = [round(value * 1e6) for value in column] if all(map(_is_time, column)) else []
            if micros and [value / 1e6 for value in micros] == column:
                return _MICROS, where, _steps(micros)
        return _FLOATS, where, _planes(array("d", column))
    if kinds == {int} and min(column) >= -(1 << 62) and max(column) < 1 << 62:
        return _WHOLE, where, _steps(column)
    return _MIXED, where, column


def _is_time(value: float) -> bool:
    return abs(value) < 1e12  # neither NaN nor infinite


def _steps(column: list[int]) -> bytes:
    """Each number as its distance from the one before, which are alike where the numbers grow."""
    return _planes(array("q", [column[0], *map(int.__sub__, column[1:], column)]))


def _planes(numbers: array[Any]) -> bytes:
    """All first bytes, then all second ones, …: those that are alike stand together."""
    if sys.byteorder == "big":
        numbers.byteswap()
    data = numbers.tobytes()
    return b"".join(data[place::8] for place in range(8))


def _bits(places: list[int], rows: int) -> bytes | None:
    if len(places) == rows:
        return None
    bits = bytearray((rows + 7) // 8)
    for place in places:
        bits[place >> 3] |= 1 << (place & 7)
    return bytes(bits)


def columns(raw: bytes, key: str) -> tuple[int, Columns]:
    """Return how many points there are in a segment's object, and their values by key.

    Raises:
        CorruptObject: it is none.
    """
    segment = decode(POINTS, raw, key)
    if len({column.key for column in segment.columns}) != len(segment.columns):
        raise CorruptObject(f"{key} has a column twice", key=key)
    found = [
        (column.key, _places(column, segment.rows, key), _values(column, key)) for column in segment.columns
    ]
    for name, places, values in found:
        if len(values) != (segment.rows if places is None else len(places)):
            raise CorruptObject(f"{key}: column {name!r} has another length than its points", key=key)
    return segment.rows, found


def unpack(raw: bytes, key: str) -> list[Row]:
    """Return the points in a segment's object.

    Raises:
        CorruptObject: it is none.
    """
    count, found = columns(raw, key)
    if found and all(places is None for _, places, _ in found):
        names = [name for name, _, _ in found]
        by_point = zip(*(values for _, _, values in found), strict=True)
        return [dict(zip(names, row, strict=True)) for row in by_point]
    rows: list[Row] = [{} for _ in range(count)]
    for name, places, values in found:
        for place, value in zip(range(count) if places is None else places, values, strict=True):
            rows[place][name] = value
    return rows


def _places(column: _Column, rows: int, key: str) -> list[int] | None:
    if column.where is None:
        return None
    if len(column.where) != (rows + 7) // 8:
        raise CorruptObject(f"{key}: column {column.key!r} says of other points which it has", key=key)
    return [place for place in range(rows) if column.where[place >> 3] >> (place & 7) & 1]


def _values(column: _Column, key: str) -> list[Any]:
    data = column.data
    if column.form == _MIXED and isinstance(data, list):
        return data
    if not isinstance(data, bytes) or len(data) % 8:
        raise CorruptObject(f"{key}: column {column.key!r} has the wrong structure", key=key)
    if column.form == _FLOATS:
        return _numbers(data, "d")
    if column.form == _WHOLE:
        return list(accumulate(_numbers(data, "q")))
    if column.form == _MICROS:
        return [value / 1e6 for value in accumulate(_numbers(data, "q"))]
    raise CorruptObject(f"{key}: column {column.key!r} is of form {column.form!r}, which is none", key=key)


def _numbers(data: bytes, kind: str) -> list[Any]:
    size = len(data) // 8
    mixed = bytearray(len(data))
    for place in range(8):
        mixed[place::8] = data[place * size : (place + 1) * size]
    numbers = array(kind)
    numbers.frombytes(mixed)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def last_values(rows: Iterable[Row]) -> Row:
    """Return the last value of each logged key."""
    found: Row = {}
    for row in rows:
        found.update(row)
    return {key: value for key, value in found.items() if not key.startswith("_")}
