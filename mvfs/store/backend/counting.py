"""Counts what a far store would be asked for: for tests and benchmarks, over any backend."""

from __future__ import annotations

from collections.abc import Iterator

from mvfs.store.backend.base import Backend, Data, ObjectInfo
from mvfs.store.backend.wrapper import Wrapper

PAGE = 1000
"""Keys that one request lists, as in S3."""


class CountingBackend(Wrapper):
    """Passes operations on to ``inner``, which is treated as if it were far away."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self.is_far = True
        self.requests: list[str] = []
        """Verb and key of each request; of a listing, its prefix."""

    def head(self, key: str) -> ObjectInfo | None:
        self.requests.append(f"head {key}")
        return self.inner.head(key)

    def get(self, key: str, limit: int) -> bytes | None:
        self.requests.append(f"get {key}")
        return self.inner.get(key, limit)

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        self.requests.append(f"get {key}")
        return self.inner.get_range(key, offset, length)

    def read_into(self, key: str, offset: int, view: memoryview) -> int | None:
        self.requests.append(f"get {key}")
        return self.inner.read_into(key, offset, view)

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        self.requests.append(f"list {prefix}")
        for number, info in enumerate(self.inner.list(prefix, after)):
            if number and number % PAGE == 0:
                self.requests.append(f"list {prefix}")
            yield info

    def put(self, key: str, data: Data) -> None:
        self.requests.append(f"put {key}")
        self.inner.put(key, data)

    def create(self, key: str, data: bytes) -> bool:
        self.requests.append(f"create {key}")
        return self.inner.create(key, data)

    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        self.requests += [f"get {key}", f"put {key}"]
        return self.inner.replace(key, data, old)

    def delete(self, key: str) -> None:
        self.requests.append(f"delete {key}")
        self.inner.delete(key)
