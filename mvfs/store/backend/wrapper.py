"""A backend around another one. Whoever changes something about it overrides that, and only that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from mvfs.store.backend.base import Backend, Data, ObjectInfo


class Wrapper(Backend):
    """Passes everything on to ``inner``."""

    def __init__(self, inner: Backend) -> None:
        self.inner = inner
        self.location = inner.location
        self.streams = inner.streams
        self.is_far = inner.is_far

    def head(self, key: str) -> ObjectInfo | None:
        return self.inner.head(key)

    def get(self, key: str, limit: int) -> bytes | None:
        return self.inner.get(key, limit)

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        return self.inner.get_range(key, offset, length)

    def read_into(self, key: str, offset: int, view: memoryview) -> int | None:
        return self.inner.read_into(key, offset, view)

    def bring(self, key: str, offset: int, length: int) -> bool:
        return self.inner.bring(key, offset, length)

    def leave(self, key: str) -> None:
        self.inner.leave(key)

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        return self.inner.list(prefix, after)

    def put(self, key: str, data: Data) -> None:
        self.inner.put(key, data)

    def create(self, key: str, data: bytes) -> bool:
        return self.inner.create(key, data)

    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        return self.inner.replace(key, data, old)

    def delete(self, key: str) -> None:
        self.inner.delete(key)

    def staging(self) -> Path | None:
        return self.inner.staging()

    def turn(self, folder: str) -> AbstractContextManager[None]:
        return self.inner.turn(folder)

    def local_path(self, key: str) -> Path | None:
        return self.inner.local_path(key)

    def distrust(self, key: str, offset: int, length: int) -> bool:
        return self.inner.distrust(key, offset, length)

    def leftovers(self) -> tuple[ObjectInfo, ...]:
        return self.inner.leftovers()

    def end_uploads(self, prefix: str, is_over: Callable[[str, int], bool]) -> None:
        self.inner.end_uploads(prefix, is_over)
