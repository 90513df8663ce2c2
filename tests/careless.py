"""Places that are no good for several writers, each in its own way."""

from __future__ import annotations

from collections.abc import Iterator

from mvfs.errors import NoPermission, Unavailable
from mvfs.store.backend.base import ObjectInfo
from mvfs.store.backend.memory import MemoryBackend


class Careless(MemoryBackend):
    """Knows no conditions: every create is a write."""

    def create(self, key: str, data: bytes) -> bool:
        self.put(key, data)
        return True


class EmptyBodies(MemoryBackend):
    """Forgets the condition where nothing is written, as some clients do."""

    def create(self, key: str, data: bytes) -> bool:
        if data:
            return super().create(key, data)
        self.put(key, data)
        return True


class LargeBodies(MemoryBackend):
    """Forgets the condition where much is written, as multipart uploads do on some servers."""

    def create(self, key: str, data: bytes) -> bool:
        if len(data) < 65536:
            return super().create(key, data)
        self.put(key, data)
        return True


class EmptyObjects(MemoryBackend):
    """Takes an empty object for none."""

    def create(self, key: str, data: bytes) -> bool:
        found = self.get(key, 1 << 20)
        if found == b"":
            self.delete(key)
        return super().create(key, data)


class Overwriting(MemoryBackend):
    """Says no, and writes all the same."""

    def create(self, key: str, data: bytes) -> bool:
        won = super().create(key, data)
        self.put(key, data)
        return won


class Unable(MemoryBackend):
    """Answers conditional writes with an error, as Swift does."""

    def create(self, key: str, data: bytes) -> bool:
        raise Unavailable(f"cannot write {key} to {self.location}: the server answers 501 NotImplemented")


class Unlinkable(MemoryBackend):
    """A file system without hard links."""

    def create(self, key: str, data: bytes) -> bool:
        raise NoPermission(f"cannot write {key} in store {self.location}: operation not permitted")


class Hiding(MemoryBackend):
    """Does not list what was just written."""

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        return iter(())


class AppendOnly(MemoryBackend):
    """Deletes nothing."""

    def delete(self, key: str) -> None:
        raise NoPermission(f"cannot delete {key} in {self.location}: AccessDenied")


class ReadOnly(AppendOnly):
    """Takes nothing."""

    def put(self, key: str, data: object) -> None:
        raise NoPermission(f"cannot write {key} to {self.location}: AccessDenied")

    def create(self, key: str, data: bytes) -> bool:
        raise NoPermission(f"cannot write {key} to {self.location}: AccessDenied")
