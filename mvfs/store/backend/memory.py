"""Objects in a dictionary: for tests, and the reference for what the verbs mean."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from mvfs.errors import CorruptObject
from mvfs.store.backend.base import Backend, Data, ObjectInfo, whole


class MemoryBackend(Backend):
    """Lives as long as the object does."""

    def __init__(self) -> None:
        self.location = f"memory:{id(self):x}"
        self._objects: dict[str, tuple[bytes, int]] = {}
        self._lock = threading.Lock()

    def head(self, key: str) -> ObjectInfo | None:
        found = self._objects.get(key)
        return None if found is None else ObjectInfo(key, len(found[0]), found[1])

    def get(self, key: str, limit: int) -> bytes | None:
        found = self._objects.get(key)
        if found is None:
            return None
        if len(found[0]) > limit:
            raise CorruptObject(f"{key} is {len(found[0])} bytes; at most {limit} are allowed", key=key)
        return found[0]

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        found = self._objects.get(key)
        return None if found is None else found[0][offset : offset + length]

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        with self._lock:
            keys = sorted(key for key in self._objects if key.startswith(prefix) and key > after)
        for key in keys:
            info = self.head(key)
            if info is not None:
                yield info

    def put(self, key: str, data: Data) -> None:
        body = whole(data)
        with self._lock:
            self._objects[key] = (body, time.time_ns())

    def create(self, key: str, data: bytes) -> bool:
        with self._lock:
            if key in self._objects:
                return False
            self._objects[key] = (bytes(data), time.time_ns())
            return True

    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        with self._lock:
            found = self._objects.get(key)
            if (found[0] if found else None) != old:
                return False
            self._objects[key] = (bytes(data), time.time_ns())
            return True

    def delete(self, key: str) -> None:
        with self._lock:
            self._objects.pop(key, None)
