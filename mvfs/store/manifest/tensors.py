"""Tables of tensors: what a model file says of itself, kept beside it, with a hash for each tensor.

They answer "which tensors changed" without reading data. docs/FORMAT.md, "Tensor tables".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Annotated

import msgspec
from blake3 import blake3

from mvfs.errors import CorruptObject, InvalidInput
from mvfs.store.cutting.tensors import MAX_TENSORS, Read, Tensor, checked, read_exactly
from mvfs.store.decoding import Kind, decode, encode
from mvfs.store.leaves import HASH, LEAF, Leaves


class StoredTensor(Tensor, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A tensor with the hash of its bytes."""

    digest: bytes
    """BLAKE3 of the bytes; of more than 1 MiB, BLAKE3 of the hashes of its pieces of 1 MiB."""


MAX_TABLE = 64 << 20
"""Bytes of a table's frame."""

_Table = Annotated[list[StoredTensor], msgspec.Meta(max_length=MAX_TENSORS)]
_KIND: Kind[list[StoredTensor]] = Kind(
    "table of tensors", msgspec.msgpack.Decoder(_Table), cap=MAX_TABLE, expanded=128 << 20
)


def with_digests(tensors: Sequence[Tensor], leaves: Leaves | None, read: Read) -> list[StoredTensor]:
    """Hash each tensor: from the leaves where they are cut at it, else by reading its bytes.

    Raises:
        InvalidInput: the file ends too early.
    """
    return [
        StoredTensor(*msgspec.structs.astuple(tensor), _digest(tensor, leaves, read))  # type: ignore[call-arg]
        for tensor in tensors
    ]


def _digest(tensor: Tensor, leaves: Leaves | None, read: Read) -> bytes:
    end = tensor.offset + tensor.length
    if leaves is not None and tensor.length:
        first = bisect_left(leaves.starts, tensor.offset)
        last = bisect_left(leaves.starts, end)
        if leaves.starts[first] == tensor.offset and leaves.starts[last] == end:
            pieces = leaves.digests[HASH * first : HASH * last]
            return pieces if last - first == 1 else blake3(pieces).digest()
    digests = [
        blake3(read_exactly(read, at, min(LEAF, end - at))).digest() for at in range(tensor.offset, end, LEAF)
    ]
    return digests[0] if len(digests) == 1 else blake3(b"".join(digests)).digest()


def pack_table(tensors: Sequence[StoredTensor]) -> bytes:
    """Return the frame of a table."""
    return encode(_KIND, list(tensors), "a file's table of tensors")


def unpack_table(frame: bytes, size: int, key: str, digest: bytes) -> list[StoredTensor]:
    """Return the table of a file of ``size`` bytes.

    Raises:
        CorruptObject: it was changed, or speaks of bytes that the file does not have.
    """
    tensors = decode(_KIND, frame, key, digest)
    try:
        checked(tensors, size)
    except InvalidInput as exc:
        raise CorruptObject(f"{key} has a table of tensors that cannot be: {exc}", key=key) from exc
    if any(len(tensor.digest) != HASH or min(tensor.shape, default=0) < 0 for tensor in tensors):
        raise CorruptObject(f"{key} has a table of tensors that cannot be", key=key)
    return tensors
