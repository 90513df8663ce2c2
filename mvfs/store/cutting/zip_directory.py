"""The central directory of a zip file, zip64 included: names, and where each entry's bytes lie.

The standard library's parser believes what a file says about sizes and allows entries that share bytes; here
entries and directory are bounded, and entries that overlap, or disagree with their local header, are refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mvfs.errors import InvalidInput
from mvfs.store.cutting.tensors import MAX_TENSORS, Read, read_exactly

MAGIC = b"PK\3\4"

MAX_ENTRIES = 2 * MAX_TENSORS
MAX_DIRECTORY = 64 << 20
"""Bytes."""

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX_COMMENT = 0xFFFF
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_ZIP64 = 1
"""The extra field that holds what does not fit in 32 bits."""
_ENCRYPTED, _UTF8 = 1 << 0, 1 << 11


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One entry; ``offset`` and ``length`` are those of its bytes as they lie in the file."""

    name: str
    stored: bool
    """Neither compressed nor encrypted."""
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class _Record:
    """An entry as the central directory has it."""

    raw_name: bytes
    flags: int
    method: int
    packed: int
    unpacked: int
    header: int
    """Offset of the local header."""


def entries(read: Read, size: int) -> list[ZipEntry]:
    """Return the entries in the order of their bytes.

    Raises:
        InvalidInput: not a zip file, or one that lies.
    """
    count, length, start = _directory(read, size)
    if count > MAX_ENTRIES or length > MAX_DIRECTORY:
        raise InvalidInput(f"a zip directory of {count} entries and {length} bytes")
    records = sorted(_records(read_exactly(read, start, length), count), key=lambda record: record.header)
    if len({record.raw_name for record in records}) != len(records):
        raise InvalidInput("two zip entries have the same name")
    found = []
    end = 0
    for record in records:
        if record.header < end:
            raise InvalidInput("zip entries overlap")
        entry = _located(read, record, start)
        end = entry.offset + entry.length
        found.append(entry)
    return found


def _directory(read: Read, size: int) -> tuple[int, int, int]:
    """Return the directory's number of entries, length and offset."""
    tail_length = min(size, _MAX_COMMENT + _END.size + _LOCATOR.size)
    tail = read_exactly(read, size - tail_length, tail_length)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise InvalidInput("no zip directory")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail) or disk != first_disk or here != count:
        raise InvalidInput("no zip directory at the end of the file")
    end = size - tail_length + at
    if at >= _LOCATOR.size and tail.startswith(b"PK\6\7", at - _LOCATOR.size):
        end = _LOCATOR.unpack_from(tail, at - _LOCATOR.size)[2]
        if end > size - _END64.size:
            raise InvalidInput("the zip64 directory end lies outside the file")
        record = _END64.unpack(read_exactly(read, end, _END64.size))
        wide = record[7:10]
        if record[0] != b"PK\6\6" or record[6] != record[7]:
            raise InvalidInput("no zip64 directory end where it should be")
        for narrow, value, full in zip(
            (count, length, start), wide, (_FULL16, _FULL32, _FULL32), strict=True
        ):
            if narrow not in (value, full):
                raise InvalidInput("the zip and zip64 directory ends disagree")
        count, length, start = wide
    if start + length > end:
        raise InvalidInput("the zip directory lies outside the file")
    return count, length, start


def _records(directory: bytes, count: int) -> Iterator[_Record]:
    at = 0
    for _ in range(count):
        if at + _CENTRAL.size > len(directory):
            raise InvalidInput("the zip directory is cut")
        fields = _CENTRAL.unpack_from(directory, at)
        (
            signature,
            _,
            _,
            flags,
            method,
            _,
            _,
            _,
            packed,
            unpacked,
            names,
            extras,
            comments,
            _,
            _,
            _,
            header,
        ) = fields
        at += _CENTRAL.size
        name, extra = directory[at : at + names], directory[at + names : at + names + extras]
        at += names + extras + comments
        if signature != b"PK\1\2" or at > len(directory):
            raise InvalidInput("the zip directory is damaged")
        unpacked, packed, header = _widened((unpacked, packed, header), extra)
        yield _Record(name, flags, method, packed, unpacked, header)
    if at != len(directory):
        raise InvalidInput("the zip directory is longer than its entries")


def _widened(narrow: tuple[int, int, int], extra: bytes) -> Iterator[int]:
    """Yield the values, those at their maximum from the zip64 extra field."""
    wide = b""
    at = 0
    while at + 4 <= len(extra) and _FULL32 in narrow:
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == _ZIP64:
            wide = extra[at + 4 : at + 4 + length]
            break
        at += 4 + length
    for value in narrow:
        if value == _FULL32 and len(wide) >= 8:
            yield int.from_bytes(wide[:8], "little")
            wide = wide[8:]
        else:
            yield value


def _located(read: Read, record: _Record, limit: int) -> ZipEntry:
    """Find the entry's bytes behind its local header, which has name and extra field of its own length."""
    length = _LOCAL.size + len(record.raw_name)
    if record.header + length > limit:
        raise InvalidInput("a zip entry lies outside the file")
    local = read_exactly(read, record.header, length)
    signature, _, _, method, _, _, _, _, _, names, extras = _LOCAL.unpack_from(local)
    if signature != MAGIC or method != record.method or names != len(record.raw_name):
        raise InvalidInput("a zip entry has another local header")
    if local[_LOCAL.size :] != record.raw_name:
        raise InvalidInput("a zip entry has another name in its local header")
    offset = record.header + length + extras
    stored = record.method == 0 and not record.flags & _ENCRYPTED
    if offset + record.packed > limit or (stored and record.packed != record.unpacked):
        raise InvalidInput("a zip entry is longer than it can be")
    return ZipEntry(_decoded(record), stored, offset, record.packed)


def _decoded(record: _Record) -> str:
    try:
        return record.raw_name.decode("utf-8" if record.flags & _UTF8 else "cp437")
    except UnicodeDecodeError as exc:
        raise InvalidInput("a zip entry's name is not UTF-8") from exc
