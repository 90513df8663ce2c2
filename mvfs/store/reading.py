"""Reads file bytes out of blobs; no byte leaves here that was not checked against its hash.

Small files are checked whole against their own hash, ranges of large ones against the leaves of their
blobs. docs/FORMAT.md, "Reader requirements".
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from blake3 import blake3

from mvfs.errors import CorruptObject
from mvfs.store.backend.base import Backend
from mvfs.store.external import ReferenceReader
from mvfs.store.leaves import LEAF, Leaves
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import FileEntry

T = TypeVar("T")

_COPY_AT_ONCE = 8 * LEAF


class BlobReader:
    """Reads the blobs of one version. Methods may be called from several threads."""

    def __init__(self, backend: Backend, manifest: Manifest) -> None:
        self.backend = backend
        self.manifest = manifest
        self._leaves: dict[int, Leaves] = {}
        self._lock = threading.Lock()

    def leaves(self, index: int) -> Leaves:
        """Return the leaves of blob ``index``.

        Raises:
            CorruptObject: it has none, or they were changed.
        """
        with self._lock:
            if index not in self._leaves:
                self._leaves[index] = self.manifest.leaves(index)
            return self._leaves[index]

    def read(self, index: int, offset: int, length: int, path: str) -> bytes:
        """Return a range of blob ``index`` as it is stored, unchecked; ``path`` is the file to blame.

        Raises:
            CorruptObject: it is not all there.
        """
        key = self.manifest.blob(index).key
        data = self.backend.get_range(key, offset, length)
        self._require(key, length, None if data is None else len(data), path)
        assert data is not None
        return data

    def read_into(self, index: int, offset: int, view: memoryview, path: str) -> None:
        """Fill ``view`` with what is stored, up to the end of the blob; raises as `read`."""
        blob = self.manifest.blob(index)
        count = self.backend.read_into(blob.key, offset, view)
        self._require(blob.key, min(len(view), blob.size - offset), count, path)

    def check_leaves(self, index: int, offset: int, view: memoryview, path: str) -> None:
        """Check bytes of blob ``index`` that begin and end where leaves do.

        Raises:
            CorruptObject: they were changed.
        """
        leaves = self.leaves(index)
        for number in leaves.covering(offset, len(view)):
            low, high = leaves.starts[number] - offset, leaves.starts[number + 1] - offset
            if blake3(view[low:high]).digest() != leaves.digest(number):
                raise self.changed(self.manifest.blob(index).key, path)

    def again(self, read: Callable[[], T], index: int, offset: int, length: int) -> T:
        """Read, and once more where what was wrong came from a copy that the backend keeps nearer.

        Whole leaves around the range are forgotten.
        """
        try:
            return read()
        except CorruptObject:
            if not self.distrust(index, offset, length):
                raise
        return read()

    def changed(self, key: str, path: str) -> CorruptObject:
        """The error for bytes that do not match their hash."""
        where = self.backend.stored().local_path(key) or key
        return CorruptObject(
            f"'{path}' is damaged: the bytes of {where} were changed after they were logged;"
            " put that file back from a backup of the store",
            key=key,
            path=path,
        )

    def distrust(self, index: int, offset: int, length: int) -> bool:
        """Have nearer copies of a range forgotten, to the ends of its leaves; whether there were any."""
        blob = self.manifest.blob(index)
        start = max(offset - LEAF, 0)
        end = min(offset + length + LEAF, blob.size)
        return self.backend.distrust(blob.key, start, end - start)

    def _require(self, key: str, length: int, found: int | None, path: str) -> None:
        if found is None:
            raise CorruptObject(f"'{path}' is damaged: its blob {key} is missing from the store", key=key)
        if found != length:
            raise self.changed(key, path)


class FileReader:
    """Reads ranges of one file of a version."""

    def __init__(self, backend: Backend, manifest: Manifest, entry: FileEntry) -> None:
        self.entry = entry
        self._blobs = BlobReader(backend, manifest)
        self._manifest = manifest

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
            return self._small()[offset : offset + length]
        parts = []
        start = 0
        for extent in self.entry.extents:
            low, high = max(offset, start), min(offset + length, start + extent.length)
            if low < high:
                parts.append(self._leafwise(extent.blob, extent.offset + low - start, high - low))
            start += extent.length
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_into(self, offset: int, view: memoryview) -> int:
        """Fill ``view`` with the file's bytes from ``offset``; return their number. Raises as `read`."""
        view = view[: max(self.entry.size - offset, 0)]
        if self.entry.size < LEAF:
            view[:] = self._small()[offset : offset + len(view)]
            return len(view)
        start = 0
        for extent in self.entry.extents:
            low, high = max(offset, start), min(offset + len(view), start + extent.length)
            if low < high:
                part = view[low - offset : high - offset]
                self._leafwise_into(extent.blob, extent.offset + low - start, part)
            start += extent.length
        return len(view)

    def bring(self, offset: int, length: int) -> bool:
        """Have what is stored of a range kept near; return whether it is, see `Backend.bring`."""
        start = 0
        for extent in self.entry.extents:
            low, high = max(offset, start), min(offset + length, start + extent.length)
            key = self._manifest.blob(extent.blob).key
            if low < high and not self._blobs.backend.bring(key, extent.offset + low - start, high - low):
                return False
            start += extent.length
        return True

    def leave(self) -> None:
        """Nobody reads the file any more, see `Backend.leave`."""
        for index in {extent.blob for extent in self.entry.extents}:
            self._blobs.backend.leave(self._manifest.blob(index).key)

    def paths(self) -> list[tuple[Path, int, int]] | None:
        """Where the bytes lie on this machine, in order: file, offset, length; None where they do not."""
        found = []
        for extent in self.entry.extents:
            path = self._blobs.backend.local_path(self._manifest.blob(extent.blob).key)
            if path is None:
                return None
            found.append((path, extent.offset, extent.length))
        return found

    def _leafwise_into(self, index: int, offset: int, view: memoryview) -> None:
        """Fill ``view`` in place where it begins and ends as leaves do."""
        leaves = self._blobs.leaves(index)
        covering = leaves.covering(offset, len(view))
        if (leaves.starts[covering.start], leaves.starts[covering.stop]) != (offset, offset + len(view)):
            view[:] = self._leafwise(index, offset, len(view))
            return

        def read() -> None:
            self._blobs.read_into(index, offset, view, self.entry.path)
            self._blobs.check_leaves(index, offset, view, self.entry.path)

        self._blobs.again(read, index, offset, len(view))

    def _small(self) -> bytes:
        try:
            return self._small_once()
        except CorruptObject:
            # All of them are forgotten, not the first.
            if not sum(self._blobs.distrust(e.blob, e.offset, e.length) for e in self.entry.extents):
                raise
        return self._small_once()

    def _small_once(self) -> bytes:
        parts = [self._blobs.read(e.blob, e.offset, e.length, self.entry.path) for e in self.entry.extents]
        data = b"".join(parts)
        if blake3(data).digest() != self.entry.digest:
            raise self._blobs.changed(self._manifest.blob(self.entry.extents[0].blob).key, self.entry.path)
        return data

    def _leafwise(self, index: int, offset: int, length: int) -> bytes:
        """Read a range of blob ``index``, widened to whole leaves, each checked."""
        leaves = self._blobs.leaves(index)
        covering = leaves.covering(offset, length)
        start, end = leaves.starts[covering.start], leaves.starts[covering.stop]

        def read() -> bytes:
            data = self._blobs.read(index, start, end - start, self.entry.path)
            self._blobs.check_leaves(index, start, memoryview(data), self.entry.path)
            return data

        data = self._blobs.again(read, index, offset, length)
        return data if len(data) == length else data[offset - start : offset - start + length]


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
