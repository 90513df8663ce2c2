"""Turns source files into blobs and a manifest: each byte is read once, hashed and written in one pass.

Files below 1 MiB share packs, a larger one becomes one blob. What the base version already holds is
not stored again. Nothing here touches the journal.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3
from msgspec.structs import replace

from mvfs.errors import MvfsError, SourceChanged
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.backend.local import explain
from mvfs.store.hashing import LEAF, Hashed, Progress, hash_file
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob, Extent, FileEntry
from mvfs.store.manifest.writer import Packed, pack
from mvfs.store.sources import SourceFile
from mvfs.store.trust import Stamps

PACK_SIZE = 64 << 20
"""Bytes after which a pack is closed."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """A version whose objects are all stored and durable, but which no journal entry names yet."""

    packed: Packed
    manifest_key: str
    new_bytes: int
    """Bytes of blobs written; the rest was there before."""
    written: tuple[str, ...]
    """Keys of all objects that were written for it."""
    borrowed: str | None
    """Key of the manifest whose blobs it shares; an entry needs a live version that has it."""


class Ingest:
    """Collects files of one future version; use as a context that discards what is not finished."""

    def __init__(
        self,
        backend: Backend,
        project_id: str,
        stamps: Stamps,
        base: Manifest | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._backend = backend
        self._project_id = project_id
        self._stamps = stamps
        self._base = base
        self._known = {entry.digest: entry for entry in base.entries()} if base else {}
        self._based: dict[int, int] = {}
        self._sound: dict[int, bool] = {}
        self._progress = progress
        self._files: list[FileEntry] = []
        self._first: dict[bytes, int] = {}
        self._repeats: dict[int, int] = {}
        self._blobs: list[Blob] = []
        self._written: list[str] = []
        self._new_bytes = 0
        self._pack = bytearray()
        self._in_pack: list[int] = []

    def add(self, source: SourceFile) -> None:
        """Read one file; files come in the order of their paths.

        Raises:
            SourceChanged: it changed while it was read.
            NoSpace, NoPermission, Unavailable: it cannot be read or stored.
        """
        try:
            fd = os.open(source.file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as exc:
            raise explain(exc, f"cannot read '{source.file}'") from exc
        try:
            before = os.fstat(fd)
            if before.st_size < LEAF:
                self._add_small(source, fd, before.st_size)
            else:
                self._add_large(source, fd, before.st_size)
            if _identity(os.fstat(fd)) != _identity(before):
                raise SourceChanged(
                    f"'{source.file}' changed while it was read; log it again when it is whole"
                )
        except EOFError as exc:
            raise SourceChanged(f"'{source.file}' shrank while it was read") from exc
        except OSError as exc:
            raise explain(exc, f"cannot log '{source.file}'") from exc
        finally:
            os.close(fd)

    def finish(self) -> Ingested:
        """Store what is pending, then the manifest; after this all objects are durable."""
        self._close_pack()
        for index, first in self._repeats.items():
            self._files[index] = replace(self._files[index], extents=self._files[first].extents)
        packed = pack(self._files, self._blobs)
        key = keys.manifest(self._project_id, packed.digest)
        self._written.append(key)
        self._backend.put(key, packed.data)
        self._stamp()
        borrowed = self._base.key if self._base is not None and self._based else None
        return Ingested(packed, key, self._new_bytes, tuple(self._written), borrowed)

    def discard(self) -> None:
        """Remove everything stored so far; only for a version that no entry can name."""
        for key in self._written:
            with contextlib.suppress(MvfsError):
                self._backend.delete(key)
        self._written.clear()

    def _add_small(self, source: SourceFile, fd: int, size: int) -> None:
        data = os.pread(fd, size + 1, 0)
        if len(data) != size:
            raise SourceChanged(f"'{source.file}' changed while it was read; log it again when it is whole")
        if self._progress is not None:
            self._progress(size)
        digest = blake3(data).digest()
        if self._reuse(source, size, digest):
            return
        extents = (Extent(-1, len(self._pack), size),) if size else ()
        if size:
            self._in_pack.append(len(self._files))
            self._pack += data
        self._files.append(FileEntry(source.path, size, digest, source.executable, extents))
        if len(self._pack) >= PACK_SIZE:
            self._close_pack()

    def _close_pack(self) -> None:
        if not self._pack:
            return
        digest = blake3(self._pack).digest()
        self._store(bytes(self._pack), Blob("", len(self._pack), digest))
        for index in self._in_pack:
            file = self._files[index]
            extent = replace(file.extents[0], blob=len(self._blobs) - 1)
            self._files[index] = replace(file, extents=(extent,))
        self._pack.clear()
        self._in_pack.clear()

    def _add_large(self, source: SourceFile, fd: int, size: int) -> None:
        staging = self._backend.staging()
        if staging is None:
            hashed = hash_file(fd, size, progress=self._progress)
            staged = source.file
        else:
            staged = staging / os.urandom(8).hex()
            hashed = self._copy(fd, size, staged)
        if self._reuse(source, size, hashed.digest):
            if staging is not None:
                staged.unlink()
            return
        self._store(staged, Blob("", size, hashed.digest, hashed.leaves))
        extent = Extent(len(self._blobs) - 1, 0, size)
        self._files.append(FileEntry(source.path, size, hashed.digest, source.executable, (extent,)))

    def _copy(self, fd: int, size: int, staged: Path) -> Hashed:
        target = os.open(staged, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        try:
            return hash_file(fd, size, target, self._progress)
        except BaseException:
            staged.unlink()
            raise
        finally:
            os.close(target)

    def _store(self, data: bytes | Path, blob: Blob) -> None:
        key = keys.blob(self._project_id, blob.digest)
        self._written.append(key)
        self._backend.put(key, data)
        self._blobs.append(replace(blob, key=key))
        self._new_bytes += blob.size

    def _reuse(self, source: SourceFile, size: int, digest: bytes) -> bool:
        """Take the file from this version or the base version if it is there."""
        first = self._first.setdefault(digest, len(self._files))
        if first < len(self._files):
            self._repeats[len(self._files)] = first
            self._files.append(FileEntry(source.path, size, digest, source.executable, ()))
            return True
        known = self._known.get(digest)
        if known is None or not all(self._is_sound(extent.blob) for extent in known.extents):
            return False
        extents = tuple(replace(extent, blob=self._from_base(extent.blob)) for extent in known.extents)
        self._files.append(FileEntry(source.path, size, digest, source.executable, extents))
        return True

    def _is_sound(self, index: int) -> bool:
        """Whether a blob of the base version is whole; damage must not spread to who has the bytes.

        A local blob is believed if its trust stamp fits, and read through once if not.
        """
        assert self._base is not None
        if index not in self._sound:
            self._sound[index] = _holds(self._backend, self._base.blob(index), self._stamps)
        return self._sound[index]

    def _from_base(self, index: int) -> int:
        assert self._base is not None
        if index not in self._based:
            blob = self._base.blob(index)
            self._based[index] = len(self._blobs)
            self._blobs.append(replace(blob, leaves=self._base.leaves_or_none(index)))
        return self._based[index]

    def _stamp(self) -> None:
        seen = []
        for blob in self._blobs:
            path = self._backend.local_path(blob.key)
            if path is not None and blob.key in self._written:
                with contextlib.suppress(OSError):
                    seen.append((os.stat(path), blob.digest))
        self._stamps.record(seen)


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
    finally:
        os.close(fd)


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
