"""Whatever happens to a good file: no exception, and no tensor that is not inside the file by itself."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mvfs.store.cutting.leaves import leaf_lengths
from mvfs.store.cutting.tensors import Tensor
from mvfs.store.leaves import LEAF
from tests.unit.cutting.modelfiles import found_in

FORMATS = ["safetensors", "npz", "torch", "gguf"]
NASTY = [0, 1, 7, 30, 46, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1]

flips = st.tuples(st.just("flip"), st.integers(0, 2**32), st.integers(1, 255))
cuts = st.tuples(st.just("cut"), st.integers(0, 2**32), st.integers(0, 64))
splices = st.tuples(
    st.just("splice"),
    st.integers(0, 2**32),
    st.sampled_from([(value, width) for value in NASTY for width in (1, 2, 4, 8) if value < 256**width]),
)
inserts = st.tuples(st.just("insert"), st.integers(0, 2**32), st.binary(min_size=1, max_size=12))
mutations = st.lists(st.one_of(flips, cuts, splices, inserts), min_size=1, max_size=4)


def mutated(good: bytes, changes: list[tuple[str, int, object]], near_header: bool) -> bytes:
    data = bytearray(good)
    for kind, where, what in changes:
        at = where % max(1, min(len(data), 400) if near_header else len(data))
        if kind == "flip" and data:
            data[at] ^= what
        elif kind == "cut":
            del data[at : at + what if what else None]
        elif kind == "splice":
            value, width = what
            data[at : at + width] = value.to_bytes(width, "little")
        elif kind == "insert":
            data[at:at] = what
    return bytes(data)


def assert_sound(tensors: list[Tensor], size: int) -> None:
    end = 0
    for tensor in tensors:
        assert end <= tensor.offset <= tensor.offset + tensor.length <= size
        end = tensor.offset + tensor.length
    assert len({tensor.name for tensor in tensors}) == len(tensors)
    lengths = leaf_lengths(size, tensors)
    assert sum(lengths) == size
    assert all(1 <= length <= LEAF for length in lengths)


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=mutations, near_header=st.booleans())
def test_a_mutated_file_gives_sound_tensors_or_none(
    good_files: dict[str, bytes], kind: str, changes: list[tuple[str, int, object]], near_header: bool
) -> None:
    data = mutated(good_files[kind], changes, near_header)
    assert_sound(found_in(data), len(data))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_truncation_is_opaque_or_sound(good_files: dict[str, bytes], kind: str) -> None:
    good = good_files[kind]
    for length in range(len(good)):
        assert_sound(found_in(good[:length]), length)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("value", [0, 0x80, 0xFF])
def test_any_eight_bytes_may_be_nothing_or_very_much(
    good_files: dict[str, bytes], kind: str, value: int
) -> None:
    good = good_files[kind]
    for at in range(len(good) - 8):
        data = good[:at] + b"\0" * 7 + bytes([value]) + good[at + 8 :]
        assert_sound(found_in(data), len(data))


@settings(max_examples=300, deadline=None)
@given(
    head=st.sampled_from([b"", b"GGUF\3\0\0\0", b"PK\3\4", b"\x20\0\0\0\0\0\0\0{", b"PK\5\6"]),
    rest=st.binary(max_size=200),
)
def test_arbitrary_bytes_are_no_error(head: bytes, rest: bytes) -> None:
    assert_sound(found_in(head + rest), len(head + rest))
