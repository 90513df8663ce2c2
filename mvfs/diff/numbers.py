"""How far the values of two tensors are from each other: streamed, in bounded memory, by numpy."""

from __future__ import annotations

import math
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec

from mvfs.diff.dtypes import Decoder, decoder_of
from mvfs.diff.files import Readable
from mvfs.diff.tensors import TensorInfo
from mvfs.errors import Damaged

PIECE = 4 << 20
"""Bytes of each tensor that are in memory at once."""

WINDOW = 1 << 20


class Numbers(msgspec.Struct, frozen=True):
    """How two tensors differ. What cannot be told is None, and ``why`` says for which reason."""

    unit: str
    """What is counted: ``elements``, or ``bytes`` where the type is not known."""
    count: int = 0
    share_changed: float | None = None
    """From 0 to 1."""
    max_abs: float | None = None
    """The largest difference; differences to NaN are left out."""
    relative_l2: float | None = None
    """The length of the difference, by the length of old; None where old is zero."""
    cosine: float | None = None
    nan_old: int = 0
    nan_new: int = 0
    why: str = ""


class Window:
    """A reader that keeps the last MiB: small tensors that lie side by side cost one read."""

    def __init__(self, reader: Readable) -> None:
        self._reader = reader
        self._start, self._data = 0, b""

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes.

        Raises:
            Damaged: the file ends before.
        """
        at = offset - self._start
        if not 0 <= at <= len(self._data) - length:
            if length >= WINDOW:
                return self._exactly(self._reader.read(offset, length), length)
            self._start, self._data = offset, self._reader.read(offset, WINDOW)
            at = 0
        return self._exactly(self._data[at : at + length], length)

    @staticmethod
    def _exactly(data: bytes, length: int) -> bytes:
        if len(data) != length:
            raise Damaged("a file is shorter than its table of tensors says")
        return data


def numbers(old: Readable, one: TensorInfo, new: Readable, other: TensorInfo) -> Numbers:
    """Compare tensor ``one`` of the file ``old`` with ``other`` of ``new``; types may differ, shapes may not.

    Raises:
        Damaged: bytes are missing or changed.
    """
    if find_spec("numpy") is None:
        return Numbers("elements", why="needs numpy (pip install numpy)")
    if one.shape != other.shape:
        return Numbers("elements", why="the shapes differ")
    left, right = decoder_of(one, old), decoder_of(other, new)
    if left is not None and right is not None and left.order == right.order:
        count = min(one.size // left.size, other.size // right.size)
        return _elements(_Pair(old, one, left), _Pair(new, other, right), count)
    if one.size != other.size or one.dtype != other.dtype:
        return Numbers("bytes", why=_why(one, other))
    return _bytes(old, one, new, other)


def _why(one: TensorInfo, other: TensorInfo) -> str:
    if not one.dtype and not other.dtype:
        return "the type is in a pickle, which is never read, and the sizes differ"
    unread = " and ".join(dict.fromkeys(info.dtype or "?" for info in (one, other)))
    return f"values of {unread} cannot be compared"


class _Pair(msgspec.Struct):
    reader: Readable
    info: TensorInfo
    decoder: Decoder

    def values(self, start: int, count: int) -> Any:
        """Elements as an array of a type that numpy calculates with."""
        size = self.decoder.size
        raw = self.reader.read(self.info.offset + start * size, count * size)
        if len(raw) != count * size:
            raise Damaged("a file is shorter than its table of tensors says")
        return self.decoder.decode(raw)


def _elements(left: _Pair, right: _Pair, count: int) -> Numbers:
    np = import_module("numpy")
    sums = _Sums()
    step = PIECE // max(left.decoder.size, right.decoder.size)
    with np.errstate(all="ignore"):  # what overflows is told as such
        for start in range(0, count, step):
            many = min(step, count - start)
            sums.add(np, left.values(start, many), right.values(start, many))
    return sums.result(count)


class _Sums:
    """What is added up over the pieces of a pair."""

    def __init__(self) -> None:
        self.changed = self.nan_old = self.nan_new = 0
        self.largest = self.old = self.new = self.dot = self.far = 0.0

    def add(self, np: Any, a: Any, b: Any) -> None:
        is_nan_a, is_nan_b = np.isnan(a), np.isnan(b)
        differs = (a != b) & ~(is_nan_a & is_nan_b)
        self.changed += int(np.count_nonzero(differs))
        self.nan_old += int(np.count_nonzero(is_nan_a))
        self.nan_new += int(np.count_nonzero(is_nan_b))
        a, b = a.astype(np.float64), b.astype(np.float64)
        is_number = ~(is_nan_a | is_nan_b)
        if not is_number.all():
            a, b, differs = a[is_number], b[is_number], differs[is_number]
        far = np.where(differs, b - a, 0.0)  # of two infinities as well
        if far.size:
            self.largest = max(self.largest, float(np.abs(far).max()))
        self.old += float(a @ a)
        self.new += float(b @ b)
        self.dot += float(a @ b)
        self.far += float(far @ far)

    def result(self, count: int) -> Numbers:
        product = math.sqrt(self.old) * math.sqrt(self.new)
        cosine = self.dot / product if product and math.isfinite(product) else None
        relative = math.sqrt(self.far) / math.sqrt(self.old) if self.old else None
        return Numbers(
            "elements",
            count,
            self.changed / count if count else 0.0,
            self.largest,
            relative if relative is None or math.isfinite(relative) else None,
            cosine if cosine is None or math.isfinite(cosine) else None,
            self.nan_old,
            self.nan_new,
        )


def _bytes(old: Readable, one: TensorInfo, new: Readable, other: TensorInfo) -> Numbers:
    """Compare as raw bytes: quantized blocks, text, and storages whose type is in a pickle."""
    np = import_module("numpy")
    changed = 0
    for start in range(0, one.size, PIECE):
        length = min(PIECE, one.size - start)
        pair = old.read(one.offset + start, length), new.read(other.offset + start, length)
        if len(pair[0]) != length or len(pair[1]) != length:
            raise Damaged("a file is shorter than its table of tensors says")
        a, b = (np.frombuffer(raw, np.uint8) for raw in pair)
        changed += int(np.count_nonzero(a != b))
    why = (
        f"values of {one.dtype} are not decoded; bytes were compared"
        if one.dtype
        else "the type is in a pickle, which is never read; bytes were compared"
    )
    return Numbers("bytes", one.size, changed / one.size if one.size else 0.0, why=why)
