"""torch zip and npz: files as torch and numpy write them, and directories that lie."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mvfs.errors import InvalidInput
from mvfs.store.cutting import npz, zip_directory
from tests.unit.cutting.modelfiles import arrays, found_in, npz_file, torch_file

END, END64, LOCATOR = b"PK\5\6", b"PK\6\6", b"PK\6\7"


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_STORED, **options: Any) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method, **options) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def npy(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version)
    return file.getvalue()


def patched(data: bytes, signature: bytes, offset: int, format_: str, value: int, nth: int = 0) -> bytes:
    """Overwrite a field of the ``nth`` record with this signature."""
    at = -1
    for _ in range(nth + 1):
        at = data.index(signature, at + 1)
    raw = struct.pack(format_, value)
    return data[: at + offset] + raw + data[at + offset + len(raw) :]


def as_zip64(data: bytes) -> bytes:
    """Give a plain zip a zip64 directory end, as files of over 65,535 entries have it."""
    at = data.rindex(END)
    count, length, start = struct.unpack_from("<HLL", data, at + 10)
    record = struct.pack("<4sQ2H2L4Q", END64, 44, 45, 45, 0, 0, count, count, length, start)
    locator = struct.pack("<4sLQL", LOCATOR, 0, at, 1)
    end = struct.pack("<4s4H2LH", END, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:at] + record + locator + end


def central_zip64(data: bytes, nth: int = 0) -> bytes:
    """Move sizes and offset of one central record into a zip64 extra field."""
    at = -1
    for _ in range(nth + 1):
        at = data.index(b"PK\1\2", at + 1)
    packed, unpacked, names, extras = struct.unpack_from("<LLHH", data, at + 20)
    (header,) = struct.unpack_from("<L", data, at + 42)
    extra = struct.pack("<HH3Q", 1, 24, unpacked, packed, header)
    record = bytearray(data[at : at + 46 + names])
    record[20:28] = b"\xff" * 8
    record[30:32] = struct.pack("<H", extras + len(extra))
    record[42:46] = b"\xff" * 4
    changed = data[:at] + bytes(record) + extra + data[at + 46 + names :]
    end = changed.rindex(END)
    (length,) = struct.unpack_from("<L", changed, end + 12)
    return changed[: end + 12] + struct.pack("<L", length + len(extra)) + changed[end + 16 :]


@pytest.mark.parametrize("stem", ["model", "epoch=1-step=3", "ä"])
@pytest.mark.parametrize("wrap", [lambda data: data, as_zip64, central_zip64])
def test_the_bytes_found_are_those_of_the_storages(stem: str, wrap: Callable[[bytes], bytes]) -> None:
    written = arrays()
    data = wrap(torch_file(written, stem))
    found = found_in(data)
    assert [tensor.name for tensor in found] == [f"data/{index}" for index in range(len(written))]
    for tensor, array in zip(found, written.values(), strict=True):
        assert (tensor.dtype, tensor.shape, tensor.offset % 64) == ("", (), 0)
        assert data[tensor.offset : tensor.offset + tensor.length] == array.tobytes()


@pytest.mark.parametrize("wrap", [lambda data: data, as_zip64, central_zip64])
def test_the_bytes_found_are_those_of_the_arrays(wrap: Callable[[bytes], bytes]) -> None:
    written = {
        **arrays(),
        "scalar": np.float64(3.5),
        "empty": np.zeros((0, 3), np.int16),
        "words": np.array(["a", "bcd"]),
        "fortran": np.asfortranarray(np.arange(12, dtype=np.int32).reshape(3, 4)),
        "day": np.array(["2026-01-01"], "M8[D]"),
        "with/slash": np.arange(3),
        "größe": np.arange(2, dtype=">i8"),
    }
    data = wrap(npz_file(written))
    found = {tensor.name: tensor for tensor in found_in(data)}
    assert found.keys() == written.keys()
    for name, array in written.items():
        tensor = found[name]
        assert (tensor.dtype, tensor.shape) == (array.dtype.str, array.shape)
        assert data[tensor.offset : tensor.offset + tensor.length] == array.tobytes("A")


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_all_versions_of_npy_are_read(version: tuple[int, int]) -> None:
    array = np.arange(6.0).reshape(2, 3)
    data = zipped({"a.npy": npy(array, version)})
    (tensor,) = found_in(data)
    assert (tensor.dtype, tensor.shape) == ("<f8", (2, 3))
    assert data[tensor.offset : tensor.offset + tensor.length] == array.tobytes()


def test_a_record_array_has_a_place_but_no_type() -> None:
    array = np.zeros(3, [("x", "<f4"), ("y", "<i8")])
    data = zipped({"a.npy": npy(array)})
    (tensor,) = found_in(data)
    assert (tensor.dtype, tensor.shape, tensor.length) == ("", (), array.nbytes)


def test_compressed_entries_are_no_tensors() -> None:
    file = io.BytesIO()
    np.savez_compressed(file, a=np.zeros(1000))
    assert found_in(file.getvalue()) == []
    assert found_in(zipped({"m/data.pkl": b"x", "m/data/0": bytes(1000)}, zipfile.ZIP_DEFLATED)) == []


def test_a_zip_of_something_else_has_no_tensors() -> None:
    assert found_in(zipped({"a.txt": b"text", "b/": b"", "c/data/0": b"no pickle beside it"})) == []
    assert found_in(zipped({})) == []


def test_a_comment_at_the_end_does_not_hide_the_directory() -> None:
    file = io.BytesIO(torch_file(arrays((5,))))
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"c" * 65_535
    assert len(found_in(file.getvalue())) == 1


def torch() -> bytes:
    return torch_file(arrays((5, 6)))


def replaced(data: bytes, name: bytes, other: bytes, nth: int) -> bytes:
    parts = data.split(name)
    return name.join(parts[: nth + 1]) + other + name.join(parts[nth + 1 :])


CENTRAL, LOCAL = b"PK\1\2", b"PK\3\4"
LYING = {
    "an entry outside the file": patched(torch(), CENTRAL, 42, "<L", 2**31),
    "an entry on top of another": patched(torch(), CENTRAL, 42, "<L", 0, nth=3),
    "sizes that differ": patched(torch(), CENTRAL, 24, "<L", 39, nth=2),
    "sizes that reach into the next entry": patched(
        patched(torch(), CENTRAL, 20, "<L", 200, nth=2), CENTRAL, 24, "<L", 200, nth=2
    ),
    "sizes that reach into the directory": patched(
        patched(torch(), CENTRAL, 20, "<L", 4000, nth=4), CENTRAL, 24, "<L", 4000, nth=4
    ),
    "zip64 sizes without the field": patched(torch(), CENTRAL, 20, "<L", 2**32 - 1, nth=2),
    "a wide offset of 2**63": central_zip64(torch()).replace(
        struct.pack("<HH3Q", 1, 24, 6, 6, 0), struct.pack("<HH3Q", 1, 24, 6, 6, 2**63)
    ),
    "too many entries said": patched(patched(torch(), END, 8, "<H", 6), END, 10, "<H", 6),
    "too few entries said": patched(patched(torch(), END, 8, "<H", 4), END, 10, "<H", 4),
    "entries on another disk": patched(torch(), END, 8, "<H", 4),
    "a directory outside the file": patched(torch(), END, 16, "<L", 2**31),
    "a directory of 4 GB": patched(torch(), END, 12, "<L", 2**32 - 1),
    "a comment that is not there": patched(torch(), END, 20, "<H", 1),
    "another method in the local header": patched(torch(), LOCAL, 8, "<H", 8, nth=2),
    "another name in the local header": replaced(torch(), b"model/data/0", b"model/data/9", 0),
    "a longer local name": patched(torch(), LOCAL, 26, "<H", 13, nth=2),
    "a local extra field beyond the file": patched(torch(), LOCAL, 28, "<H", 65_535, nth=2),
    "two entries of one name": torch().replace(b"model/data/1", b"model/data/0"),
    "another directory beside": torch().replace(b"model/version", b"modex/version"),
    "zip64: 2**63 entries": patched(
        patched(as_zip64(torch()), END64, 24, "<Q", 2**63), END64, 32, "<Q", 2**63
    ),
    "zip64: a directory of 2**63 bytes": patched(as_zip64(torch()), END64, 40, "<Q", 2**63),
    "zip64: a directory at 2**63": patched(as_zip64(torch()), END64, 48, "<Q", 2**63),
    "zip64: an end at 2**63": patched(as_zip64(torch()), LOCATOR, 8, "<Q", 2**63),
    "zip64: an end elsewhere": patched(as_zip64(torch()), LOCATOR, 8, "<Q", 0),
    "zip64: another number": patched(as_zip64(torch()), END, 16, "<L", 1),
    "a tail without a directory": torch()[:-22],
}


@pytest.mark.parametrize("what", LYING)
def test_a_directory_that_lies_makes_the_file_opaque(what: str) -> None:
    assert LYING[what] not in (torch(), as_zip64(torch()), central_zip64(torch()))
    assert found_in(LYING[what]) == []


def test_an_encrypted_entry_is_no_tensor() -> None:
    data = patched(torch(), CENTRAL, 8, "<H", 1, nth=2)
    assert [tensor.name for tensor in found_in(data)] == ["data/1"]


def test_sizes_may_be_missing_in_the_local_header() -> None:
    streamed = patched(patched(torch(), LOCAL, 6, "<H", 8, nth=2), LOCAL, 18, "<Q", 0, nth=2)
    assert found_in(streamed) == found_in(torch()) != []


@pytest.mark.parametrize(
    "array",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\1\0\xff\xff" + bytes(10),
        b"\x93NUMPY\2\0\xff\xff\xff\xff" + bytes(10),
        b"\x93NUMPY\4\0\2\0{}",
        b"not an array at all",
        npy(np.arange(4.0))[:-1],
        npy(np.arange(4.0)) + b"x",
        npy(np.arange(4.0)).replace(b"(4,)", b"(5,)"),
        npy(np.arange(4.0)).replace(b"(4,)", b"(4,9999999999999999999)"),
    ],
)
def test_an_array_that_lies_makes_the_file_opaque(array: bytes) -> None:
    assert found_in(zipped({"good.npy": npy(np.arange(3))})) != []
    assert found_in(zipped({"good.npy": npy(np.arange(3)), "bad.npy": array})) == []


@pytest.mark.parametrize(
    "shape", [b"(-4,)", b"(nan,)", b"(4.0,)", b"(" + b"(" * 500 + b")", b"(4" * 40 + b")"]
)
def test_a_header_that_numpy_does_not_write_gives_no_type(shape: bytes) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': %s, }" % shape
    data = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + bytes(32)
    (tensor,) = found_in(zipped({"a.npy": data}))
    assert (tensor.dtype, tensor.shape, tensor.length) == ("", (), 32)


def test_a_header_of_digits_costs_no_time() -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"1" * 60_000
    data = b"\x93NUMPY\2\0" + struct.pack("<L", len(header)) + header + bytes(32)
    assert len(header) <= npz.MAX_NPY_HEADER
    (tensor,) = found_in(zipped({"a.npy": data}))
    assert tensor.dtype == ""


def test_a_large_directory_is_refused_before_it_is_read() -> None:
    data = zipped({"a": bytes(200)})
    count, length = zip_directory.MAX_ENTRIES + 1, zip_directory.MAX_DIRECTORY + 1
    at = data.rindex(END)
    size = 100 << 20
    for entries, directory in ((count, 1000), (1, length)):
        record = struct.pack("<4sQ2H2L4Q", END64, 44, 45, 45, 0, 0, entries, entries, directory, 0)
        locator = struct.pack("<4sLQL", LOCATOR, 0, size - 98, 1)
        tail = record + locator + struct.pack("<4s4H2LH", END, 0, 0, *(0xFFFF,) * 2, *(0xFFFFFFFF,) * 2, 0)
        sparse = data[:at].ljust(size - len(tail), b"\0") + tail
        reads: list[int] = []

        def read(offset: int, wanted: int, sparse: bytes = sparse, reads: list[int] = reads) -> bytes:
            reads.append(wanted)
            return sparse[offset : offset + wanted]

        with pytest.raises(InvalidInput, match="zip directory of"):
            zip_directory.entries(read, size)
        assert sum(reads) < 70_000


def test_more_entries_than_fit_in_16_bits_are_read() -> None:
    parts = {f"m/data/{index}": b"x" for index in range(66_000)}
    data = zipped({"m/data.pkl": b"", **parts})
    assert data.count(END64) == 1
    assert len(found_in(data)) == 66_000
