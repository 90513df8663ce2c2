"""What a manifest records of files whose bytes are elsewhere. docs/FORMAT.md, "References"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from mvfs.errors import CorruptObject
from mvfs.references.reference import Reference
from mvfs.store.decoding import Kind, decode, encode
from mvfs.store.manifest.layout import column, pack_column
from mvfs.store.manifest.records import FileEntry

MAX_FRAME = 4 << 20
"""Bytes of the references of one block, decompressed or not."""


_Record = tuple[str, int, str | None, str | None, int | None]


class _Columns(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    files: bytes
    """u32 each, increasing: number in the block of each file that is a reference."""
    references: list[_Record]
    """The fields of a `Reference` each."""


_KIND = Kind("list of references", msgspec.msgpack.Decoder(_Columns), cap=MAX_FRAME, expanded=MAX_FRAME)


def pack_references(files: Sequence[FileEntry]) -> bytes:
    """Return the frame of a block's references; empty where it has none."""
    found = {
        number: msgspec.structs.astuple(file.reference)
        for number, file in enumerate(files)
        if file.reference is not None
    }
    if not found:
        return b""
    return encode(
        _KIND, _Columns(pack_column("I", list(found)), list(found.values())), "a list of references"
    )


def unpack_references(frame: bytes, count: int, key: str, digest: bytes) -> dict[int, Reference]:
    """Return the references of a block of ``count`` files, by the number in it; `Block.entry` checks them.

    Raises:
        CorruptObject: they were changed, or cannot be.
    """
    columns = decode(_KIND, frame, key, digest)
    numbers = column("I", columns.files, key, len(columns.references))
    if not numbers or numbers[-1] >= count or any(a >= b for a, b in pairwise(numbers)):
        raise CorruptObject(f"{key} has references to files that are not there", key=key)
    return {number: Reference(*record) for number, record in zip(numbers, columns.references, strict=True)}
