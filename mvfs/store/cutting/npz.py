"""Arrays of a file that ``numpy.savez`` wrote: a zip of ``.npy`` entries."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mvfs.errors import InvalidInput
from mvfs.store.cutting.tensors import Read, Tensor, elements, read_exactly
from mvfs.store.cutting.zip_directory import ZipEntry

_SUFFIX = ".npy"
_MAGIC = b"\x93NUMPY"
_PREFIX = {1: 10, 2: 12, 3: 12}
"""Bytes before the header, by version: magic, version, length in two or four bytes."""

MAX_NPY_HEADER = 64 << 10
"""Bytes; numpy itself believes only 10,000 characters."""

# Every repetition ends in a character that cannot begin the next one: matching takes linear time.
_HEADER = re.compile(
    r"\{'descr': '(?P<dtype>[<>|=][a-zA-Z]\d{0,9}(?:\[\w{1,16}\])?)', 'fortran_order': (?:True|False), "
    r"'shape': \((?P<shape>(?:\d{1,19}, ?){0,64}(?:\d{1,19})?)\), ?\}\s*",
    re.ASCII,
)
_DTYPE = re.compile(r"[<>|=](?P<kind>[biufcmMSaVU])(?P<bytes>\d+)(?:\[\w+\])?", re.ASCII)
_UNICODE_BYTES = 4


def tensors(read: Read, entries: Sequence[ZipEntry]) -> list[Tensor]:
    """Return the arrays of all entries that are not compressed.

    Raises:
        InvalidInput: such an entry is no array, or of another length than its shape and type.
    """
    return [
        _tensor(read, entry)
        for entry in entries
        if entry.stored and entry.name.endswith(_SUFFIX) and entry.name != _SUFFIX
    ]


def _tensor(read: Read, entry: ZipEntry) -> Tensor:
    name = entry.name.removesuffix(_SUFFIX)
    prefix = read_exactly(read, entry.offset, min(12, entry.length))
    start = _PREFIX.get(prefix[6] if len(prefix) > 6 else 0, 0)
    if not prefix.startswith(_MAGIC) or not start or len(prefix) < start:
        raise InvalidInput(f"{entry.name!r} is not an array")
    size = int.from_bytes(prefix[8:start], "little")
    if size > MAX_NPY_HEADER or start + size > entry.length:
        raise InvalidInput(f"{entry.name!r} has a header of {size} bytes")
    header = read_exactly(read, entry.offset + start, size).decode("utf-8", "replace")
    length = entry.length - start - size
    dtype, shape = _meaning(header)
    itemsize = _itemsize(dtype)
    if itemsize is not None and elements(shape) * itemsize != length:
        raise InvalidInput(f"{entry.name!r} has another length than its shape and type")
    return Tensor(name, dtype, shape, entry.offset + start + size, length)


def _meaning(header: str) -> tuple[str, tuple[int, ...]]:
    """Return type and shape as numpy writes them; nothing for records and all that is written otherwise."""
    match = _HEADER.fullmatch(header)
    if match is None:
        return "", ()
    return match["dtype"], tuple(int(number) for number in re.findall(r"\d+", match["shape"]))


def _itemsize(dtype: str) -> int | None:
    """Bytes per element, or None where the type does not fix it: objects are a pickle of any length."""
    match = _DTYPE.fullmatch(dtype)
    if match is None:
        return None
    return int(match["bytes"]) * (_UNICODE_BYTES if match["kind"] == "U" else 1)
