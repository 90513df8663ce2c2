"""Verifies whole blobs in the background, so that the next open may trust them."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Hashable
from typing import NamedTuple

from mvfs import text
from mvfs.errors import MvfsError
from mvfs.mount.blobs import OpenBlob
from mvfs.store.trust import Stamps

log = logging.getLogger("mvfs.mount")


class _Job(NamedTuple):
    key: Hashable
    file: str
    open_it: Callable[[], OpenBlob | None]
    forget: Callable[[], bool]


class Verifier:
    """One thread, started when there is work, that hashes blobs and stamps those that are right."""

    def __init__(self, stamps: Stamps) -> None:
        self._stamps = stamps
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting: set[Hashable] = set()
        self._thread: threading.Thread | None = None

    def add(
        self, key: Hashable, file: str, open_it: Callable[[], OpenBlob | None], forget: Callable[[], bool]
    ) -> None:
        """Have the blob of a file verified some time; one whose key waits already is not queued again.

        ``forget`` is called where it is wrong; it returns whether that was a copy, and is gone.
        """
        with self._lock:
            if key in self._waiting:
                return
            self._waiting.add(key)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="verifier", daemon=True)
                self._thread.start()
        self._jobs.put(_Job(key, file, open_it, forget))

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                self._verify(job)
            except (MvfsError, OSError) as exc:
                log.error("cannot verify '%s': %s", text.line(job.file), text.line(str(exc)))  # noqa: TRY400
            finally:
                with self._lock:
                    self._waiting.discard(job.key)

    def _verify(self, job: _Job) -> None:
        blob = job.open_it()
        if blob is None:
            return
        try:
            if blob.verify(self._stamps):
                return
            if job.forget():
                log.warning(
                    "the copy of '%s' on this machine was wrong; it is made anew", text.line(job.file)
                )
                return
            log.error(
                "'%s' is damaged: the bytes of %s were changed after they were logged; reads of what"
                " changed fail; put that file back from a backup of the store",
                text.line(job.file),
                text.line(str(blob.path)),
            )
        finally:
            blob.close()
