"""What a manifest records of files whose bytes are elsewhere. docs/FORMAT.md, "References"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from mvfs import text
from mvfs.errors import CorruptObject, InvalidInput
from mvfs.references.reference import Reference
from mvfs.store.decoding import Kind, decode, encode
from mvfs.store.manifest.layout import MAX_SIZE, column, pack_column
from mvfs.store.manifest.records import FileEntry

MAX_FRAME = 4 << 20
"""Bytes of the references of one block, decompressed or not."""

MAX_TAG = 1024
"""Characters of an ETag, and of the id of a version."""

_TIMES = range(-(2**63), 2**63)


_Record = tuple[str, int, str | None, str | None, int | None]


class _Columns(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    files: bytes
    """u32 each, increasing: number in the block of each file that is a reference."""
    references: list[_Record]
    """The fields of a `Reference` each."""


_KIND = Kind("list of references", msgspec.msgpack.Decoder(_Columns), cap=MAX_FRAME, expanded=MAX_FRAME)


def check_reference(reference: Reference) -> None:
    """Refuse what no manifest can hold.

    Raises:
        InvalidInput: the URI is not one in normal form, or something is too long or too large.
    """
    from mvfs.references.uri import parse  # only versions with references need it

    shown = text.line(reference.uri[:200])
    if parse(reference.uri).uri != reference.uri:
        raise InvalidInput(f"'{shown}' is not in its normal form")
    for what, value in (("ETag", reference.etag), ("version id", reference.version)):
        if value is not None and not 0 < len(value) <= MAX_TAG:
            raise InvalidInput(
                f"'{shown}': its {what} has {len(value)} characters; it can be recorded with 1 to {MAX_TAG}"
            )
    if not 0 <= reference.size <= MAX_SIZE or (reference.modified or 0) not in _TIMES:
        raise InvalidInput(f"'{shown}' has a size or time that cannot be")


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
    """Return the references of a block of ``count`` files, by the number in the block.

    Raises:
        CorruptObject: they were changed, or cannot be.
    """
    columns = decode(_KIND, frame, key, digest)
    numbers = column("I", columns.files, key, len(columns.references))
    if not numbers or numbers[-1] >= count or any(a >= b for a, b in pairwise(numbers)):
        raise CorruptObject(f"{key} has references to files that are not there", key=key)
    references = [Reference(*record) for record in columns.references]
    try:
        for reference in references:
            check_reference(reference)
    except InvalidInput as exc:
        raise CorruptObject(f"{key} has a reference that cannot be: {exc}", key=key) from exc
    return dict(zip(numbers, references, strict=True))
