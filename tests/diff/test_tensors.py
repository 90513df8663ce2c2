"""Tensors by name, from manifests alone; and how far values are apart, for every type that is decoded."""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from mvfs.catalog.project import Project
from mvfs.diff import numbers as module
from mvfs.diff.dtypes import float8
from mvfs.diff.files import changes as file_changes
from mvfs.diff.model import Kind
from mvfs.diff.numbers import Numbers, Window, numbers
from mvfs.diff.opened import TensorsDiff, of_file
from mvfs.diff.tensors import TensorInfo, changes, what_changed
from mvfs.errors import Damaged
from mvfs.store.cutting.recognition import tensors_of
from mvfs.store.reading import FileReader
from tests.conftest import LogFiles


def tensors_diff(project: Project, log_files: LogFiles, old: bytes, new: bytes) -> Any:
    left = project.content(log_files({"m.bin": old}).version)
    right = project.content(log_files({"m.bin": new}).version)
    (change,) = file_changes(left, right)
    return of_file(change, left, right)


def test_by_name_and_no_data_is_read(
    project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = np.arange(40_000, dtype="f4"), np.ones((2, 3), "f4")
    old = {"a.w": one, "b.w": two, "gone": np.zeros(3, "i8"), "wide": two, "old.x": one[:7], "half": one[:4]}
    new = {"a.w": one + 1, "b.w": two, "fresh": np.zeros(5, "i8"), "wide": np.ones((3, 3), "f4")}
    new |= {"new.x": one[:7], "half": one[:4].astype("f2")}
    left = project.content(log_files({"m.safetensors": save(old)}).version)
    right = project.content(log_files({"m.safetensors": save(new)}).version)
    (change,) = file_changes(left, right)

    def refuse(*_: object) -> bytes:
        raise AssertionError("data was read")

    monkeypatch.setattr(FileReader, "read", refuse)
    found = of_file(change, left, right).body
    assert isinstance(found, TensorsDiff)
    assert (found.old, found.new) == (6, 6)
    told = {one.path: (one.kind, what_changed(one)) for one in found.changes}
    assert told == {
        "a.w": (Kind.CHANGED, "values"),
        "gone": (Kind.REMOVED, ""),
        "wide": (Kind.CHANGED, "[2, 3] → [3, 3]"),
        "half": (Kind.CHANGED, "F32 → F16"),
        "new.x": (Kind.MOVED, ""),
        "fresh": (Kind.ADDED, ""),
    }
    assert next(one for one in found.changes if one.kind is Kind.MOVED).old.name == "old.x"
    assert found.changes[0].new.title == "F32 [40000]"


def test_only_the_metadata_differs(project: Project, log_files: LogFiles) -> None:
    tensors = {"a": np.ones(3, "f4")}
    found = tensors_diff(project, log_files, save(tensors, {"by": "me"}), save(tensors, {"by": "you"}))
    assert found.body == TensorsDiff((), 1, 1)
    assert "all tensors are the same" in found.remark


INFOS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.sampled_from(["F32", "F16"]), st.sampled_from([(1,), (2, 2)]), st.sampled_from(b"xyz")),
)


@given(INFOS, INFOS)
@settings(max_examples=200, deadline=None)
def test_changes_make_new_out_of_old(old: dict[str, Any], new: dict[str, Any]) -> None:
    def infos(of: dict[str, Any]) -> list[TensorInfo]:
        return [TensorInfo(name, one[0], one[1], 4, 0, bytes([one[2]])) for name, one in of.items()]

    made = {one.name: one for one in infos(old)}
    found = list(changes(infos(old), infos(new)))
    for change in found:
        if change.old is not None:
            assert made.pop(change.old.name) == change.old
    made |= {change.path: change.new for change in found if change.new is not None}
    assert made == {one.name: one for one in infos(new)}


class Bytes:
    """A file in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reads: list[int] = []

    def read(self, offset: int, length: int) -> bytes:
        self.reads.append(length)
        return self.data[offset : offset + length]


def compared(old: bytes, new: bytes, name: str = "x", other: str | None = None) -> Numbers:
    infos = []
    for data, wanted in ((old, name), (new, other or name)):
        found = {one.name: one for one in tensors_of(Bytes(data).read, len(data))}[wanted]
        infos.append(TensorInfo(found.name, found.dtype, found.shape, found.length, found.offset, b""))
    return numbers(Bytes(old), infos[0], Bytes(new), infos[1])


def raw_file(dtype: str, shape: list[int], data: bytes) -> bytes:
    """A safetensors file with one tensor, of types that numpy does not have."""
    head = json.dumps({"x": {"dtype": dtype, "shape": shape, "data_offsets": [0, len(data)]}}).encode()
    return struct.pack("<Q", len(head)) + head + data


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "u1", "i2", "i4", "i8", "u8"])
def test_numbers(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 64)  # several pieces
    old = (np.arange(1, 101) % 90 + 1).astype(dtype)
    new = old.copy()
    new[10:20] += 3
    found = compared(save({"x": old}), save({"x": new}))
    a, b = old.astype("f8"), new.astype("f8")
    assert (found.unit, found.count, found.share_changed, found.max_abs) == ("elements", 100, 0.1, 3.0)
    assert found.relative_l2 == pytest.approx(np.linalg.norm(b - a) / np.linalg.norm(a))
    assert found.cosine == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_unsigned_numbers_do_not_wrap_around() -> None:
    old, new = np.array([0, 255], "u1"), np.array([255, 0], "u1")
    assert compared(save({"x": old}), save({"x": new})).max_abs == 255


def test_truth_values_and_other_types() -> None:
    old, new = np.array([True, False, True]), np.array([True, True, True])
    assert compared(save({"x": old}), save({"x": new})).share_changed == pytest.approx(1 / 3)
    quantized = compared(
        save({"x": np.array([1.0, 2.0, 3.001], "f4")}), save({"x": np.array([1, 2, 3], "i2")})
    )
    assert quantized.share_changed == pytest.approx(1 / 3)
    assert quantized.max_abs == pytest.approx(0.001, rel=1e-3)


def test_nan_and_infinity() -> None:
    nan, inf = math.nan, math.inf
    old = np.array([nan, nan, 1.0, inf, 2.0], "f4")
    new = np.array([nan, 1.0, nan, inf, 2.5], "f4")
    found = compared(save({"x": old}), save({"x": new}))
    assert (found.nan_old, found.nan_new, found.share_changed, found.max_abs) == (2, 2, 0.6, 0.5)
    zero = compared(save({"x": np.zeros(3, "f4")}), save({"x": np.ones(3, "f4")}))
    assert (zero.relative_l2, zero.cosine, zero.max_abs) == (None, None, 1.0)
    assert compared(save({"x": np.zeros(0, "f4")}), save({"x": np.zeros(0, "f4")})).share_changed == 0


def test_bfloat16() -> None:
    values = np.array([1.0, -2.5, 3.0, 1e30], "f4")
    halves = (values.view("u4") >> 16).astype("<u2").tobytes()
    found = compared(raw_file("BF16", [4], halves), save({"x": values}))
    assert found.share_changed == 0.25  # 1e30 was rounded
    assert compared(raw_file("BF16", [4], halves), raw_file("BF16", [4], halves)).max_abs == 0


@pytest.mark.parametrize(
    ("dtype", "codes", "values"),
    [
        ("F8_E4M3", b"\x00\x01\x08\x38\x7e\xb8", [0, 2**-9, 2**-6, 1, 448, -1]),
        ("F8_E5M2", b"\x01\x04\x3c\x7b\x7c", [2**-16, 2**-14, 1, 57344, math.inf]),
        ("F8_E4M3FNUZ", b"\x08\x40\x7f", [2**-7, 1, 240]),
        ("F8_E5M2FNUZ", b"\x04\x40\x7f", [2**-15, 1, 57344]),
        ("F8_E8M0", b"\x00\x7f\x80", [2.0**-127, 1, 2]),
    ],
)
def test_floats_of_eight_bits(dtype: str, codes: bytes, values: list[float]) -> None:
    assert [float8(dtype, code) for code in codes] == values
    found = compared(raw_file(dtype, [len(codes)], codes), save({"x": np.array(values, "f4")}))
    assert found.share_changed == 0
    assert math.isnan(float8(dtype, 0xFF if "FNUZ" not in dtype else 0x80))


def npz(**arrays: Any) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def test_arrays_of_numpy() -> None:
    values = np.arange(6, dtype=">f8").reshape(2, 3)
    assert compared(npz(x=values), npz(x=values.astype("<f4"))).max_abs == 0
    assert compared(npz(x=values), npz(x=values + 1)).max_abs == 1
    other = compared(npz(x=values), npz(x=np.asfortranarray(values)))
    assert (other.unit, other.share_changed) == ("bytes", pytest.approx(other.share_changed))
    assert "cannot be compared" in other.why or "not decoded" in other.why
    text = compared(npz(x=np.array(["ab"])), npz(x=np.array(["ac"])))
    assert (text.unit, text.share_changed) == ("bytes", 1 / 8)


def test_storages_of_torch_are_bytes_and_nothing_is_unpickled() -> None:
    def saved(data: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            file.writestr("m/data.pkl", b"cos\nsystem\n(S'exit 1'\ntR.")
            file.writestr("m/data/0", data)
        return out.getvalue()

    found = compared(saved(b"abcd" * 100), saved(b"abce" * 100), "data/0")
    assert (found.unit, found.count, found.share_changed) == ("bytes", 400, 0.25)
    assert "pickle, which is never read" in found.why
    assert "sizes differ" in compared(saved(b"abcd"), saved(b"abc"), "data/0").why


def test_what_cannot_be_compared_is_said() -> None:
    old, new = np.ones((2, 3), "f4"), np.ones((3, 2), "f4")
    found = compared(save({"x": old}), save({"x": new}))
    assert (found.why, found.share_changed, found.max_abs) == ("the shapes differ", None, None)
    four = compared(raw_file("F4", [4], b"\x01\x02"), raw_file("F4", [4], b"\x01\x03"))
    assert (four.unit, four.share_changed) == ("bytes", 0.5)


def test_memory_is_bounded_and_small_tensors_share_a_read() -> None:
    file = Bytes(bytes(5 << 20))
    window = Window(file)
    for at in range(0, 1000, 10):
        assert window.read(at, 10) == bytes(10)
    assert file.reads == [module.WINDOW]
    assert len(window.read(100, 2 << 20)) == 2 << 20
    with pytest.raises(Damaged, match="shorter than its table"):
        window.read((5 << 20) - 5, 10)
    big = np.zeros(3_000_000, "f4")
    reads = Bytes(save({"x": big}))
    info = TensorInfo("x", "F32", big.shape, big.nbytes, len(reads.data) - big.nbytes, b"")
    assert numbers(reads, info, reads, info).share_changed == 0
    assert max(reads.reads) <= module.PIECE
