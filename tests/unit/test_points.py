"""Segments of points: what goes in comes out, and broken ones are refused."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvfs.catalog import points
from mvfs.errors import CorruptObject, InvalidInput
from mvfs.store.decoding import deflate

KEYS = st.sampled_from(["loss", "acc", "_step", "_timestamp", "_runtime", "text"])
NUMBERS = st.floats() | st.integers(-(1 << 63), (1 << 64) - 1)
VALUES = NUMBERS | st.none() | st.booleans() | st.text(max_size=3) | st.lists(st.integers(0, 9), max_size=2)


def same(left: object, right: object) -> bool:
    """Equal, of the same type, and NaN is NaN."""
    if isinstance(left, float) and isinstance(right, float):
        return left == right or (math.isnan(left) and math.isnan(right))
    return type(left) is type(right) and left == right


@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=20))
def test_points_come_back_as_they_were(rows: list[dict[str, Any]]) -> None:
    found = points.unpack(points.pack(rows), "k")
    assert len(found) == len(rows)
    for was, row in zip(rows, found, strict=True):
        assert was.keys() == row.keys()
        assert all(same(was[key], row[key]) for key in was)


def test_columns_of_numbers_are_small() -> None:
    rows = [
        {"_step": n, "_timestamp": (1_700_000_000_000_000 + 1_003 * n) / 1e6, "n": n // 7}
        for n in range(10_000)
    ]
    raw = points.pack(rows)
    assert len(raw) < 2 * len(rows)
    assert points.unpack(raw, "k") == rows


def test_too_long() -> None:
    with pytest.raises(InvalidInput):
        points.pack([{"a": "x" * (5 << 20)}])


@pytest.mark.parametrize(
    ("segment", "why"),
    [
        ([2, [["a", "f", None, bytes(8)]]], "another length"),
        ([1, [["a", "f", None, bytes(7)]]], "wrong structure"),
        ([1, [["a", "v", None, bytes(8)]]], "form 'v'"),
        ([1, [["a", "f", None, [1.0]]]], "wrong structure"),
        ([1, [["a", "z", None, bytes(8)]]], "form 'z'"),
        ([1, [["a", "v", None, [1]], ["a", "v", None, [1]]]], "twice"),
        ([9, [["a", "v", b"\x01", [1]]]], "other points"),
        ([9, [["a", "v", b"\x03\x00", [1]]]], "another length"),
        ([points.MAX_ROWS + 1, []], "wrong structure"),
        ([1, [["a", "v", None]]], "wrong structure"),
    ],
)
def test_a_segment_that_makes_no_sense_is_refused(segment: object, why: str) -> None:
    with pytest.raises(CorruptObject, match=why):
        points.unpack(deflate(msgspec.msgpack.encode(segment), 1 << 20, "x"), "k")
