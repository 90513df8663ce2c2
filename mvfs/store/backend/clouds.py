"""Objects in a cloud's bucket, by way of the fsspec driver of that cloud.

A `Driver` knows a cloud's single requests, sends each once and raises `Refused` for whatever is no yes; the
eight verbs, the second tries and the meaning of refusals are here. docs/design/007-other-clouds.md.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from mvfs.errors import CorruptObject, Unavailable
from mvfs.store.backend.answers import TAKEN, Refused, explain, is_missing
from mvfs.store.backend.base import Backend, Body, Data, FileBody, ObjectInfo, whole
from mvfs.store.backend.driver import Driver, Found, Page, Upload
from mvfs.store.sharing import share_out

T = TypeVar("T")

PART = 16 << 20
"""Bytes of each part of a large object; more where there would be too many parts."""

_MAX_PARTS = 10_000
_TRIES = 4
_UNDECIDED_TRIES = 8


class CloudBackend(Backend):
    """``scheme://bucket/prefix``. Usable after a fork: each process has a driver of its own."""

    is_far = True
    streams = 8

    def __init__(self, url: str, driver: Callable[[str], Driver]) -> None:
        self.location = url.rstrip("/")
        self._bucket, _, prefix = self.location.partition("://")[2].partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._make_driver = driver
        self._driver: Driver | None = None
        self._connecting = threading.Lock()
        _alive.add(self)

    def head(self, key: str) -> ObjectInfo | None:
        found = self._look(key)
        return None if found is None else ObjectInfo(key, found.size, found.modified)

    def get(self, key: str, limit: int) -> bytes | None:
        data = self.get_range(key, 0, limit + 1)
        if data is not None and len(data) > limit:
            raise CorruptObject(f"{self.location}/{key} is larger than the {limit} bytes allowed", key=key)
        return data

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        if length <= 0:
            return None if self.head(key) is None else b""
        data: bytes | None = self._again(lambda: self._read(key, offset, length), "read", key, may_miss=True)
        return data

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        start, last = self._prefix + after if after else "", ""
        token: str | None = None
        while True:
            page: Page = self._again(partial(self._page, prefix, start, token), "list", prefix)
            token = page.more
            for name, found in page.items:
                if name <= last:
                    raise Unavailable(
                        f"{self.location} lists its objects in another order than that of their names;"
                        " an account with a hierarchical namespace cannot hold a store"
                    )
                last = name
                if name.startswith(self._prefix + prefix) and name > start:
                    yield ObjectInfo(name.removeprefix(self._prefix), found.size, found.modified)
            if token is None:
                return

    def put(self, key: str, data: Data) -> None:
        if isinstance(data, Path):
            with open(data, "rb") as file:
                self.put(key, FileBody(file.fileno()))
            return
        if isinstance(data, Body) and data.size > PART:
            self._put_parts(key, data)
            return
        body = whole(data)
        self._again(lambda: self._run(lambda it: it.write(self._prefix + key, body)), "write", key)

    def create(self, key: str, data: bytes) -> bool:
        return self._put_if(key, data, absent=True)

    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        if old is None:
            return self.create(key, data)
        found = self._look(key)  # before the bytes are read: whatever changes them meanwhile changes the tag
        if found is None or self.get(key, max(len(old), len(data)) + 1) != old:
            return False
        return self._put_if(key, data, tag=found.tag)

    def delete(self, key: str) -> None:
        self._again(lambda: self._run(lambda it: it.remove(self._prefix + key)), "delete", key, may_miss=True)

    def _look(self, key: str) -> Found | None:
        found: Found | None = self._again(
            lambda: self._run(lambda it: it.stat(self._prefix + key)), "look up", key, may_miss=True
        )
        return found

    def _put_if(self, key: str, data: bytes, *, absent: bool = False, tag: str | None = None) -> bool:
        """Write an object in one request under a condition; False where the condition does not hold."""
        for attempt in range(_UNDECIDED_TRIES):
            try:
                self._run(lambda it: it.write(self._prefix + key, bytes(data), absent=absent, tag=tag))
            except Refused as exc:
                if exc.status == 412 or exc.code == TAKEN or (tag is not None and is_missing(exc)):
                    return False
                if absent and exc.status == 403 and self._look(key) is not None:
                    return False  # so it is put to who may create, but never overwrite
                if exc.status not in (409, 429):
                    raise explain(exc, f"cannot write {key} to {self.location}") from exc
                time.sleep(0.02 * 2**attempt * (0.5 + os.urandom(1)[0] / 255))  # nothing was decided
            else:
                return True
        raise Unavailable(f"cannot write {key} to {self.location}: it is always busy with other writers")

    def _put_parts(self, key: str, data: Body) -> None:
        size = data.size
        part = max(PART, -(-size // _MAX_PARTS))
        upload: Upload = self._again(
            lambda: self._run(lambda it: it.begin(self._prefix + key, size)), "write", key
        )

        def send(number: int) -> None:
            space = bytearray(min(part, size - number * part))
            data.read_into(number * part, memoryview(space))
            body = bytes(space)
            self._again(lambda: self._run(lambda _: upload.send(number, number * part, body)), "write", key)

        share_out(range(-(-size // part)), lambda: send, upload.at_once)
        self._again(lambda: self._run(lambda _: upload.finish()), "write", key)
        found = self.head(key)
        if found is None or found.size != size:
            raise Unavailable(f"cannot write {key} to {self.location}: the parts do not add up")

    def _read(self, key: str, offset: int, length: int) -> bytes:
        try:
            return self._run(lambda it: it.read(self._prefix + key, offset, length))
        except Refused as exc:
            if exc.status == 416:  # it ends before that
                return b""
            raise

    def _page(self, prefix: str, start: str, token: str | None) -> Page:
        return self._run(lambda it: it.page(self._prefix + prefix, start, token))

    def _again(self, act: Callable[[], T], what: str, key: str, *, may_miss: bool = False) -> Any:
        """Do what may be done twice until it works; with ``may_miss``, None where there is no object."""
        for attempt in range(_TRIES):
            try:
                return act()
            except Refused as exc:
                if may_miss and is_missing(exc):
                    return None
                error = explain(exc, f"cannot {what} {key} in {self.location}")
                if attempt == _TRIES - 1 or error.kind != "unavailable":
                    raise error from exc
            time.sleep(0.1 * 2**attempt * (0.5 + os.urandom(1)[0] / 255))
        raise AssertionError("unreachable")

    def _run(self, request: Callable[[Driver], Coroutine[Any, Any, T]]) -> T:
        from fsspec.asyn import sync  # takes long to import

        driver = self._connected()
        return sync(driver.loop, lambda: request(driver))  # type: ignore[no-any-return]

    def _connected(self) -> Driver:
        with self._connecting:
            if self._driver is None:
                self._driver = self._make_driver(self._bucket)
            return self._driver

    def forked(self) -> None:
        """Begin anew in a child process, and touch nothing of the parent's."""
        self._connecting = threading.Lock()
        if self._driver is not None:
            import ctypes

            # Kept for ever, even at exit: to close its sockets would make the parent deaf on them.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._driver))
            self._driver.abandon()
            self._driver = None


_alive: weakref.WeakSet[CloudBackend] = weakref.WeakSet()


def _forked() -> None:
    for backend in list(_alive):
        backend.forked()


os.register_at_fork(after_in_child=_forked)
