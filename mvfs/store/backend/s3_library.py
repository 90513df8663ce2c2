"""S3 by way of s3fs: for places that `s3_direct` cannot reach, such as those behind a proxy.

What the library does for convenience is switched off: its retries, its listing caches, its multipart uploads
for conditional writes (some servers drop the condition).
"""

from __future__ import annotations

from typing import Any

from mvfs.store.backend.library import Library
from mvfs.store.backend.s3_access import Account, refusals
from mvfs.store.backend.s3_service import S3Service


class LibraryS3(S3Service):
    """A bucket reached through an event loop of fsspec's."""

    def __init__(self, account: Account, bucket: str) -> None:
        """Connect.

        Raises:
            Unavailable: the client would drop the condition of a conditional write.
        """
        self._fs = account.file_system()
        self._library = Library(self._fs)
        self._bucket = bucket

    def ask(self, operation: str, **words: Any) -> Any:
        with refusals():
            return self._library.run(self._send(operation, **words))

    def fetch(self, key: str, offset: int, length: int) -> bytes:
        async def fetch() -> bytes:
            answer = await self._send("get_object", Key=key, Range=f"bytes={offset}-{offset + length - 1}")
            try:
                body: bytes = await answer["Body"].read()
            finally:
                answer["Body"].close()
            is_whole = "ContentRange" not in answer  # a server that ignores ranges sends everything
            return body[offset : offset + length] if is_whole else body[:length]

        with refusals():
            return self._library.run(fetch())

    def abandon(self) -> None:
        self._library.abandon()

    async def _send(self, operation: str, **words: Any) -> Any:
        return await self._fs._call_s3(operation, Bucket=self._bucket, **words)  # noqa: SLF001
