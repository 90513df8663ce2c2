"""S3 by way of s3fs: for places that `s3_direct` cannot reach, such as those behind a proxy.

What the library does for convenience is switched off: its retries, its listing caches, its multipart uploads
for conditional writes (some servers drop the condition).
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from mvfs.store.backend.s3_access import Account
from mvfs.store.backend.s3_service import Body, Head, Page, S3Service, nanoseconds, page_of

T = TypeVar("T")


class LibraryS3(S3Service):
    """A bucket reached through an event loop of fsspec's."""

    def __init__(self, account: Account, bucket: str) -> None:
        """Connect.

        Raises:
            Unavailable: the client would drop the condition of a conditional write.
        """
        self._fs = account.file_system()
        self._bucket = bucket

    def head(self, key: str) -> Head:
        found = self._call("head_object", key)
        return Head(found["ContentLength"], nanoseconds(found["LastModified"]), found["ETag"])

    def fetch(self, key: str, offset: int, length: int) -> bytes:
        async def fetch() -> bytes:
            answer = await self._request("get_object", key, Range=f"bytes={offset}-{offset + length - 1}")
            try:
                body: bytes = await answer["Body"].read()
            finally:
                answer["Body"].close()
            is_whole = "ContentRange" not in answer  # a server that ignores ranges sends everything
            return body[offset : offset + length] if is_whole else body[:length]

        return self._wait(fetch())

    def read_into(self, key: str, offset: int, view: memoryview) -> int:
        data = self.fetch(key, offset, len(view))
        view[: len(data)] = data
        return len(data)

    def put(self, key: str, body: Body, condition: Mapping[str, str] | None = None) -> None:
        words = {name.replace("-", ""): value for name, value in (condition or {}).items()}
        self._call("put_object", key, Body=bytes(body), **words)

    def delete(self, key: str) -> None:
        self._call("delete_object", key)

    def page(self, prefix: str, after: str, token: str | None) -> Page:
        more = {"ContinuationToken": token} if token else {"StartAfter": after} if after else {}
        return page_of(self._call("list_objects_v2", None, Prefix=prefix, **more))

    def begin_upload(self, key: str) -> str:
        return str(self._call("create_multipart_upload", key)["UploadId"])

    def put_part(self, key: str, upload: str, number: int, body: Body) -> str:
        sent = self._call("upload_part", key, UploadId=upload, PartNumber=number, Body=bytes(body))
        return str(sent["ETag"])

    def finish_upload(self, key: str, upload: str, tags: Sequence[str]) -> None:
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
        self._call("complete_multipart_upload", key, UploadId=upload, MultipartUpload={"Parts": parts})

    def uploads(self, **request: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._call("list_multipart_uploads", None, **request)
        return found

    def abort_upload(self, key: str, upload: str) -> None:
        self._call("abort_multipart_upload", key, UploadId=upload)

    def _call(self, method: str, key: str | None, **arguments: Any) -> Any:
        return self._wait(self._request(method, key, **arguments))

    async def _request(self, method: str, key: str | None, **arguments: Any) -> Any:
        if key is not None:
            arguments["Key"] = key
        return await self._fs._call_s3(method, Bucket=self._bucket, **arguments)  # noqa: SLF001

    def _wait(self, task: Coroutine[Any, Any, T]) -> T:
        from fsspec.asyn import sync

        return sync(self._fs.loop, lambda: task)  # type: ignore[no-any-return]
