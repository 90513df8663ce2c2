"""Content-defined cuts: bounded, found again behind an insertion, the same however the file is read."""

from __future__ import annotations

import random
import sys
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.errors import InvalidInput
from mvfs.store.cutting.content_defined import MIN_LEAF, content_defined
from mvfs.store.cutting.tensors import Read
from mvfs.store.leaves import LEAF

DATA = random.Random(3).randbytes(12 << 20)
CUTS = list(accumulate(content_defined(lambda offset, length: DATA[offset : offset + length], len(DATA))))


def reading(data: bytes, piece: int = 1 << 40) -> Read:
    return lambda offset, length: data[offset : offset + min(length, piece)]


def pieces(data: bytes) -> set[bytes]:
    cuts = [0, *accumulate(content_defined(reading(data), len(data)))]
    return {data[begin:end] for begin, end in pairwise(cuts)}


def test_cuts_are_bounded_and_fill_the_file() -> None:
    lengths = content_defined(reading(DATA), len(DATA))
    assert lengths.typecode == "I"
    assert sum(lengths) == len(DATA)
    assert all(MIN_LEAF <= length <= LEAF for length in lengths[:-1])
    assert 1 <= lengths[-1] <= LEAF
    assert 400_000 < len(DATA) / len(lengths) < 800_000


def test_the_cuts_stay_the_same_between_versions_of_the_library() -> None:
    assert CUTS[:4] == [639_031, 936_349, 1_329_889, 1_960_732]


@settings(max_examples=10, deadline=None)
@given(piece=st.integers(4096, 3 << 20))
def test_the_size_of_the_reads_does_not_matter(piece: int) -> None:
    assert list(accumulate(content_defined(reading(DATA, piece), len(DATA)))) == CUTS


def test_an_insertion_changes_only_what_is_near() -> None:
    changed = DATA[:3_000_000] + b"inserted" + DATA[3_000_000:]
    assert len(pieces(DATA) - pieces(changed)) <= 3


@pytest.mark.parametrize("size", [0, 1, MIN_LEAF, MIN_LEAF + 1, LEAF])
def test_small_files(size: int) -> None:
    assert sum(content_defined(reading(DATA), size)) == size


def test_bytes_that_are_all_the_same_make_the_longest_leaves() -> None:
    assert list(content_defined(reading(bytes(3 * LEAF + 5)), 3 * LEAF + 5)) == [LEAF, LEAF, LEAF, 5]


def test_reads_are_bounded() -> None:
    reads: list[int] = []

    def read(offset: int, length: int) -> bytes:
        reads.append(length)
        return DATA[offset : offset + length]

    content_defined(read, len(DATA))
    assert max(reads) <= 2 * LEAF
    assert sum(reads) == len(DATA)


def test_a_file_that_shrank_is_told() -> None:
    with pytest.raises(EOFError):
        content_defined(reading(DATA), len(DATA) + 1)


def test_without_the_library_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyfastcdc", None)
    with pytest.raises(InvalidInput, match=r"pip install 'mvfs\[cdc\]'"):
        content_defined(reading(DATA), len(DATA))
