"""What is stored already: where the bytes of a leaf or a small file can be taken from.

Filled from the version before, from blobs that a killed ``log`` left behind, and from what this version
itself has stored so far. Only blobs that are whole are offered: damage must not spread to who has the bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from mvfs.errors import CorruptObject
from mvfs.store.backend.base import Backend
from mvfs.store.hashing import hash_file
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob, FileEntry
from mvfs.store.trust import Stamps


class Spot(NamedTuple):
    """A leaf in a stored blob."""

    blob: Blob
    number: int
    offset: int


class Known:
    """Bytes that need not be stored again."""

    def __init__(self, backend: Backend, stamps: Stamps, base: Manifest | None) -> None:
        """Take in what the manifest of an older version leads to."""
        self._backend, self._stamps, self._base = backend, stamps, base
        self._leaves: dict[bytes, Spot] = {}
        self._files: dict[bytes, FileEntry] | None = None
        self._sound: dict[str, bool] = {}
        for number in range(base.blob_count if base else 0):
            assert base is not None
            try:
                if (leaves := base.leaves_or_none(number)) is not None:
                    self.add(base.blob(number, leaves))
            except CorruptObject:
                self._sound[base.blob(number).key] = False

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
        return bool(self._leaves)

    def leaf(self, digest: bytes, after: Spot | None) -> Spot | None:
        """Return where the bytes of a leaf are: if possible right behind ``after``."""
        if after is not None:
            leaves, number = after.blob.leaves, after.number + 1
            assert leaves is not None
            if number < len(leaves) and leaves.digest(number) == digest:
                return Spot(after.blob, number, leaves.starts[number])
        spot = self._leaves.get(digest)
        return spot if spot is not None and self.is_sound(spot.blob) else None

    def file(self, digest: bytes) -> tuple[FileEntry, Callable[[int], Blob]] | None:
        """Return an entry with these bytes in the version before, and the blobs that its extents index."""
        if self._base is None:
            return None
        if self._files is None:
            self._files = {entry.digest: entry for entry in self._base.entries()}
        entry = self._files.get(digest)
        if entry is None or not all(self.is_sound(self._base.blob(e.blob)) for e in entry.extents):
            return None
        return entry, self._blob

    def _blob(self, number: int) -> Blob:
        assert self._base is not None
        return self._base.blob(number, self._base.leaves_or_none(number))

    def is_sound(self, blob: Blob) -> bool:
        """Whether a blob is whole; a local one is believed while its trust stamp fits, else read once."""
        if blob.key not in self._sound:
            self._sound[blob.key] = _holds(self._backend, blob, self._stamps)
        return self._sound[blob.key]


def _holds(backend: Backend, blob: Blob, stamps: Stamps) -> bool:
    """Whether a store still holds a blob's bytes: by size, and, where the file can be opened, by hash."""
    info = backend.head(blob.key)
    if info is None or info.size != blob.size:
        return False
    path = backend.local_path(blob.key)
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
