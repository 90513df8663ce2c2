"""Turns source files into blobs and a manifest: each byte is read once, hashed and written in one pass.

Files below 1 MiB share packs; of a larger one, what is not stored yet becomes one blob. Nothing here
touches the journal.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3
from msgspec.structs import replace

from mvfs.errors import MvfsError, SourceChanged
from mvfs.store import keys, reflink
from mvfs.store.backend.base import Backend
from mvfs.store.backend.local import explain
from mvfs.store.deduplication import Deduplicator, Part
from mvfs.store.hashing import hash_file
from mvfs.store.known import Known
from mvfs.store.leaves import LEAF
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob, Extent, FileEntry
from mvfs.store.manifest.writer import Packed, pack
from mvfs.store.packing import Pack
from mvfs.store.pipeline import Progress
from mvfs.store.sources import SourceFile
from mvfs.store.trust import Stamps, is_settled


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
    """Collects files of one future version; whoever gives up calls `discard`."""

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
        self._known = Known(backend, stamps, base)
        self._progress = progress
        self._files: list[FileEntry] = []
        self._first: dict[bytes, int] = {}
        self._repeats: dict[int, int] = {}
        self._blobs: list[Blob] = []
        self._index: dict[str, int] = {}
        self._written: list[str] = []
        self._new_bytes = 0
        self._pack = Pack()
        self._seen: list[tuple[os.stat_result, bytes]] = []
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def add(self, source: SourceFile) -> None:
        """Take in one file; files come in the order of their paths.

        A file that is known by its stamp and stored already is not read.

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
            settled = is_settled(before)
            digest = self._stamps.digest(before)
            if digest is None or not self._reuse(source, before.st_size, digest):
                digest = self._read(source, fd, before)
                if settled:
                    self._seen.append((before, digest))
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
        self._clean_up()
        borrowed = self._base is not None and any(blob.key not in self._written for blob in self._blobs)
        base_key = self._base.key if self._base is not None and borrowed else None
        return Ingested(packed, key, self._new_bytes, tuple(self._written), base_key)

    def discard(self) -> None:
        """Remove everything stored so far; only for a version that no entry can name."""
        for key in self._written:
            with contextlib.suppress(MvfsError):
                self._backend.delete(key)
        self._written.clear()
        self._clean_up()

    def _read(self, source: SourceFile, fd: int, before: os.stat_result) -> bytes:
        """Store a file's bytes and return their hash."""
        store = self._store_small if before.st_size < LEAF else self._store_large
        digest = store(source, fd, before.st_size)
        if _identity(os.fstat(fd)) != _identity(before):
            raise SourceChanged(f"'{source.file}' changed while it was read; log it again when it is whole")
        return digest

    def _store_small(self, source: SourceFile, fd: int, size: int) -> bytes:
        data = os.pread(fd, size + 1, 0)
        if len(data) != size:
            raise SourceChanged(f"'{source.file}' changed while it was read; log it again when it is whole")
        digest = blake3(data).digest()
        if self._reuse(source, size, digest):
            return digest
        if self._progress is not None:
            self._progress(size)
        extents = (Extent(-1, self._pack.add(len(self._files), data), size),) if size else ()
        self._take(source, size, digest, extents)
        if self._pack.is_full:
            self._close_pack()
        return digest

    def _close_pack(self) -> None:
        full, self._pack = self._pack, Pack()
        if not full.files:
            return
        data, digest = full.close()
        number = self._number(self._put(data, Blob(keys.blob(self._project_id, digest), len(data), digest)))
        for index in full.files:
            file = self._files[index]
            self._files[index] = replace(file, extents=(replace(file.extents[0], blob=number),))

    def _store_large(self, source: SourceFile, fd: int, size: int) -> bytes:
        staged = self._staging() / os.urandom(8).hex()
        target = os.open(staged, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        try:
            cloned = reflink.clone(fd, target)
            new = Deduplicator(self._known, None if cloned else target, size)
            hashed = hash_file(target if cloned else fd, size, new, self._progress)
            new.finish()
            if cloned and new.stored != size:
                _keep_only(target, new.parts)
            if new.stored:
                digest = new.digest(hashed.digest)
                blob = self._put(staged, new.new_blob(keys.blob(self._project_id, digest), digest))
                self._known.add(blob, sound=True)
        finally:
            os.close(target)
            staged.unlink(missing_ok=True)
        extents = (Extent(self._number(part.blob or blob), part.offset, part.length) for part in new.parts)
        self._take(source, size, hashed.digest, tuple(extents))
        return hashed.digest

    def _put(self, data: bytes | Path, blob: Blob) -> Blob:
        self._written.append(blob.key)
        self._backend.put(blob.key, data)
        self._new_bytes += blob.size
        return blob

    def _number(self, blob: Blob) -> int:
        """The blob's place in the new manifest."""
        number = self._index.setdefault(blob.key, len(self._blobs))
        if number == len(self._blobs):
            self._blobs.append(blob)
        return number

    def _take(self, source: SourceFile, size: int, digest: bytes, extents: tuple[Extent, ...]) -> None:
        self._first.setdefault(digest, len(self._files))
        self._files.append(FileEntry(source.path, size, digest, source.executable, extents))

    def _reuse(self, source: SourceFile, size: int, digest: bytes) -> bool:
        """Take a file from this version or the base version if it is there."""
        first = self._first.get(digest)
        if first is not None:
            self._repeats[len(self._files)] = first
            self._take(source, size, digest, ())
        elif (known := self._known.file(digest)) is not None:
            entry, blob = known
            extents = (Extent(self._number(blob(e.blob)), e.offset, e.length) for e in entry.extents)
            self._take(source, size, digest, tuple(extents))
        else:
            return False
        if self._progress is not None:
            self._progress(size)
        return True

    def _staging(self) -> Path:
        """Where blobs are put together: in the store itself, if it can take files from there."""
        staging = self._backend.staging()
        if staging is not None:
            return staging
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="mvfs-")
        return Path(self._temporary.name)

    def _clean_up(self) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _stamp(self) -> None:
        """Remember what was read and what was written, so that neither need be read again to be known."""
        seen = self._seen
        for blob in self._blobs:
            path = self._backend.local_path(blob.key) if blob.key in self._written else None
            if path is not None:
                seen.append((path.stat(), blob.digest))
        self._stamps.record(seen)


def _keep_only(target: int, parts: list[Part]) -> None:
    """Reduce a copy of the whole file to the parts that are new, moved to where the new blob has them."""
    position = end = 0
    for part in parts:
        if part.blob is None:
            done = 0
            while done < part.length:  # never overlaps: bytes move towards the beginning, piece by piece
                view = os.pread(target, min(LEAF, part.length - done), position + done)
                done += os.pwrite(target, view, part.offset + done)
            end = part.offset + part.length
        position += part.length
    os.ftruncate(target, end)


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
