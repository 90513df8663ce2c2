"""GGUF: files of the real library, and headers that lie."""

from __future__ import annotations

import struct
from pathlib import Path

import gguf as library
import numpy as np
import pytest

from mvfs.store.cutting import gguf
from mvfs.store.cutting.ggml_types import TYPES
from tests.unit.cutting.modelfiles import arrays, found_in, gguf_file

STRING, ARRAY = 8, 9


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def pair(key: bytes, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def info(name: bytes = b"a", shape: tuple[int, ...] = (8,), kind: int = 0, offset: int = 0) -> bytes:
    dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + dimensions + struct.pack("<IQ", kind, offset)


def made(
    *infos: bytes,
    pairs: list[bytes] | None = None,
    data: int = 64,
    version: int = 3,
    tensors: int | None = None,
) -> bytes:
    pairs = pairs or []
    head = struct.pack("<4sIQQ", b"GGUF", version, len(infos) if tensors is None else tensors, len(pairs))
    header = head + b"".join(pairs) + b"".join(infos)
    return header + bytes(-len(header) % 32) + bytes(data)


def test_the_bytes_found_are_those_of_the_tensors(tmp_path: Path) -> None:
    written = arrays()
    data = gguf_file(tmp_path / "a.gguf", written)
    found = {tensor.name: tensor for tensor in found_in(data)}
    assert found.keys() == written.keys()
    for name, array in written.items():
        tensor = found[name]
        assert (tensor.dtype, tensor.shape) == ("F32", array.shape)
        assert data[tensor.offset : tensor.offset + tensor.length] == array.tobytes()


def test_version_2_is_laid_out_as_version_3(tmp_path: Path) -> None:
    data = gguf_file(tmp_path / "a.gguf", arrays((4, 9)))
    assert found_in(data[:4] + b"\2\0\0\0" + data[8:]) == found_in(data) != []
    for version in (b"\1\0\0\0", b"\4\0\0\0", b"\0\0\0\3"):
        assert found_in(data[:4] + version + data[8:]) == []


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "BF16", "F16", "TQ1_0"])
def test_quantized_tensors_are_found(tmp_path: Path, kind: str) -> None:
    type_ = library.GGMLQuantizationType[kind]
    weights = np.random.default_rng(1).standard_normal((6, 512)).astype(np.float32)
    packed = library.quantize(weights, type_)

    def fill(writer: library.GGUFWriter) -> None:
        writer.add_tensor("q", packed, raw_dtype=type_)

    data = gguf_file(tmp_path / "a.gguf", arrays((5,)), fill)
    tensor = found_in(data)[-1]
    assert (tensor.name, tensor.dtype, tensor.shape) == ("q", kind, (6, 512))
    assert data[tensor.offset : tensor.offset + tensor.length] == packed.tobytes()


def test_another_alignment_is_heeded(tmp_path: Path) -> None:
    written = arrays((3, 5))
    data = gguf_file(tmp_path / "a.gguf", written, lambda writer: writer.add_custom_alignment(4096))
    found = found_in(data)
    assert [tensor.offset % 4096 for tensor in found] == [0, 0]
    assert [data[t.offset : t.offset + t.length] for t in found] == [a.tobytes() for a in written.values()]


def test_the_table_of_types_is_that_of_the_library() -> None:
    sizes = {kind: (kind.name, *library.GGML_QUANT_SIZES[kind]) for kind in library.GGMLQuantizationType}
    known = {kind: size for kind, size in sizes.items() if kind in TYPES}
    assert {int(kind): size for kind, size in known.items()} == TYPES


def test_a_type_that_is_not_known_reaches_to_the_next_tensor() -> None:
    first, second = found_in(made(info(b"b", kind=999, offset=32), info(b"a", kind=777), data=80))
    assert (first.name, first.dtype, first.length) == ("a", "", 32)
    assert (second.name, second.length) == ("b", 48)


def test_a_file_without_tensors_is_no_error() -> None:
    assert found_in(made()) == []
    assert found_in(made(data=0)[:24]) == []
    assert found_in(made(info())[:-64]) == []


def test_every_kind_of_value_is_stepped_over() -> None:
    scalars = [pair(b"k%d" % kind, kind, bytes(width)) for kind, width in gguf._FIXED.items()]
    nested = (
        struct.pack("<IQ", ARRAY, 2)
        + struct.pack("<IQI", 4, 1, 7)
        + struct.pack("<IQ", STRING, 2)
        + 2 * text(b"x")
    )
    pairs = [*scalars, pair(b"s", STRING, text(b"word")), pair(b"n", ARRAY, nested)]
    assert [tensor.name for tensor in found_in(made(info(), pairs=pairs))] == ["a"]


def alignment(value: int, kind: int = 4) -> bytes:
    return pair(b"general.alignment", kind, struct.pack("<I", value))


@pytest.mark.parametrize(
    "data",
    [
        made(info(), info()),
        made(info(b"a"), info(b"b")),
        made(info(b"a", (16,)), info(b"b", offset=32)),
        made(info(offset=64)),
        made(info(offset=8)),
        made(info(offset=2**63)),
        made(info(offset=2**64 - 32)),
        made(info(kind=999, offset=96)),
        made(info(shape=(2**63,))),
        made(info(shape=(2**32, 2**32))),
        made(info(shape=(31,), kind=2)),
        made(info(shape=(1,) * 9)),
        made(info(b"\xff")),
        made(info(b"a" * 2000)),
        made(info(), tensors=2),
        made(info(), tensors=100_001),
        made(info(), tensors=2**64 - 1),
        made(info(), pairs=[], data=64)[:16] + struct.pack("<Q", 2**63) + info() + bytes(100),
        made(info(), pairs=[alignment(0)]),
        made(info(), pairs=[alignment(33)]),
        made(info(), pairs=[alignment(2**31)]),
        made(info(), pairs=[alignment(32), alignment(32)]),
        made(info(), pairs=[alignment(32, kind=5)]),
        made(info(), pairs=[pair(b"k", 13, bytes(8))]),
        made(info(), pairs=[pair(b"k", STRING, struct.pack("<Q", 2**63))]),
        made(info(), pairs=[pair(b"k", ARRAY, struct.pack("<IQ", 0, 2**64 - 1))]),
        made(info(), pairs=[pair(b"k", ARRAY, struct.pack("<IQ", STRING, 2**64 - 1))]),
        made(info(), pairs=[pair(b"k", ARRAY, struct.pack("<IQ", 99, 1))]),
        made(info(), pairs=[pair(b"k", ARRAY, struct.pack("<IQ", ARRAY, 1) * 100_000)]),
        made(info(), pairs=[pair(b"k" * 70_000, 0, b"\0")]),
    ],
)  # fmt: skip
def test_a_header_that_lies_makes_the_file_opaque(data: bytes) -> None:
    assert found_in(data) == []


def test_values_are_counted_before_a_loop_believes_them() -> None:
    empty = struct.pack("<IQ", 0, 0)
    strings = struct.pack("<IQ", STRING, gguf.MAX_STEPS) + bytes(8 * gguf.MAX_STEPS)
    reads: list[int] = []
    data = made(info(), pairs=[pair(b"k", ARRAY, strings)])

    def read(offset: int, length: int) -> bytes:
        reads.append(length)
        return data[offset : offset + length]

    with pytest.raises(gguf.InvalidInput, match="too many values"):
        gguf.tensors(read, len(data))
    assert sum(reads) <= 2 * gguf._PIECE
    assert found_in(made(info(), pairs=[pair(b"k", ARRAY, struct.pack("<IQ", ARRAY, 3) + 3 * empty)])) != []


def test_a_header_is_read_in_pieces() -> None:
    vocabulary = struct.pack("<IQ", STRING, 300_000) + text(b"some token") * 300_000
    data = made(
        info(), pairs=[pair(b"tokens", ARRAY, vocabulary), pair(b"blob", STRING, text(bytes(3 << 20)))]
    )
    reads: list[int] = []

    def read(offset: int, length: int) -> bytes:
        reads.append(length)
        return data[offset : offset + length]

    assert [tensor.name for tensor in gguf.tensors(read, len(data))] == ["a"]
    assert max(reads) == gguf._PIECE
