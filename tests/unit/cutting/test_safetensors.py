"""safetensors: files of the real library, and headers that lie."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from mvfs.store.cutting import safetensors
from mvfs.store.cutting.tensors import MAX_TENSORS
from tests.unit.cutting.modelfiles import arrays, found_in, safetensors_file

GOOD = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}


def placed(begin: int, end: int) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [(end - begin) // 4], "data_offsets": [begin, end]}


def lying(header: dict[str, Any] | bytes, data: int = 24, length: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(raw) if length is None else length).to_bytes(8, "little") + raw + bytes(data)


def test_the_bytes_found_are_those_of_the_tensors() -> None:
    written = arrays()
    data = safetensors_file(written, {"format": "pt", "shape": "a word that is also a field"})
    found = {tensor.name: tensor for tensor in found_in(data)}
    assert found.keys() == written.keys()
    for name, array in written.items():
        tensor = found[name]
        assert (tensor.dtype, tensor.shape) == ("F32", array.shape)
        assert data[tensor.offset : tensor.offset + tensor.length] == array.tobytes()


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint8, np.int16, np.float16, np.int64, np.float64])
def test_types_have_their_sizes(dtype: type[np.generic]) -> None:
    array = np.ones((5, 3), dtype)
    data = safetensors_file({"a": array})
    (tensor,) = found_in(data)
    assert data[tensor.offset :] == array.tobytes()


def test_empty_tensors_and_scalars_are_found() -> None:
    data = safetensors_file({"none": np.zeros((0, 4), np.float32), "one": np.float32([[1]]).reshape(())})
    assert {tensor.name: tensor.length for tensor in found_in(data)} == {"none": 0, "one": 4}


def test_a_type_that_is_not_known_is_taken_at_its_word() -> None:
    (tensor,) = found_in(lying({"a": {**GOOD, "dtype": "F2_NEW"}}))
    assert (tensor.dtype, tensor.length) == ("F2_NEW", 24)


@pytest.mark.parametrize(
    "changed",
    [
        {"data_offsets": [0, 25]},
        {"data_offsets": [4, 28]},
        {"data_offsets": [24, 0]},
        {"data_offsets": [-24, 0]},
        {"data_offsets": [0, 2**63 - 1], "dtype": "NEW"},
        {"data_offsets": [2**63, 2**63 + 24]},
        {"data_offsets": [0, 2**64 + 24]},
        {"data_offsets": [0]},
        {"data_offsets": "0,24"},
        {"shape": [2, 4]},
        {"shape": [float("nan"), 3]},
        {"shape": [float("inf"), 3]},
        {"shape": [2.0, 3]},
        {"shape": [-2, -3]},
        {"shape": [2**40, 2**40]},
        {"shape": [2**62] * 100_000},
        {"shape": "6"},
        {"shape": [[2, 3]]},
        {"dtype": 32},
        {"dtype": "F64"},
    ],
)
def test_a_tensor_that_lies_makes_the_file_opaque(changed: dict[str, Any]) -> None:
    assert len(found_in(lying({"a": GOOD}))) == 1
    assert found_in(lying({"a": {**GOOD, **changed}})) == []


@pytest.mark.parametrize(
    "header",
    [
        {"a": GOOD, "b": GOOD},
        {"a": placed(0, 12), "b": placed(8, 24)},
        {"a": placed(0, 8), "b": placed(12, 24)},
        {"a" * 2000: GOOD},
        {"a": {"dtype": "F32", "shape": [2, 3]}},
        {"a": GOOD, "b": {}},
        {"a": [GOOD]},
        [GOOD],
        b'{"a": %s, "a": %s}' % (2 * (json.dumps(GOOD).encode(),)),
        b'{"\xff": %s}' % json.dumps(GOOD).encode(),
        b'{"\\ud800": %s}' % json.dumps(GOOD).encode(),
        b'{"a": ' + b"[" * 1_000_000,
        b'{"a": {"x": ' + b'{"x":' * 150_000 + b"1" + b"}" * 150_002,
        b'{"a": {"x": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}}",
        b'{"__metadata__": {"x": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}}",
        b"{}",
        b"{",
    ],
)  # fmt: skip
def test_a_header_that_lies_makes_the_file_opaque(header: dict[str, Any] | bytes) -> None:
    assert len(found_in(lying({"a": placed(0, 8), "b": placed(8, 24)}))) == 2
    assert found_in(lying(header)) == []


@pytest.mark.parametrize("length", [0, 1, 2**31, 99_999_999, 100_000_001, 2**63, 2**64 - 1])
def test_a_header_length_that_lies_makes_the_file_opaque(length: int) -> None:
    assert found_in(lying({"a": GOOD}, length=length)) == []


def test_bytes_after_the_last_tensor_make_the_file_opaque() -> None:
    assert found_in(lying({"a": GOOD}, data=25)) == []


def test_a_header_of_very_many_entries_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    class Decoder:
        def decode(self, header: bytes) -> None:
            raise AssertionError("decoded")

    monkeypatch.setattr(safetensors, "_decoder", Decoder())
    for header in (
        b'{"a":[' + b"1," * (safetensors.MAX_COMMAS + 1) + b"1]}",
        b'{"a":{}' + b'\n"a":{}' * safetensors.MAX_BRACES + b"}",
        b'{"a":{' + b'"data_offsets":[0,0]' * (MAX_TENSORS + 1) + b"}}",
    ):
        assert found_in(lying(header)) == []


def test_a_file_of_the_most_tensors_is_read_and_one_more_is_opaque() -> None:
    def header(count: int) -> bytes:
        return (
            b"{"
            + b",".join(b'"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % i for i in range(count))
            + b"}"
        )

    assert len(found_in(lying(header(MAX_TENSORS), data=0))) == MAX_TENSORS
    assert found_in(lying(header(MAX_TENSORS + 1), data=0)) == []
