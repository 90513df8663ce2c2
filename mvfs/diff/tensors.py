"""Tensors of two model files by name, from the tables of the manifests alone: no data is read."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence

import msgspec

from mvfs.diff.files import Files
from mvfs.diff.model import Change, Kind, kind_of
from mvfs.diff.moving import moves
from mvfs.store.manifest.records import FileEntry

SUFFIXES = (".safetensors", ".gguf", ".npz", ".pt", ".pth", ".bin", ".ckpt")
"""Names of files in which tensors are looked for where no table tells of them."""


_NUMBER = re.compile(r"([0-9]+)")


class TensorInfo(msgspec.Struct, frozen=True):
    """What is known of a tensor (or, of a file of torch, of a storage) without its values."""

    name: str
    dtype: str
    """In the words of the format; empty where that does not say."""
    shape: tuple[int, ...]
    size: int
    """Bytes."""
    offset: int
    """In the file."""
    digest: bytes
    """Of its bytes; empty where nobody knows it, as of a reference."""

    @property
    def title(self) -> str:
        """``F32 [1000, 2048]``."""
        return f"{self.dtype} [{', '.join(map(str, self.shape))}]" if self.dtype else "storage"


def table(files: Files, entry: FileEntry) -> list[TensorInfo]:
    """Return the tensors of a file; none where it is no model file of a format that is known.

    Only of a file without a table (a reference), the header is read, and digests are not known.

    Raises:
        CorruptObject: the table, or the header, was changed.
    """
    found = [
        TensorInfo(one.name, one.dtype, one.shape, one.length, one.offset, one.digest)
        for one in files.tensors(entry)
    ]
    if found or not entry.is_external or not entry.path.lower().endswith(SUFFIXES):
        return found
    from mvfs.store.cutting.recognition import tensors_of  # most files have a table, and need no parsers

    read = files.reader(entry).read
    return [
        TensorInfo(one.name, one.dtype, one.shape, one.length, one.offset, b"")
        for one in tensors_of(read, entry.size)
    ]


def changes(old: Sequence[TensorInfo], new: Sequence[TensorInfo]) -> Iterator[Change]:
    """Yield the tensors that differ, as changes of `TensorInfo`, by name, with numbers in their order.

    One that has the same type, shape and bytes under another name has moved. Where a digest is not known,
    only types and shapes are compared.
    """
    before = {one.name: one for one in old}
    after = {one.name: one for one in new}
    fresh = [one for one in new if one.name not in before]
    gone = [one for one in old if one.name not in after]
    moved = moves(gone, fresh, _content, lambda one: one.name, _last_name)
    left = {one.name for one in moved.values()}
    for name in sorted(before.keys() | after.keys(), key=_by_number):
        one, other = before.get(name), after.get(name)
        if name in moved:
            yield Change(name, Kind.MOVED, moved[name], other)
        elif name not in left and not (one and other and _is_same(one, other)):
            yield Change(name, kind_of(one, other), one, other)


def _by_number(name: str) -> list[str | int]:
    """A key that sorts ``layers.2`` before ``layers.10``."""
    return [int(part) if at % 2 else part for at, part in enumerate(_NUMBER.split(name))]


def _is_same(old: TensorInfo, new: TensorInfo) -> bool:
    if (old.dtype, old.shape, old.size) != (new.dtype, new.shape, new.size):
        return False
    return old.digest == new.digest or not (old.digest and new.digest)


def _content(one: TensorInfo) -> Hashable | None:
    return (one.dtype, one.shape, one.digest) if one.digest and one.size else None


def _last_name(one: TensorInfo) -> str:
    return one.name.rpartition(".")[2]


def what_changed(change: Change) -> str:
    """``values``, or which of type, shape and size differ: ``dtype F32 → BF16``."""
    old, new = change.old, change.new
    if not (isinstance(old, TensorInfo) and isinstance(new, TensorInfo)):
        return ""
    parts = []
    if old.dtype != new.dtype:
        parts.append(f"{old.dtype or '?'} → {new.dtype or '?'}")
    if old.shape != new.shape:
        parts.append(f"{list(old.shape)} → {list(new.shape)}")
    if not parts and old.size != new.size:
        parts.append(f"{old.size:,} → {new.size:,} bytes")
    if not parts and change.kind is Kind.CHANGED:
        parts.append("values")
    return ", ".join(parts)
