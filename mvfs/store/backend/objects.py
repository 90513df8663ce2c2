"""Objects in a bucket that speaks S3, with each request made once and each answer looked at.

`s3_service` sends; here it is decided what an answer means, and what may be tried again: everything but
conditional writes. Those are always one request, never multipart, so no server can drop the condition on the
way, and one that breaks off leaves it open what happened: whoever must know reads back
(`mvfs.store.journal`). docs/design/005-object-stores.md.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mvfs.errors import CorruptObject, MvfsError, Unavailable
from mvfs.store.backend import uploads
from mvfs.store.backend.base import Backend, Body, Data, FileBody, ObjectInfo, whole
from mvfs.store.backend.s3_access import Account, explain, is_missing, status_of
from mvfs.store.backend.s3_service import Head, S3Service
from mvfs.store.sharing import share_out

T = TypeVar("T")

PART = 16 << 20
"""Bytes of each part of a multipart upload; more where there would be too many parts."""

_UPLOADS = 8
"""Parts of one file under way at once."""

_MAX_PARTS = 10_000
_TRIES = 4
_CONFLICT_TRIES = 8


class ObjectBackend(Backend):
    """``s3://bucket/prefix``. Usable after a fork: each process has connections of its own."""

    streams = 16

    is_far = True

    def __init__(self, url: str) -> None:
        self.location = url.rstrip("/")
        self._bucket, _, prefix = self.location.partition("://")[2].partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._owner = 0
        self._service: S3Service | None = None
        self._connecting = threading.Lock()

    def head(self, key: str) -> ObjectInfo | None:
        found = self._head(key)
        return found and ObjectInfo(key, found.size, found.modified)

    def get(self, key: str, limit: int) -> bytes | None:
        data = self.get_range(key, 0, limit + 1)
        if data is not None and len(data) > limit:
            raise CorruptObject(f"{self.location}/{key} is larger than the {limit} bytes allowed", key=key)
        return data

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        if length <= 0:
            return None if self.head(key) is None else b""
        data: bytes | None = self._read(key, lambda s3: s3.fetch(self._prefix + key, offset, length), b"")
        return data

    def read_into(self, key: str, offset: int, view: memoryview) -> int | None:
        if not view:
            return None if self.head(key) is None else 0
        count: int | None = self._read(key, lambda s3: s3.read_into(self._prefix + key, offset, view), 0)
        return count

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        start = self._prefix + after if after else ""
        token = None
        while True:
            page = self._again(
                lambda: self._connected().page(self._prefix + prefix, start, token),  # noqa: B023
                "list",
                prefix,
            )
            for key, found in page.objects:
                yield ObjectInfo(key.removeprefix(self._prefix), found.size, found.modified)
            token = page.token
            if token is None:
                return

    def put(self, key: str, data: Data) -> None:
        if isinstance(data, Path):
            with open(data, "rb") as file:
                self.put(key, FileBody(file.fileno()))
        elif isinstance(data, Body) and data.size > PART:
            self._put_parts(key, data)
        else:
            body = whole(data) if isinstance(data, Body) else data
            self._again(lambda: self._connected().put(self._prefix + key, body), "write", key)

    def create(self, key: str, data: bytes) -> bool:
        return self._put_if(key, data, {"If-None-Match": "*"})

    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        if old is None:
            return self.create(key, data)
        found = self._head(key)
        if found is None or self.get(key, max(len(old), len(data)) + 1) != old:
            return False
        # Some servers compare the tag as it comes in the header, others without its quotes.
        for tag in (found.tag, found.tag.strip('"')):
            if self._put_if(key, data, {"If-Match": tag}):
                return True
            now = self._head(key)
            if now is None or now.tag != found.tag:
                return False
        return False

    def delete(self, key: str) -> None:
        self._again(lambda: self._connected().delete(self._prefix + key), "delete", key, may_miss=True)

    def end_uploads(self, prefix: str, is_over: Callable[[str, int], bool]) -> None:
        def page(**request: Any) -> Any:
            return self._again(lambda: self._connected().uploads(**request), "list uploads to", prefix)

        for upload in [*uploads.find(page, self._prefix + prefix)]:
            key = upload.key.removeprefix(self._prefix)
            if is_over(key, upload.begun):
                self._abort(key, upload.id)

    def _head(self, key: str) -> Head | None:
        found: Head | None = self._again(
            lambda: self._connected().head(self._prefix + key), "look up", key, may_miss=True
        )
        return found

    def _read(self, key: str, read: Callable[[S3Service], T], nothing: T) -> Any:
        """Read a range; ``nothing`` where the object ends before it, None where there is no object."""

        def act() -> T:
            try:
                return read(self._connected())
            except Exception as exc:
                if status_of(exc) == 416:
                    return nothing
                raise

        return self._again(act, "read", key, may_miss=True)

    def _put_if(self, key: str, data: bytes, condition: dict[str, str]) -> bool:
        """Write an object in one request under a condition; False where the condition does not hold."""
        for attempt in range(_CONFLICT_TRIES):
            try:
                self._connected().put(self._prefix + key, data, condition)
            except Exception as exc:
                if status_of(exc) == 412:
                    return False
                if status_of(exc) == 404 and "If-Match" in condition:
                    return False
                if status_of(exc) != 409:
                    raise explain(exc, f"cannot write {key} to {self.location}") from exc
                time.sleep(0.02 * 2**attempt * (0.5 + os.urandom(1)[0] / 255))  # nothing was decided
            else:
                return True
        raise Unavailable(f"cannot write {key} to {self.location}: it is always busy with other writers")

    def _put_parts(self, key: str, data: Body) -> None:
        size = data.size
        part = max(PART, -(-size // _MAX_PARTS))
        upload = self._again(lambda: self._connected().begin_upload(self._prefix + key), "write", key)
        try:
            tags = [""] * -(-size // part)

            def make_worker() -> Callable[[int], None]:
                space = memoryview(bytearray(part))

                def send(number: int) -> None:
                    body = space[: min(part, size - number * part)]
                    data.read_into(number * part, body)
                    tags[number] = self._again(
                        lambda: self._connected().put_part(self._prefix + key, upload, number + 1, body),
                        "write",
                        key,
                    )

                return send

            share_out(range(len(tags)), make_worker, min(_UPLOADS, len(tags)))
            self._complete(key, upload, tags, size)
        except BaseException:
            self._abort(key, upload)
            raise

    def _complete(self, key: str, upload: str, tags: Sequence[str], size: int) -> None:
        """Make an object of its parts, and see that it is there: the answer itself may be lost."""
        trouble: MvfsError | None = None
        try:
            self._again(
                lambda: self._connected().finish_upload(self._prefix + key, upload, tags), "write", key
            )
        except MvfsError as exc:
            trouble = exc
        found = self.head(key)
        if found is None or found.size != size:
            raise trouble or Unavailable(f"cannot write {key} to {self.location}: the parts do not add up")

    def _abort(self, key: str, upload: str) -> None:
        """Give the space of an upload back; where that fails, the bucket's life cycle rules must."""
        try:
            self._connected().abort_upload(self._prefix + key, upload)
        except Exception as exc:
            if not isinstance(explain(exc, ""), MvfsError):
                raise

    def _again(self, act: Callable[[], T], what: str, key: str, *, may_miss: bool = False) -> Any:
        """Do what may be done twice until it works; with ``may_miss``, None where there is no object."""
        for attempt in range(_TRIES):
            try:
                return act()
            except Exception as exc:
                if may_miss and is_missing(exc):
                    return None
                error = explain(exc, f"cannot {what} {key} in {self.location}")
                if attempt == _TRIES - 1 or error.kind != "unavailable":
                    raise error from exc
            time.sleep(0.1 * 2**attempt * (0.5 + os.urandom(1)[0] / 255))
        raise AssertionError("unreachable")

    def _connected(self) -> S3Service:
        with self._connecting:
            if self._service is None or self._owner != os.getpid():
                self._service, self._owner = _connect(self._bucket), os.getpid()
            return self._service


def _connect(bucket: str) -> S3Service:
    """Reach a bucket directly; by s3fs where a proxy is in between, or ``$MVFS_S3_CLIENT`` is ``s3fs``."""
    account = Account()
    if os.environ.get("MVFS_S3_CLIENT") != "s3fs":
        from mvfs.store.backend.s3_direct import DirectS3  # each takes a while to import

        direct = DirectS3(account, bucket)
        if not _is_behind_proxy(direct.scheme, direct.host):
            return direct
    from mvfs.store.backend.s3_library import LibraryS3

    return LibraryS3(account, bucket)


def _is_behind_proxy(scheme: str, host: str) -> bool:
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    return bool(proxies.keys() & {scheme, "all"}) and not proxy_bypass(host)
