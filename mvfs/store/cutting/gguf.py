"""Tensors of a GGUF file, version 2 or 3, little-endian: key-values, tensor infos, aligned data."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from mvfs.errors import InvalidInput
from mvfs.store.cutting.ggml_types import TYPES
from mvfs.store.cutting.tensors import MAX_HEADER, MAX_NAME, MAX_TENSORS, Read, Tensor, elements, read_exactly

MAGIC = b"GGUF"

MAX_STEPS = 4_000_000
"""What stepping over the key-values may cost: 1 for a string in an array (a large vocabulary has under a
million), `_SLOW` for a key-value or an array in an array, which are that much slower."""

_SLOW = 8

_VERSIONS = (2, 3)
_MAX_KEY = 0xFFFF
_MAX_DEPTH = 8
_MAX_DIMENSIONS = 8
_PIECE = 1 << 20
"""Bytes per read."""

_ALIGNMENT = b"general.alignment"
_DEFAULT_ALIGNMENT = 32
_MAX_ALIGNMENT = 1 << 30
_FIXED = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of each value type that has a fixed size."""
_UINT32, _STRING, _ARRAY = 4, 8, 9
_LENGTH = struct.Struct("<Q")


class _Cursor:
    """Reads on through the header in bounded pieces, and counts what it steps over."""

    def __init__(self, read: Read, limit: int) -> None:
        self.position = 0
        self._read, self._limit = read, limit
        self._window, self._start = b"", 0
        self._steps = 0

    def take(self, length: int) -> bytes:
        """Return the next bytes; the caller has bounded ``length``."""
        begin = self.position - self._start
        if begin + length > len(self._window):
            self._fill(length)
            begin = 0
        self.position += length
        return self._window[begin : begin + length]

    def _fill(self, length: int) -> None:
        """Move the window on to the position, and make it hold ``length`` bytes at least."""
        if self.position + length > self._limit:
            raise InvalidInput("the GGUF header ends too early")
        wanted = min(max(length, _PIECE), self._limit - self.position)
        self._window, self._start = read_exactly(self._read, self.position, wanted), self.position

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "little")

    def skip(self, length: int) -> None:
        self.position += length
        if self.position > self._limit:
            raise InvalidInput("the GGUF header ends too early")

    def text(self, cap: int) -> bytes:
        length = self.number(8)
        if length > cap:
            raise InvalidInput(f"a GGUF name of {length} bytes")
        return self.take(length)

    def skip_texts(self, count: int) -> None:
        """Step over strings, a window at a time: a vocabulary is most of a header."""
        while count:
            window, at = self._window, self.position - self._start
            while count and at + _LENGTH.size <= len(window):
                at += _LENGTH.size + _LENGTH.unpack_from(window, at)[0]
                count -= 1
            self.position = self._start + at
            if count:
                self._fill(_LENGTH.size)

    def charge(self, steps: int) -> None:
        """Note how many steps are to come, before a loop believes a count."""
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise InvalidInput("a GGUF header of too many values")


@dataclass(frozen=True, slots=True)
class _Info:
    """A tensor's entry; the offset counts from the start of the data."""

    name: str
    dimensions: tuple[int, ...]
    """Fastest first."""
    kind: int
    offset: int


def tensors(read: Read, size: int) -> list[Tensor]:
    """Return all tensors.

    Raises:
        InvalidInput: the header is damaged, lies, or is of another version.
    """
    cursor = _Cursor(read, min(size, MAX_HEADER))
    magic, version = cursor.take(4), cursor.number(4)
    if magic != MAGIC or version not in _VERSIONS:
        raise InvalidInput(f"GGUF version {version}")
    count, pairs = cursor.number(8), cursor.number(8)
    if count > MAX_TENSORS:
        raise InvalidInput(f"{count} tensors; at most {MAX_TENSORS} are looked at")
    alignment = _alignment(cursor, pairs)
    infos = sorted((_info(cursor) for _ in range(count)), key=lambda info: info.offset)
    start = -(-cursor.position // alignment) * alignment
    ends = [*(info.offset for info in infos), size - start][1:]
    found = []
    for info, end in zip(infos, ends, strict=True):
        if info.offset % alignment:
            raise InvalidInput(f"tensor {info.name!r} is not aligned")
        dtype, length = _extent(info, end)
        found.append(Tensor(info.name, dtype, info.dimensions[::-1], start + info.offset, length))
    return found


def _alignment(cursor: _Cursor, pairs: int) -> int:
    """Step over the key-values and return the one that matters here."""
    found = None
    cursor.charge(_SLOW * pairs)
    for _ in range(pairs):
        key, kind = cursor.text(_MAX_KEY), cursor.number(4)
        if key != _ALIGNMENT:
            _skip(cursor, kind, 0)
            continue
        if kind != _UINT32 or found is not None:
            raise InvalidInput("a GGUF alignment of a wrong type, or two of them")
        found = cursor.number(4)
    if found is None:
        return _DEFAULT_ALIGNMENT
    if found.bit_count() != 1 or found > _MAX_ALIGNMENT:
        raise InvalidInput(f"a GGUF alignment of {found}")
    return found


def _skip(cursor: _Cursor, kind: int, depth: int) -> None:
    """Step over one value."""
    if kind in _FIXED:
        cursor.skip(_FIXED[kind])
    elif kind == _STRING:
        cursor.skip(cursor.number(8))
    elif kind == _ARRAY and depth < _MAX_DEPTH:
        item, count = cursor.number(4), cursor.number(8)
        if item in _FIXED:
            cursor.skip(_FIXED[item] * count)
            return
        cursor.charge(count if item == _STRING else _SLOW * count)
        if item == _STRING:
            cursor.skip_texts(count)
            return
        for _ in range(count):
            _skip(cursor, item, depth + 1)
    else:
        raise InvalidInput(f"a GGUF value of type {kind} at depth {depth}")


def _info(cursor: _Cursor) -> _Info:
    raw = cursor.text(MAX_NAME)
    count = cursor.number(4)
    if count > _MAX_DIMENSIONS:
        raise InvalidInput(f"a GGUF tensor of {count} dimensions")
    dimensions = tuple(cursor.number(8) for _ in range(count))
    kind, offset = cursor.number(4), cursor.number(8)
    try:
        return _Info(raw.decode(), dimensions, kind, offset)
    except UnicodeDecodeError as exc:
        raise InvalidInput("a GGUF tensor's name is not UTF-8") from exc


def _extent(info: _Info, end: int) -> tuple[str, int]:
    """Return type and length in bytes; a type that is not known reaches to ``end``, where the next begins."""
    if info.kind not in TYPES:
        return "", end - info.offset
    name, block, size = TYPES[info.kind]
    if info.dimensions and info.dimensions[0] % block:
        raise InvalidInput(f"tensor {info.name!r} is not made of whole blocks")
    return name, elements(info.dimensions) // block * size
