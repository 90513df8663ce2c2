"""Copies many files of a version out, with several spans on their way at once.

Every byte is verified in memory before it is written; a file appears under its name only when all of it is
there. Memory is bounded by the number of workers, whatever the files.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from blake3 import blake3

from mvfs.store.backend.base import Backend
from mvfs.store.backend.local import explain
from mvfs.store.leaves import LEAF
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import FileEntry
from mvfs.store.pipeline import Progress
from mvfs.store.positioned import write_at
from mvfs.store.reading import BlobReader
from mvfs.store.sharing import share_out
from mvfs.store.spans import SPAN, Piece, Span, spans
from mvfs.store.target import page_aligned

_ALIGNED = 64 << 10
"""Reads begin and end at multiples of it: a cache keeps such units, and sees where the blob ends."""

_ROOM = SPAN + 2 * LEAF + 2 * _ALIGNED


class Transfer:
    """One copy of files of one version to places on this machine."""

    def __init__(
        self,
        backend: Backend,
        manifest: Manifest,
        files: Sequence[tuple[FileEntry, Path]],
        progress: Progress | None = None,
    ) -> None:
        """Take plain files (`spans.is_plain`) and where they go."""
        self._blobs = BlobReader(backend, manifest)
        self._files = files
        self._progress = progress
        self._outputs = [_Output(entry, target) for entry, target in files]
        self._lock = threading.Lock()

    def run(self) -> None:
        """Copy; on failure nothing unfinished is left.

        Raises:
            CorruptObject: bytes are missing or changed.
            NoSpace, NoPermission, Unavailable: a file cannot be read or written.
        """
        try:
            for output in self._outputs:
                if not output.entry.size:
                    output.finish()
            todo = spans(self._blobs, [entry for entry, _ in self._files])
            share_out(todo, self._worker, self._blobs.backend.streams)
        finally:
            for output in self._outputs:
                output.discard()

    def _worker(self) -> Callable[[Span], None]:
        return partial(self._copy, page_aligned(_ROOM))

    def _copy(self, space: memoryview, span: Span) -> None:
        start = span.offset // _ALIGNED * _ALIGNED
        end = -(-(span.offset + span.length) // _ALIGNED) * _ALIGNED
        path = self._files[span.pieces[0].file][0].path
        view = space[: end - start]

        def read() -> memoryview:
            self._blobs.read_into(span.blob, start, view, path)
            found = view[span.offset - start : span.offset - start + span.length]
            self._check(span, found)
            return found

        found = self._blobs.again(read, span.blob, span.offset, span.length)
        for piece in span.pieces:
            low = piece.offset - span.offset
            self._outputs[piece.file].write(piece, found[low : low + piece.length])
            if self._progress is not None:
                with self._lock:
                    self._progress(piece.length)

    def _check(self, span: Span, found: memoryview) -> None:
        if span.has_leaves:
            self._blobs.check_leaves(span.blob, span.offset, found, self._files[span.pieces[0].file][0].path)
            return
        for piece in span.pieces:
            entry = self._files[piece.file][0]
            low = piece.offset - span.offset
            if blake3(found[low : low + piece.length]).digest() != entry.digest:
                raise self._blobs.changed(self._blobs.manifest.blob(span.blob).key, entry.path)


class _Output:
    """A file on its way to its name."""

    def __init__(self, entry: FileEntry, target: Path) -> None:
        self.entry = entry
        self._target = target
        self._partial = target.with_name(f".{target.name[:200]}.mvfs-{os.getpid()}")
        self._left = entry.size
        self._fd = -1
        self._is_there = False
        self._lock = threading.Lock()

    def write(self, piece: Piece, view: memoryview) -> None:
        """Write bytes that were verified; the last ones make the file appear."""
        with self._lock, self._explained():
            if self._fd < 0:
                self._open()
        with self._explained():
            write_at(self._fd, view, piece.at)
        with self._lock:
            self._left -= len(view)
            if not self._left:
                self.finish()

    def finish(self) -> None:
        """Give the file its name."""
        with self._explained():
            if self._fd < 0:
                self._open()
            fd, self._fd = self._fd, -1
            os.close(fd)
            os.rename(self._partial, self._target)
            self._is_there = True

    def discard(self) -> None:
        """Remove what is not finished."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        if not self._is_there:
            with contextlib.suppress(OSError):
                self._partial.unlink()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise explain(exc, f"cannot write '{self._target}'") from exc

    def _open(self) -> None:
        mode = 0o777 if self.entry.executable else 0o666
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        self._fd = os.open(self._partial, flags, mode)
