"""Objects in a bucket, with each request made once and each answer looked at.

A `Service` sends; here it is decided what an answer means, and what may be tried again: everything but
conditional writes. Those are always one request, never multipart, so no server can drop the condition on the
way, and one that breaks off leaves it open what happened: whoever must know reads back
(`mvfs.store.journal`). docs/design/005-object-stores.md, 007-other-clouds.md.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from mvfs.errors import CorruptObject, MvfsError, Unavailable
from mvfs.store.backend.answers import TAKEN, Refused, explain
from mvfs.store.backend.base import Backend, Body, BytesBody, Data, FileBody, ObjectInfo, whole
from mvfs.store.backend.connection import Connection
from mvfs.store.backend.service import Found, Parts, Service
from mvfs.store.sharing import share_out

T = TypeVar("T")

PART = 16 << 20
"""Bytes of each part of a large object; twice as many, or more, where there would be too many parts.

Always whole multiples: Google takes no others than of 256 KiB.
"""

_MAX_PARTS = 10_000
_TRIES = 4
_TRIES_SLOW = 2
"""Of what may be done twice; fewer where each try waited for a time-out, for somebody waits with it."""

_UNDECIDED_TRIES = 8
_UNDECIDED = (409, 429)


class ObjectBackend(Backend):
    """``scheme://bucket/prefix``. Usable after a fork: each process has connections of its own."""

    is_far = True

    def __init__(self, url: str, connect: Callable[[str], Service], streams: int) -> None:
        self.location = url.rstrip("/")
        bucket, _, prefix = self.location.partition("://")[2].partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._connection = Connection(lambda: connect(bucket))
        self.streams = streams

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
        return self._read(key, lambda it: it.fetch(self._prefix + key, offset, length), b"")

    def read_into(self, key: str, offset: int, view: memoryview) -> int | None:
        if not view:
            return None if self.head(key) is None else 0
        return self._read(key, lambda it: it.read_into(self._prefix + key, offset, view), 0)

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        below, start, last = self._prefix + prefix, self._prefix + after if after else "", ""
        token: str | None = None
        while True:
            page = self._again(lambda it: it.page(below, start, token), "list", prefix)  # noqa: B023
            for name, found in page.items:
                if name <= last:
                    raise Unavailable(
                        f"{self.location} lists its objects in another order than that of their names;"
                        " a directory bucket or an account with a hierarchical namespace cannot hold a store"
                    )
                last = name
                if name.startswith(below) and name > start:
                    yield ObjectInfo(name.removeprefix(self._prefix), found.size, found.modified)
            token = page.more
            if token is None:
                return

    def put(self, key: str, data: Data) -> None:
        if isinstance(data, Path):
            with open(data, "rb") as file:
                self.put(key, FileBody(file.fileno()))
            return
        source = data if isinstance(data, Body) else BytesBody(data)
        if source.size > PART:
            self._put_parts(key, source)
        else:
            body = whole(data)
            self._again(lambda it: it.put(self._prefix + key, body), "write", key)

    def create(self, key: str, data: bytes) -> bool:
        return self._put_if(key, data, None)

    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        if old is None:
            return self.create(key, data)
        found = self._look(key)  # before the bytes are read: whatever changes them meanwhile changes the tag
        if found is None or self.get(key, max(len(old), len(data)) + 1) != old:
            return False
        return any(self._put_if(key, data, tag) for tag in self._spellings(key, found))

    def delete(self, key: str) -> None:
        self._find(lambda it: it.delete(self._prefix + key), "delete", key)

    def end_uploads(self, prefix: str, is_over: Callable[[str, int], bool]) -> None:
        below = self._prefix + prefix
        for upload in self._again(lambda it: [*it.unfinished(below)], "list uploads to", prefix):
            if is_over(upload.key.removeprefix(self._prefix), upload.begun):
                with contextlib.suppress(Refused):  # then the bucket's life cycle rules must
                    self._connection.service().end(upload.key, upload.id)

    def _look(self, key: str) -> Found | None:
        return self._find(lambda it: it.head(self._prefix + key), "look up", key)

    def _read(self, key: str, read: Callable[[Service], T], nothing: T) -> T | None:
        """Read a range; ``nothing`` where the object ends before it, None where there is no object."""

        def act(service: Service) -> T:
            try:
                return read(service)
            except Refused as exc:
                if exc.status == 416:
                    return nothing
                raise

        return self._find(act, "read", key)

    def _spellings(self, key: str, found: Found) -> Iterator[str]:
        """Yield the ways to write the tag of an object, for as long as it has it."""
        for number, tag in enumerate(self._connection.service().spellings(found.tag)):
            if number and ((now := self._look(key)) is None or now.tag != found.tag):
                return
            yield tag

    def _put_if(self, key: str, data: bytes, tag: str | None) -> bool:
        """Write an object in one request while it has a tag, or (None) is not there; False otherwise."""
        for attempt in range(_UNDECIDED_TRIES):
            try:
                self._connection.service().put(self._prefix + key, data, absent=tag is None, tag=tag)
            except Refused as exc:
                if exc.status == 412 or exc.code == TAKEN or (tag is not None and exc.is_missing):
                    return False
                if tag is None and exc.status == 403 and self._is_taken(key):
                    return False
                if exc.status not in _UNDECIDED:
                    raise explain(exc, f"cannot write {key} to {self.location}") from exc
                _pause(0.02 * 2**attempt)
            else:
                return True
        raise Unavailable(f"cannot write {key} to {self.location}: it is always busy with other writers")

    def _is_taken(self, key: str) -> bool:
        """Whether a create was forbidden because it would have overwritten something."""
        return self._connection.service().forbids_what_is_taken and self._look(key) is not None

    def _put_parts(self, key: str, data: Body) -> None:
        size = data.size
        part = PART * -(-size // (PART * _MAX_PARTS))
        count = -(-size // part)
        parts = self._again(lambda it: it.begin(self._prefix + key, size), "write", key)

        def make_worker() -> Callable[[int], None]:
            space = memoryview(bytearray(part))

            def send(number: int) -> None:
                body = space[: min(part, size - number * part)]
                data.read_into(number * part, body)
                self._again(lambda _: parts.send(number, number * part, body), "write", key)

            return send

        try:
            share_out(range(count), make_worker, min(parts.at_once, count))
            self._finish(key, parts, size)
        except BaseException:
            with contextlib.suppress(Refused):  # then the bucket's life cycle rules must
                parts.end()
            raise

    def _finish(self, key: str, parts: Parts, size: int) -> None:
        """Make an object of its parts, and see that it is there: the answer itself may be lost."""
        trouble: MvfsError | None = None
        try:
            self._again(lambda _: parts.finish(), "write", key)
        except MvfsError as exc:
            trouble = exc
        found = self.head(key)
        if found is None or found.size != size:
            raise trouble or Unavailable(f"cannot write {key} to {self.location}: the parts do not add up")

    def _find(self, act: Callable[[Service], T], what: str, key: str) -> T | None:
        """As `_again`, but None where there is no object."""

        def find(service: Service) -> T | None:
            try:
                return act(service)
            except Refused as exc:
                if exc.is_missing:
                    return None
                raise

        return self._again(find, what, key)

    def _again(self, act: Callable[[Service], T], what: str, key: str) -> T:
        """Do what may be done twice until it works."""
        for attempt in range(_TRIES):
            try:
                return act(self._connection.service())
            except Refused as exc:
                error = explain(exc, f"cannot {what} {key} in {self.location}")
                tries = _TRIES_SLOW if exc.was_slow else _TRIES
                if attempt >= tries - 1 or error.kind != "unavailable":
                    raise error from exc
            _pause(0.1 * 2**attempt)
        raise AssertionError("unreachable")


def _pause(seconds: float) -> None:
    """Wait about so long, and never as long as the others do."""
    time.sleep(seconds * (0.5 + os.urandom(1)[0] / 255))
