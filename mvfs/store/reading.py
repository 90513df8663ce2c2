"""Reads file bytes out of blobs; no byte leaves here that was not checked against its hash.

Small files are checked whole against their own hash, ranges of large ones against the leaves of their
blobs. docs/FORMAT.md, "Reader requirements".
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from blake3 import blake3

from mvfs.errors import CorruptObject
from mvfs.store.backend.base import Backend
from mvfs.store.external import ReferenceReader
from mvfs.store.leaves import LEAF, Leaves
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Extent, FileEntry

_COPY_AT_ONCE = 8 * LEAF


class FileReader:
    """Reads ranges of one file of a version."""

    def __init__(self, backend: Backend, manifest: Manifest, entry: FileEntry) -> None:
        self.entry = entry
        self._backend = backend
        self._manifest = manifest
        self._leaves: dict[int, Leaves] = {}

    def whole_blob(self) -> str | None:
        """The key of the blob that is exactly this file, where there is one."""
        if len(self.entry.extents) != 1:
            return None
        blob = self._manifest.blob(self.entry.extents[0].blob)
        return blob.key if blob.size == self.entry.size and blob.digest == self.entry.digest else None

    def read(self, offset: int, length: int) -> bytes:
        """Return the file's bytes from ``offset``: ``length`` of them, or fewer at its end.

        Raises:
            CorruptObject: bytes are missing or changed.
        """
        length = max(min(length, self.entry.size - offset), 0)
        if length == 0:
            return b""
        if self.entry.size < LEAF:
            return self._again(self._small, self.entry.extents)[offset : offset + length]
        parts = []
        start = 0
        for extent in self.entry.extents:
            low, high = max(offset, start), min(offset + length, start + extent.length)
            if low < high:
                part = Extent(extent.blob, extent.offset + low - start, high - low)
                parts.append(
                    self._again(partial(self._leafwise, part.blob, part.offset, part.length), [part])
                )
            start += extent.length
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _again(self, read: Callable[[], bytes], extents: Iterable[Extent]) -> bytes:
        """Read, and once more where what was wrong came from a copy that the backend keeps nearer."""
        try:
            return read()
        except CorruptObject:
            if not sum(self._distrust(extent) for extent in extents):  # all of them, not the first
                raise
        return read()

    def _distrust(self, extent: Extent) -> bool:
        """Have nearer copies of an extent's bytes forgotten, to the ends of its leaves."""
        blob = self._manifest.blob(extent.blob)
        start = max(extent.offset - LEAF, 0)
        end = min(extent.offset + extent.length + LEAF, blob.size)
        return self._backend.distrust(blob.key, start, end - start)

    def _small(self) -> bytes:
        parts = [self._blob_range(e.blob, e.offset, e.length) for e in self.entry.extents]
        data = b"".join(parts)
        if blake3(data).digest() != self.entry.digest:
            raise self._changed(self._manifest.blob(self.entry.extents[0].blob).key)
        return data

    def _leafwise(self, index: int, offset: int, length: int) -> bytes:
        """Read a range of blob ``index``, widened to whole leaves, each checked."""
        blob = self._manifest.blob(index)
        if index not in self._leaves:
            self._leaves[index] = self._manifest.leaves(index)
        leaves = self._leaves[index]
        covering = leaves.covering(offset, length)
        start, end = leaves.starts[covering.start], leaves.starts[covering.stop]
        data = self._blob_range(index, start, end - start)
        view = memoryview(data)
        for number in covering:
            low, high = leaves.starts[number] - start, leaves.starts[number + 1] - start
            if blake3(view[low:high]).digest() != leaves.digest(number):
                raise self._changed(blob.key)
        return data if len(data) == length else data[offset - start : offset - start + length]

    def _blob_range(self, index: int, offset: int, length: int) -> bytes:
        key = self._manifest.blob(index).key
        data = self._backend.get_range(key, offset, length)
        if data is None:
            raise CorruptObject(
                f"'{self.entry.path}' is damaged: its blob {key} is missing from the store", key=key
            )
        if len(data) != length:
            raise self._changed(key)
        return data

    def _changed(self, key: str) -> CorruptObject:
        where = self._backend.stored().local_path(key) or key
        return CorruptObject(
            f"'{self.entry.path}' is damaged: the bytes of {where} were changed after they were logged;"
            " put that file back from a backup of the store",
            key=key,
            path=self.entry.path,
        )


Reader = FileReader | ReferenceReader
"""Reads a file of a version, wherever its bytes are."""


def reader_of(backend: Backend, manifest: Manifest, entry: FileEntry) -> Reader:
    """Return a reader of ``entry``: of its verified bytes in the store, or of where its reference leads."""
    if entry.reference is not None and entry.is_external:
        return ReferenceReader(entry, entry.reference)
    return FileReader(backend, manifest, entry)


def copy_out(reader: Reader, target: Path) -> None:
    """Write a file of a version to ``target``, which appears only when all of it was checked.

    Raises:
        CorruptObject: bytes are missing or changed.
        SourceChanged, NotFound, Unavailable: a reference's bytes cannot be had; see `ReferenceReader`.
        OSError: ``target`` cannot be written.
    """
    partial = target.with_name(f".{target.name[:200]}.mvfs-{os.getpid()}")
    mode = 0o777 if reader.entry.executable else 0o666
    fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with open(fd, "wb", buffering=0) as out:
            for offset in range(0, reader.entry.size, _COPY_AT_ONCE):
                view = memoryview(reader.read(offset, _COPY_AT_ONCE))
                while view:
                    view = view[out.write(view) :]
        os.rename(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
