"""Fails at once for a moment, after a far store did not answer: one wait for a time-out is enough."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from time import monotonic

from mvfs.errors import ErrorKind, Unavailable
from mvfs.store.backend.base import Backend, Data, ObjectInfo
from mvfs.store.backend.wrapper import Wrapper

PAUSE = 3.0
"""Seconds without a request after one was not answered; then one is tried, for all."""


class BreakerBackend(Wrapper):
    """Passes operations on to ``inner``, but for `PAUSE` seconds after it was out of reach.

    Conditional writes are always sent: what came of the last one must be found out, not guessed.
    """

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._lock = threading.Lock()
        self._trouble: Unavailable | None = None
        self._until = 0.0

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        with self._lock:
            if self._trouble is not None:
                if monotonic() < self._until:
                    raise Unavailable(self._trouble.message, **self._trouble.fields)
                self._until = monotonic() + PAUSE  # this one finds out for all
        try:
            yield
        except Unavailable as exc:
            if exc.kind == ErrorKind.UNAVAILABLE:
                with self._lock:
                    self._trouble, self._until = exc, monotonic() + PAUSE
            raise
        self._trouble = None

    def head(self, key: str) -> ObjectInfo | None:
        with self._asking():
            return self.inner.head(key)

    def get(self, key: str, limit: int) -> bytes | None:
        with self._asking():
            return self.inner.get(key, limit)

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        with self._asking():
            return self.inner.get_range(key, offset, length)

    def read_into(self, key: str, offset: int, view: memoryview) -> int | None:
        with self._asking():
            return self.inner.read_into(key, offset, view)

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        found: Iterator[ObjectInfo] | None = None
        while True:
            with self._asking():
                found = self.inner.list(prefix, after) if found is None else found
                info = next(found, None)
            if info is None:
                return
            yield info

    def put(self, key: str, data: Data) -> None:
        with self._asking():
            self.inner.put(key, data)

    def delete(self, key: str) -> None:
        with self._asking():
            self.inner.delete(key)

    def end_uploads(self, prefix: str, is_over: Callable[[str, int], bool]) -> None:
        with self._asking():
            self.inner.end_uploads(prefix, is_over)
