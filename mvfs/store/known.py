"""What is stored already: where the bytes of a leaf or a small file can be taken from.

Filled from the version before, from blobs that a killed ``log`` left behind, and from what this version
itself has stored so far. Only blobs that are whole are offered: damage must not spread to who has the bytes.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from mvfs.errors import CorruptObject
from mvfs.store.backend.base import Backend
from mvfs.store.hashing import hash_file
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob
from mvfs.store.manifest.tensors import StoredTensor
from mvfs.store.trust import Stamps


class Spot(NamedTuple):
    """A leaf in a stored blob."""

    blob: Blob
    number: int
    offset: int


class KnownFile(NamedTuple):
    """A file of the version before."""

    parts: list[tuple[Blob, int, int]]
    """Blob, offset in it, length."""
    tensors: list[StoredTensor]
    digest: bytes


class Known:
    """Bytes that need not be stored again."""

    def __init__(self, backend: Backend, stamps: Stamps, base: Manifest | None) -> None:
        """Take in what the manifest of an older version leads to."""
        self._backend, self._stamps, self._base = backend, stamps, base
        self._leaves: dict[bytes, Spot] = {}
        self._files: dict[bytes, int] | None = None
        self._sound: dict[str, bool] = {}
        self._is_loaded = base is None

    def add(self, blob: Blob, *, sound: bool = False) -> None:
        """Offer the leaves of a blob; ``sound`` says that its bytes were seen right now."""
        if sound:
            self._sound[blob.key] = True
        leaves = blob.leaves
        for number in range(len(leaves) if leaves else 0):
            assert leaves is not None
            self._leaves.setdefault(leaves.digest(number), Spot(blob, number, leaves.starts[number]))

    def __bool__(self) -> bool:
        """Whether there is any leaf."""
        if not self._is_loaded:
            self._load()
        return bool(self._leaves)

    def _load(self) -> None:
        """Take in the leaves of the version before; only a large file asks for them."""
        self._is_loaded = True
        base = self._base
        for number in range(base.blob_count if base else 0):
            assert base is not None
            try:
                if (leaves := base.leaves_or_none(number)) is not None:
                    self.add(base.blob(number, leaves))
            except CorruptObject:  # it is damaged, or was swept just now
                self._sound[base.blob(number).key] = False

    def leaf(self, digest: bytes, after: Spot | None) -> Spot | None:
        """Return where the bytes of a leaf are, if any are known: if possible right behind ``after``."""
        if after is not None:
            leaves, number = after.blob.leaves, after.number + 1
            assert leaves is not None
            if number < len(leaves) and leaves.digest(number) == digest:
                return Spot(after.blob, number, leaves.starts[number])
        spot = self._leaves.get(digest) if self else None
        return spot if spot is not None and self.is_sound(spot.blob) else None

    def file(self, digest: bytes) -> KnownFile | None:
        """Return what the version before knows of a file with this hash, or of a reference's identity."""
        base = self._base
        if base is None:
            return None
        if self._files is None:
            self._files = _files_of(base)
        number = self._files.get(digest)
        if number is None:
            return None
        try:
            entry = base.entry(number)
            extents = entry.extents
            if not all(self.is_sound(base.blob(extent.blob)) for extent in extents):
                return None
            blobs = {e.blob: base.blob(e.blob, base.leaves_or_none(e.blob)) for e in extents}
            parts = [(blobs[e.blob], e.offset, e.length) for e in extents]
            return KnownFile(parts, base.tensors(number), entry.digest)
        except CorruptObject:  # the version before is damaged, or was swept just now
            return None

    def is_sound(self, blob: Blob) -> bool:
        """Whether a blob is whole; a local one is believed while its trust stamp fits, else read once."""
        if blob.key not in self._sound:
            self._sound[blob.key] = _holds(self._backend, blob, self._stamps)
        return self._sound[blob.key]


def _files_of(base: Manifest) -> dict[bytes, int]:
    """The numbers of a version's files by hash and identity; none if it is damaged, or was swept just now."""
    found: dict[bytes, int] = {}
    try:
        for number, entry in enumerate(base.entries()):
            found[entry.digest] = number
            if entry.reference is not None:
                found[entry.identity] = number
    except CorruptObject:
        return {}
    return found


def _holds(backend: Backend, blob: Blob, stamps: Stamps) -> bool:
    """Whether a store still holds a blob's bytes: by size, and, where the file can be opened, by hash."""
    info = backend.head(blob.key)
    if info is None or info.size != blob.size:
        return False
    path = backend.stored().local_path(blob.key)
    if path is None:
        return True
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.fstat(fd)
        if stamps.fits(found, blob.digest):
            return True
        if hash_file(fd, blob.size).digest != blob.digest:
            return False
        stamps.record([(found, blob.digest)])
        return True
    except EOFError:
        return False
    finally:
        os.close(fd)
