"""Recognition: by content, and without believing the size or the reader more than must be."""

from __future__ import annotations

import msgspec
import pytest

from mvfs.errors import InvalidInput
from mvfs.store.cutting.recognition import tensors_of
from mvfs.store.cutting.tensors import MAX_TENSORS, Tensor, checked
from tests.unit.cutting.modelfiles import reading


def tensor(name: str, offset: int, length: int) -> Tensor:
    return Tensor(name, "U8", (length,), offset, length)


@pytest.mark.parametrize("kind", ["safetensors", "npz", "torch", "gguf"])
def test_a_file_shorter_than_it_was_is_opaque(good_files: dict[str, bytes], kind: str) -> None:
    data = good_files[kind]
    assert len(tensors_of(reading(data), len(data))) == 3
    assert tensors_of(lambda offset, length: data[offset : offset + length], len(data) + 1000) == []


@pytest.mark.parametrize("kind", ["safetensors", "npz", "torch", "gguf"])
def test_a_failed_read_is_passed_on(good_files: dict[str, bytes], kind: str) -> None:
    data = good_files[kind]

    def read(offset: int, length: int) -> bytes:
        if length > 9:
            raise OSError("broken disk")
        return data[offset : offset + length]

    with pytest.raises(OSError, match="broken disk"):
        tensors_of(read, len(data))


@pytest.mark.parametrize("data", [b"", b"P", b"PK\3\4", b"GGUF", b"\x93NUMPY\1\0", b"{", b"text\n" * 100])
def test_other_files_are_opaque(data: bytes) -> None:
    assert tensors_of(reading(data), len(data)) == []


def test_tensors_come_in_the_order_of_their_bytes() -> None:
    assert [t.name for t in checked([tensor("b", 4, 4), tensor("a", 0, 4), tensor("e", 4, 0)], 8)] == [
        "a",
        "e",
        "b",
    ]


@pytest.mark.parametrize(
    "bad",
    [
        [tensor("a", 0, 5), tensor("b", 4, 4)],
        [tensor("a", 0, 9)],
        [tensor("a", -1, 2)],
        [tensor("a", 4, -1)],
        [tensor("a", 0, 4), tensor("a", 4, 4)],
        [tensor(str(index), 0, 0) for index in range(MAX_TENSORS + 1)],
    ],
)
def test_a_list_that_cannot_be_true_is_refused(bad: list[Tensor]) -> None:
    with pytest.raises(InvalidInput):
        checked(bad, 8)


def test_a_tensor_survives_being_stored() -> None:
    one = Tensor("a", "Q4_K", (2, 3), 7, 24)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=Tensor) == one
