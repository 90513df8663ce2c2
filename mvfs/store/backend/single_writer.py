"""A place without conditional writes, for one writer at a time.

What others do in one request is done here in several, under a lock that is only manners (`writer_lock`). As
long as one process writes, nothing that is there is ever overwritten; if two do at the same moment, one may
overwrite what the other was told is safe. docs/FORMAT.md, "One writer".
"""

from __future__ import annotations

import threading

from mvfs import notices
from mvfs.store.backend.base import Backend, Data
from mvfs.store.backend.wrapper import Wrapper
from mvfs.store.backend.writer_lock import WriterLock


class SingleWriterBackend(Wrapper):
    """Looks before it writes. Says once, before the first write, what that is worth."""

    def __init__(self, inner: Backend, *, tells: bool = True) -> None:
        super().__init__(inner)
        self._lock = WriterLock(inner)
        self._mutex = threading.Lock()
        self._has_told = not tells

    def create(self, key: str, data: bytes) -> bool:
        self._tell()
        if self.inner.head(key) is not None:
            return False  # known without the lock
        with self._mutex, self._lock.held():
            if self.inner.head(key) is not None:
                return False
            self.inner.put(key, data)
            return self._is(key, data)

    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        if old is None:
            return self.create(key, data)
        self._tell()
        with self._mutex, self._lock.held():
            if not self._is(key, old):
                return False
            self.inner.put(key, data)
            return self._is(key, data)

    def _is(self, key: str, data: bytes) -> bool:
        """Whether an object holds exactly ``data``."""
        return self.inner.get_range(key, 0, len(data) + 1) == data

    def _tell(self) -> None:
        if not self._has_told:
            self._has_told = True
            notices.tell(
                f"{self.location} has one writer at a time: it cannot keep a second one out, and if two write"
                " at once, a version that was logged may be lost"
            )

    def put(self, key: str, data: Data) -> None:
        self._tell()
        self.inner.put(key, data)

    def stored(self) -> Backend:
        stored = self.inner.stored()
        return self if stored is self.inner else SingleWriterBackend(stored)
