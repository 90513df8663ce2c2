"""Objects in a bucket that speaks S3, by way of s3fs, with each request made once and each answer looked at.

What libraries do for convenience is switched off: their retries, their listing caches, their multipart
uploads for conditional writes (some servers drop the condition). One thing is left: the HTTP client sends a
request again when a connection that it used before breaks. So a create may be refused because of itself, and
whoever must know reads back (`mvfs.store.journal`). docs/design/005-object-stores.md.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from mvfs.errors import CorruptObject, MvfsError, Unavailable
from mvfs.store.backend.base import Backend, ObjectInfo
from mvfs.store.backend.s3_access import connect, explain, is_missing, status_of

T = TypeVar("T")

PART = 16 << 20
"""Bytes of each part of a multipart upload; more where there would be too many parts."""

_UPLOADS = 4
"""Parts of one file under way at once."""

_MAX_PARTS = 10_000
_TRIES = 4
_CONFLICT_TRIES = 8


class ObjectBackend(Backend):
    """``s3://bucket/prefix``. Usable after a fork: each process has a connection of its own."""

    is_far = True

    def __init__(self, url: str) -> None:
        self.location = url.rstrip("/")
        self._bucket, _, prefix = self.location.partition("://")[2].partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._owner = 0
        self._fs: Any = None
        self._connecting = threading.Lock()

    def head(self, key: str) -> ObjectInfo | None:
        found = self._again(lambda: self._call("head_object", key), "look up", key, may_miss=True)
        return found and ObjectInfo(key, found["ContentLength"], _nanoseconds(found["LastModified"]))

    def get(self, key: str, limit: int) -> bytes | None:
        data = self.get_range(key, 0, limit + 1)
        if data is not None and len(data) > limit:
            raise CorruptObject(f"{self.location}/{key} is larger than the {limit} bytes allowed", key=key)
        return data

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        if length <= 0:
            return None if self.head(key) is None else b""
        data: bytes | None = self._again(lambda: self._fetch(key, offset, length), "read", key, may_miss=True)
        return data

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        request: dict[str, Any] = {"Prefix": self._prefix + prefix}
        if after:
            request["StartAfter"] = self._prefix + after
        while True:
            page = self._again(lambda: self._call("list_objects_v2", None, **request), "list", prefix)
            for found in page.get("Contents", ()):
                key = found["Key"].removeprefix(self._prefix)
                yield ObjectInfo(key, found["Size"], _nanoseconds(found["LastModified"]))
            if not page.get("IsTruncated"):
                return
            request["ContinuationToken"] = page["NextContinuationToken"]

    def put(self, key: str, data: bytes | bytearray | Path) -> None:
        if isinstance(data, Path) and data.stat().st_size > PART:
            self._put_parts(key, data)
            return
        body = data.read_bytes() if isinstance(data, Path) else bytes(data)
        self._again(lambda: self._call("put_object", key, Body=body), "write", key)

    def create(self, key: str, data: bytes) -> bool:
        return self._put_if(key, data, IfNoneMatch="*")

    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        if old is None:
            return self.create(key, data)
        found = self._again(lambda: self._call("head_object", key), "look up", key, may_miss=True)
        if found is None or self.get(key, max(len(old), len(data)) + 1) != old:
            return False
        # Some servers compare the tag as it comes in the header, others without its quotes.
        for tag in (found["ETag"], found["ETag"].strip('"')):
            if self._put_if(key, data, IfMatch=tag):
                return True
            now = self._again(lambda: self._call("head_object", key), "look up", key, may_miss=True)
            if now is None or now["ETag"] != found["ETag"]:
                return False
        return False

    def delete(self, key: str) -> None:
        self._again(lambda: self._call("delete_object", key), "delete", key, may_miss=True)

    def _put_if(self, key: str, data: bytes, **condition: str) -> bool:
        """Write an object in one request under a condition; False where the condition does not hold."""
        for attempt in range(_CONFLICT_TRIES):
            try:
                self._call("put_object", key, Body=bytes(data), **condition)
            except Exception as exc:
                if status_of(exc) == 412:
                    return False
                if status_of(exc) == 404 and "IfMatch" in condition:
                    return False
                if status_of(exc) != 409:
                    raise explain(exc, f"cannot write {key} to {self.location}") from exc
                time.sleep(0.02 * 2**attempt * (0.5 + os.urandom(1)[0] / 255))  # nothing was decided
            else:
                return True
        raise Unavailable(f"cannot write {key} to {self.location}: it is always busy with other writers")

    def _put_parts(self, key: str, source: Path) -> None:
        size = source.stat().st_size
        part = max(PART, -(-size // _MAX_PARTS))
        upload = self._again(lambda: self._call("create_multipart_upload", key), "write", key)["UploadId"]
        try:
            with open(source, "rb") as file, ThreadPoolExecutor(_UPLOADS) as pool:
                fd = file.fileno()

                def send(number: int) -> dict[str, Any]:
                    body = os.pread(fd, part, number * part)
                    sent = self._again(
                        lambda: self._call(
                            "upload_part", key, UploadId=upload, PartNumber=number + 1, Body=body
                        ),
                        "write",
                        key,
                    )
                    return {"PartNumber": number + 1, "ETag": sent["ETag"]}

                parts = list(pool.map(send, range(-(-size // part))))
            self._complete(key, upload, parts, size)
        except BaseException:
            self._abort(key, upload)
            raise

    def _complete(self, key: str, upload: str, parts: Sequence[dict[str, Any]], size: int) -> None:
        """Make an object of its parts, and see that it is there: the answer itself may be lost."""
        trouble: MvfsError | None = None
        try:
            self._again(
                lambda: self._call(
                    "complete_multipart_upload", key, UploadId=upload, MultipartUpload={"Parts": parts}
                ),
                "write",
                key,
            )
        except MvfsError as exc:
            trouble = exc
        found = self.head(key)
        if found is None or found.size != size:
            raise trouble or Unavailable(f"cannot write {key} to {self.location}: the parts do not add up")

    def _abort(self, key: str, upload: str) -> None:
        """Give the space of an upload back; where that fails, the bucket's life cycle rules must."""
        try:
            self._call("abort_multipart_upload", key, UploadId=upload)
        except Exception as exc:
            if not isinstance(explain(exc, ""), MvfsError):
                raise

    def _fetch(self, key: str, offset: int, length: int) -> bytes:
        async def fetch() -> bytes:
            answer = await self._request("get_object", key, Range=f"bytes={offset}-{offset + length - 1}")
            try:
                body: bytes = await answer["Body"].read()
            finally:
                answer["Body"].close()
            is_whole = "ContentRange" not in answer  # a server that ignores ranges sends everything
            return body[offset : offset + length] if is_whole else body[:length]

        try:
            return self._wait(fetch())
        except Exception as exc:
            if status_of(exc) == 416:  # it ends before that
                return b""
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

    def _call(self, method: str, key: str | None, **arguments: Any) -> Any:
        return self._wait(self._request(method, key, **arguments))

    async def _request(self, method: str, key: str | None, **arguments: Any) -> Any:
        if key is not None:
            arguments["Key"] = self._prefix + key
        return await self._connected()._call_s3(method, Bucket=self._bucket, **arguments)  # noqa: SLF001

    def _wait(self, task: Coroutine[Any, Any, T]) -> T:
        from fsspec.asyn import sync  # s3fs takes half a second to import

        return sync(self._connected().loop, lambda: task)  # type: ignore[no-any-return]

    def _connected(self) -> Any:
        with self._connecting:
            if self._owner != os.getpid():
                self._fs, self._owner = connect(), os.getpid()
            return self._fs


def _nanoseconds(when: Any) -> int:
    return int(when.timestamp() * 1e9)
