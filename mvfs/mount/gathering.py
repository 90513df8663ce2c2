"""Sees to it that a file which is read in earnest can be passed through the next time.

The kernel takes over only what is one file on this machine. So once a third of a file was read, the rest
of it is fetched, where the store is far, and its pieces are put together, where it has several; then all of
it is verified. A far file that everybody closed before that is left as it is.
"""

from __future__ import annotations

import logging
import queue
import threading

from mvfs import settings, text
from mvfs.cache.assembly import Assembly
from mvfs.errors import MvfsError
from mvfs.mount.blobs import OpenBlob, open_blob
from mvfs.mount.files import File
from mvfs.mount.opened import OpenedFile
from mvfs.mount.verifier import Verifier
from mvfs.store.reading import FileReader, Reader

log = logging.getLogger("mvfs.mount")

LEAST = 4 << 20
"""Bytes of a file that is worth it; a smaller one is read by then."""

_STEP = 32 << 20
"""Bytes that are fetched before it is seen again whether the file is still open."""


class Gatherer:
    """One thread, started when there is work."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._assembly = Assembly() if settings.is_cache_on() else None
        self._jobs: queue.SimpleQueue[tuple[OpenedFile, File, FileReader]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def whole(self, node: File, reader: Reader) -> OpenBlob | None:
        """Open the file of this machine that is this file, where there is one; its bytes are not checked."""
        backend = node.home.project.backend
        size, digest = reader.entry.size, reader.entry.digest
        key = reader.whole_blob()
        if key is not None:
            path = backend.local_path(key)
            is_copy = backend.stored() is not backend
            return open_blob(path, size, digest, hold=is_copy) if path is not None else None
        if self._assembly is None or not isinstance(reader, FileReader) or size < LEAST:
            return None
        try:
            path = self._assembly.find(reader)
        except OSError:
            return None
        return open_blob(path, size, digest, hold=True) if path is not None else None

    def leave(self, reader: Reader) -> None:
        """Nobody has the file open any more: no more of it is fetched ahead.

        But of a small one it is, for the next ones of its pack may be read in a moment.
        """
        if reader.entry.size >= LEAST and isinstance(reader, FileReader):
            reader.leave()

    def verify(self, node: File, reader: Reader) -> None:
        """Have that file verified some time soon; where it is a copy and wrong, it is forgotten."""
        self._verifier.add(
            node.key, reader.entry.path, lambda: self.whole(node, reader), lambda: self._forget(node, reader)
        )

    def _forget(self, node: File, reader: Reader) -> bool:
        key = reader.whole_blob()
        if key is not None:
            return node.home.project.backend.distrust(key, 0, reader.entry.size)
        if self._assembly is not None and isinstance(reader, FileReader):
            self._assembly.forget(reader)
        return True

    def add(self, opened: OpenedFile, node: File) -> None:
        """Gather a file some time soon."""
        reader = opened.reader
        is_whole = reader.whole_blob() is not None
        if not isinstance(reader, FileReader) or (is_whole and not node.home.project.backend.is_far):
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gatherer", daemon=True)
                self._thread.start()
        self._jobs.put((opened, node, reader))

    def _run(self) -> None:
        while True:
            opened, node, reader = self._jobs.get()
            try:
                if self._gather(opened, node, reader):
                    self.verify(node, reader)
            except (MvfsError, OSError) as exc:
                log.warning("cannot gather '%s': %s", text.line(reader.entry.path), text.line(str(exc)))

    def _gather(self, opened: OpenedFile, node: File, reader: FileReader) -> bool:
        """Have all of a file on this machine; return whether it is."""
        backend, key = node.home.project.backend, reader.whole_blob()

        def go_on() -> bool:
            return opened.opens > 0 or not backend.is_far

        if backend.is_far and self._assembly is not None and self._assembly.has_room(reader.entry.size):
            for offset in range(0, reader.entry.size, _STEP):
                if not go_on() or not reader.bring(offset, _STEP):
                    break
        if key is not None:
            return backend.local_path(key) is not None
        if self._assembly is None or not go_on() or not self._assembly.has_room(reader.entry.size):
            return False
        return self._assembly.make(reader, go_on)
