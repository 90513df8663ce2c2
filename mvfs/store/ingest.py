"""Turns source files into blobs and a manifest: each byte is read once, hashed and written in one pass.

Files below 1 MiB share packs; of a larger one, what is not stored yet becomes one blob. Nothing here
touches the journal.
"""

from __future__ import annotations

import contextlib
import os
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from mvfs.errors import MvfsError, SourceChanged
from mvfs.references.record import check_reference
from mvfs.store import keys, reflink
from mvfs.store.backend.base import Backend, Data
from mvfs.store.backend.local import explain
from mvfs.store.cutting.content_defined import content_defined
from mvfs.store.cutting.leaves import leaf_lengths
from mvfs.store.cutting.recognition import tensors_of
from mvfs.store.cutting.tensors import Tensor
from mvfs.store.deduplication import Deduplicator, keep_only_new
from mvfs.store.hashing import hash_file, reference_digest
from mvfs.store.intents import Intent
from mvfs.store.known import Known
from mvfs.store.leaves import LEAF, Leaves
from mvfs.store.manifest.builder import ManifestBuilder
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import Blob
from mvfs.store.manifest.tensors import with_digests
from mvfs.store.manifest.writer import Packed
from mvfs.store.moving import Moving
from mvfs.store.packing import Pack
from mvfs.store.pipeline import Progress
from mvfs.store.sources import SourceFile
from mvfs.store.staging import Staging
from mvfs.store.target import Target
from mvfs.store.trust import Stamps, is_settled
from mvfs.store.upload import Upload


@dataclass(frozen=True, slots=True)
class Ingested:
    """A version whose objects are all stored and durable, but which no journal entry names yet."""

    packed: Packed
    manifest_key: str
    new_bytes: int
    """Bytes of blobs written; the rest was there before."""
    own: frozenset[str]
    """Keys of all objects that were written for it, now or by an operation that was cut off."""
    borrowed: str | None
    """Key of the manifest whose blobs it shares; an entry needs a live version that has it."""
    moved: tuple[Moving, ...]
    """Sources that may be replaced by a link to their blob once the entry is there."""


class Ingest:
    """Collects files of one future version; whoever gives up calls `discard`."""

    def __init__(
        self,
        backend: Backend,
        project_id: str,
        stamps: Stamps,
        base: Manifest | None = None,
        progress: Progress | None = None,
        *,
        intent: Intent | None = None,
        leftovers: Sequence[Intent] = (),
        by_content: bool = False,
        move: bool = False,
    ) -> None:
        """Take what to build on: the manifest of an older version, and what cut-off operations stored.

        ``by_content`` cuts large files that are no models where their content says; ``move`` takes large
        files in without a copy.
        """
        self._backend = backend
        self._project_id = project_id
        self._stamps = stamps
        self._base = base
        self._known = Known(backend, stamps, base)
        self._progress = progress
        self._intent = intent
        self._by_content, self._move = by_content, move
        self._left = {blob.key: blob for one in leftovers for blob in one.blobs}
        for blob in self._left.values():
            self._known.add(blob)
        self._manifest = ManifestBuilder()
        self._kept: dict[int, Blob] = {}
        self._written: list[str] = []
        self._moving: list[Moving] = []
        self._new_bytes = 0
        self._may_clone = True
        self._pack = Pack()
        self._seen: list[tuple[os.stat_result, bytes]] = []
        self._staging = Staging(backend)

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
            digest = self._stamps.digest(before) if self._base is not None else None
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

    def refer(self, source: SourceFile) -> None:
        """Take in one file by reference; its bytes, too, where the version before has them in the store.

        Raises:
            InvalidInput: the reference cannot be kept.
        """
        reference = source.reference
        assert reference is not None
        check_reference(reference)
        identity = reference_digest(reference)
        known = self._known.file(identity)
        if known is None:
            self._manifest.add(source, reference.size, identity, ())
        else:
            self._manifest.add(source, reference.size, known.digest, known.parts, known.tensors)

    def keep(self, number: int) -> None:
        """Take in file ``number`` of the manifest to build on as it is stored there, unread."""
        base = self._base
        assert base is not None
        entry = base.entry(number)
        for e in entry.extents:
            if e.blob not in self._kept:
                self._kept[e.blob] = base.blob(e.blob, base.leaves_or_none(e.blob))
        parts = [(self._kept[e.blob], e.offset, e.length) for e in entry.extents]
        source = SourceFile(entry.path, "", entry.size, entry.executable, reference=entry.reference)
        self._manifest.add(source, entry.size, entry.digest, parts, base.tensors(number))

    def finish(self) -> Ingested:
        """Store what is pending, then the manifest; after this all objects are durable."""
        self._close_pack()
        packed = self._manifest.build()
        key = keys.manifest(self._project_id, packed.digest)
        self._written.append(key)
        self._backend.put(key, packed.data)
        self._stamp()
        self._staging.close()
        used = {blob.key for blob in self._manifest.blobs}
        own = {*self._written, *(self._left.keys() & used)}
        base = None if self._base is None or own.issuperset(used) else self._base.key
        moved = tuple(one for one in self._moving if one.key is not None)
        return Ingested(packed, key, self._new_bytes, frozenset(own), base, moved)

    def abandon(self) -> None:
        """Leave what is stored to whoever goes on; give back what was moved."""
        for one in self._moving:
            one.give_back()
        self._staging.close()

    def discard(self) -> None:
        """Remove everything stored so far; only for a version that no entry can name."""
        self.abandon()
        for key in self._written:
            with contextlib.suppress(MvfsError):
                self._backend.delete(key)
        self._written.clear()

    def _read(self, source: SourceFile, fd: int, before: os.stat_result) -> bytes:
        """Store a file's bytes and return their hash."""
        store = self._store_small if before.st_size < LEAF else self._store_large
        digest = store(source, fd, before)
        if _identity(os.fstat(fd), moved=self._move) != _identity(before, moved=self._move):
            raise SourceChanged(f"'{source.file}' changed while it was read; log it again when it is whole")
        return digest

    def _store_small(self, source: SourceFile, fd: int, before: os.stat_result) -> bytes:
        size = before.st_size
        data = os.pread(fd, size + 1, 0)
        if len(data) != size:
            raise SourceChanged(f"'{source.file}' changed while it was read; log it again when it is whole")
        digest = blake3(data).digest()
        if self._reuse(source, size, digest):
            return digest
        if self._progress is not None:
            self._progress(size)

        def read(offset: int, length: int) -> bytes:
            return data[offset : offset + length]

        tensors = with_digests(tensors_of(read, size), None, read)
        number = self._manifest.add(source, size, digest, (), tensors)
        if size:
            self._pack.add(number, data)
        if self._pack.is_full:
            self._close_pack()
        return digest

    def _close_pack(self) -> None:
        full, self._pack = self._pack, Pack()
        if not full.files:
            return
        data, digest = full.close()
        blob = next((blob for blob in self._left.values() if blob.digest == digest), None)
        if blob is None or not self._known.is_sound(blob):
            blob = self._put(data, Blob(keys.blob(self._project_id, digest), len(data), digest))
        for number, offset, length in full.files:
            self._manifest.place(number, (blob, offset, length))

    def _store_large(self, source: SourceFile, fd: int, before: os.stat_result) -> bytes:
        size = before.st_size

        def read(offset: int, length: int) -> bytes:
            return os.pread(fd, length, offset)

        tensors = tensors_of(read, size)
        by_content = self._by_content and not tensors
        lengths = content_defined(read, size) if by_content else leaf_lengths(size, tensors)
        if self._backend.staging() is None:
            return self._send_large(source, fd, size, lengths, tensors)
        staged = self._staging.new_path()
        may_move = self._move and not Path(source.file).is_symlink()
        move = Moving(source.file, before.st_mode & 0o7777) if may_move else None
        with contextlib.ExitStack() as stack:
            stack.callback(staged.unlink, missing_ok=True)
            whole = self._whole_copy(fd, staged, move)
            target = None
            if whole is not None:
                stack.callback(os.close, whole)
            else:
                target = Target(staged, size)
                stack.callback(target.close)
            new = Deduplicator(self._known, target)
            hashed = hash_file(fd if whole is None else whole, size, new, self._progress, lengths=lengths)
            new.finish()
            if whole is not None and 0 < new.stored < size:
                staged.unlink()
                keep_only_new(whole, new.parts, staged)
            parts = self._store_new(new, hashed.digest, lambda _: staged)
        self._manifest.add(source, size, hashed.digest, parts, with_digests(tensors, hashed.leaves, read))
        if move is not None:
            self._moving.append(move)
            blob, _, length = parts[0]
            move.key = blob.key if blob.size == length == size else None
            if move.key is None:
                move.give_back()
        return hashed.digest

    def _send_large(
        self, source: SourceFile, fd: int, size: int, lengths: array[int], tensors: Sequence[Tensor]
    ) -> bytes:
        """Store a file's bytes somewhere else: look at all of them first, then send what is new."""

        def read(offset: int, length: int) -> bytes:
            return os.pread(fd, length, offset)

        new = Deduplicator(self._known, None)
        hashed = hash_file(fd, size, new, lengths=lengths)
        new.finish()
        if self._progress is not None:
            self._progress(size - new.stored)
        runs, at = [], 0
        for part in new.parts:
            if part.blob is None:
                runs.append((at, part.length))
            at += part.length
        parts = self._store_new(
            new, hashed.digest, lambda leaves: Upload(fd, runs, leaves, source.file, self._progress)
        )
        self._manifest.add(source, size, hashed.digest, parts, with_digests(tensors, hashed.leaves, read))
        return hashed.digest

    def _whole_copy(self, source: int, staged: Path, move: Moving | None) -> int | None:
        """Have all of a file at ``staged`` at no cost, if that is possible; return its descriptor."""
        if move is not None and move.take_in(staged):
            return os.open(staged, os.O_RDONLY | os.O_CLOEXEC)
        if self._may_clone:
            fd = reflink.clone(source, staged)
            self._may_clone = fd is not None  # one file system or none at all: do not ask for each file
            return fd
        return None

    def _store_new(
        self, new: Deduplicator, whole: bytes, data: Callable[[Leaves], Data]
    ) -> list[tuple[Blob, int, int]]:
        """Store the new bytes of a file of hash ``whole``, and return where all of its bytes are."""
        stored: Blob | None = None
        if new.stored:
            digest = new.digest(whole)
            blob = new.new_blob(keys.blob(self._project_id, digest), digest)
            assert blob.leaves is not None
            stored = self._put(data(blob.leaves), blob)
            self._known.add(stored, sound=True)
        return [(part.blob or stored, part.offset, part.length) for part in new.parts]  # type: ignore[misc]

    def _put(self, data: Data, blob: Blob) -> Blob:
        self._written.append(blob.key)
        if self._intent is not None:
            self._intent.note(blob)
        self._backend.put(blob.key, data)
        self._new_bytes += blob.size
        return blob

    def _reuse(self, source: SourceFile, size: int, digest: bytes) -> bool:
        """Take a file from this version or the base version if it is there."""
        if not self._manifest.repeat(source, size, digest):
            known = self._known.file(digest)
            if known is None:
                return False
            self._manifest.add(source, size, digest, known.parts, known.tensors)
        if self._progress is not None:
            self._progress(size)
        return True

    def _stamp(self) -> None:
        """Remember what was read and what was written, so that neither need be read again to be known."""
        seen = self._seen
        for blob in self._manifest.blobs:
            path = self._backend.stored().local_path(blob.key) if blob.key in self._written else None
            if path is not None:
                seen.append((path.stat(), blob.digest))
        self._stamps.record(seen)


def _identity(found: os.stat_result, *, moved: bool) -> tuple[int, ...]:
    """What changes with a file's content; one that is being moved gets a link, and with it another ctime."""
    times = (found.st_mtime_ns,) if moved else (found.st_mtime_ns, found.st_ctime_ns)
    return (found.st_size, found.st_ino, *times)
