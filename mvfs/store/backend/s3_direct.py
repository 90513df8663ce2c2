"""S3 by plain HTTP: bytes go from the socket into the caller's buffer, through no event loop.

botocore knows where the bucket is, who we are and how to sign; it also lists and joins parts, where XML is
spoken. docs/design/005-object-stores.md has the measurements.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http.client import HTTPResponse
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from botocore.auth import UNSIGNED_PAYLOAD, S3SigV4Auth
from botocore.awsrequest import AWSRequest

from mvfs.store.backend.answers import Refused
from mvfs.store.backend.http_connections import Connections
from mvfs.store.backend.s3_access import Account, refusal, refusals
from mvfs.store.backend.s3_service import S3Service, found_of
from mvfs.store.backend.service import Bytes, Found

_MAX_ERROR = 64 << 10
"""Bytes of an error's text that are read."""


class DirectS3(S3Service):
    """A bucket that is reached without a proxy."""

    host: str
    scheme: str
    """Where requests go: ``http`` or ``https``."""

    def __init__(self, account: Account, bucket: str) -> None:
        """Find out where the bucket is; nothing is sent.

        Raises:
            Refused: there are no credentials.
        """
        self._account, self._bucket = account, bucket
        self._client: Any = account.client()
        self._credentials = account.credentials()
        self._settle()

    def _settle(self) -> None:
        """Take the bucket's address from the client: it knows of regions, partitions and styles."""
        url = self._client.generate_presigned_url("head_bucket", Params={"Bucket": self._bucket})
        parts = urlsplit(url)
        self.host, self.scheme = str(parts.hostname), parts.scheme
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path.rstrip("/")
        self._region = self._client.meta.region_name or "us-east-1"
        self._is_plain = parts.scheme == "http"
        tls = None if self._is_plain else ssl.create_default_context(cafile=self._account.ca_bundle())
        self._connections = Connections(self.host, parts.port, tls)

    def ask(self, operation: str, **words: Any) -> Any:
        with refusals():
            return getattr(self._client, operation)(Bucket=self._bucket, **words)

    def head(self, key: str) -> Found:
        with self._answer("HEAD", key) as answer:
            answer.read()
            size = modified = None
            with suppress(KeyError, TypeError, ValueError):
                size = int(answer.headers["Content-Length"])
                modified = parsedate_to_datetime(answer.headers["Last-Modified"])
            return found_of(size, modified, answer.headers["ETag"])

    def fetch(self, key: str, offset: int, length: int) -> bytes:
        with self._answer("GET", key, headers=_range(offset, length)) as answer:
            if answer.status == 200:  # a server that ignores ranges sends everything
                _skip(answer, offset)
            data = answer.read(length)
            answer.read()
            return data

    def read_into(self, key: str, offset: int, view: memoryview) -> int:
        with self._answer("GET", key, headers=_range(offset, len(view))) as answer:
            if answer.status == 200:
                _skip(answer, offset)
            filled = 0
            while filled < len(view) and (got := answer.readinto(view[filled:])):
                filled += got
            if answer.length:
                if answer.status == 206:
                    raise ConnectionError("the connection broke")
                answer.close()
            return filled

    def put(self, key: str, body: Bytes, *, absent: bool = False, tag: str | None = None) -> None:
        condition = {"If-None-Match": "*"} if absent else {} if tag is None else {"If-Match": tag}
        with self._answer("PUT", key, headers=condition, body=body) as answer:
            answer.read()

    def delete(self, key: str) -> None:
        with self._answer("DELETE", key) as answer:
            answer.read()

    def put_part(self, key: str, upload: str, number: int, body: memoryview) -> str:
        query = urlencode({"partNumber": number, "uploadId": upload}, quote_via=quote)
        with self._answer("PUT", key, query=query, body=body) as answer:
            answer.read()
            return str(answer.headers["ETag"])

    @contextmanager
    def _answer(
        self,
        method: str,
        key: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: Bytes | None = None,
    ) -> Iterator[HTTPResponse]:
        """Send a signed request; hand out its answer if it is a good one.

        Raises:
            Refused: it is another one, or breaks off.
        """
        path = f"{self._path}/{quote(key, safe='/-_.~')}" + (f"?{query}" if query else "")
        with refusals():
            signed = self._signed(method, path, headers or {}, body)
            with self._connections.answer(method, path, signed, body) as answer:
                if answer.status not in (200, 204, 206):
                    raise self._refused(answer)
                yield answer

    def _signed(
        self, method: str, path: str, headers: Mapping[str, str], body: Bytes | None
    ) -> Mapping[str, str]:
        request = AWSRequest(method, self._base + path, headers=dict(headers))
        request.context["payload"] = sha256(body or b"").hexdigest() if self._is_plain else UNSIGNED_PAYLOAD
        _Signer(self._credentials.get_frozen_credentials(), "s3", self._region).add_auth(request)
        signed: Mapping[str, str] = request.headers
        return signed

    def _refused(self, answer: HTTPResponse) -> Refused:
        error = refusal(answer.status, answer.read(_MAX_ERROR))
        region = answer.headers.get("x-amz-bucket-region")
        if region and region != self._region:  # the next try, by whoever asked, goes there
            self._client = self._account.client(region)
            self._settle()
            return Refused(503, "BucketRegion")
        return error


class _Signer(S3SigV4Auth):  # type: ignore[misc]
    """Signs the hash of the body that was made already, or none where TLS sees to the bytes."""

    def payload(self, request: Any) -> str:
        return str(request.context["payload"])


def _range(offset: int, length: int) -> dict[str, str]:
    return {"Range": f"bytes={offset}-{offset + length - 1}"}


def _skip(answer: HTTPResponse, length: int) -> None:
    while length > 0 and (passed := answer.read(min(length, 1 << 20))):
        length -= len(passed)
