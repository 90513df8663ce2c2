"""Google Cloud Storage: single requests of its JSON API with the connection and credentials of gcsfs.

Credentials are found as Google's tools find them: ``GOOGLE_APPLICATION_CREDENTIALS``, ``gcloud auth
application-default login``, or the machine's service account. ``STORAGE_EMULATOR_HOST`` names another server.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mvfs.errors import Unavailable
from mvfs.store.backend.answers import FULL, NO_BUCKET, NO_CREDENTIALS, Refused, first_line
from mvfs.store.backend.library import Library
from mvfs.store.backend.service import Bytes, Found, Page, Parts, Service

_MAX_TALK = 64 << 20
"""Bytes of an answer that is no object: pages of a listing have at most 1000 items."""

_CHUNK = 1 << 20

_NO_CREDENTIALS = (
    "no credentials; run 'gcloud auth application-default login', or set GOOGLE_APPLICATION_CREDENTIALS"
)


class GoogleService(Service):
    """A bucket."""

    forbids_what_is_taken = True

    def __init__(self, bucket: str) -> None:
        """Connect.

        Raises:
            Unavailable: the package that does it is not installed.
            Refused: there are no credentials.
        """
        try:
            from gcsfs.core import GCSFileSystem
        except ImportError:
            raise Unavailable(
                f"gs://{bucket} needs a package that is not installed: pip install 'mvfs[gcs]'"
            ) from None
        emulated = os.environ.get("STORAGE_EMULATOR_HOST", "") not in ("", "default")
        named = "GOOGLE_APPLICATION_CREDENTIALS" in os.environ
        with _explained():
            self._fs = GCSFileSystem(
                token="anon" if emulated and not named else None,
                use_listings_cache=False,
                skip_instance_cache=True,
            )
        self._library = Library(self._fs)
        self._root = self._fs._location  # noqa: SLF001 - as gcsfs finds it: emulators, other universes
        self._objects = f"{self._root}/storage/v1/b/{quote(bucket, safe='')}/o"
        self._uploads = f"{self._root}/upload/storage/v1/b/{quote(bucket, safe='')}/o"

    def head(self, key: str) -> Found:
        _, _, body = self.request("GET", self._url(key))
        return _found(_json(body))

    def fetch(self, key: str, offset: int, length: int) -> bytes:
        headers = {"Range": f"bytes={offset}-{offset + length - 1}"}
        status, _, body = self.request("GET", self._url(key), {"alt": "media"}, headers=headers, most=length)
        if status != 206 and offset:
            raise Refused(None, "", "the server sends whole objects where a part was asked for")
        return body

    def page(self, prefix: str, after: str, token: str | None) -> Page:
        wanted = {"prefix": prefix, "startOffset": after, "pageToken": token}
        _, _, body = self.request("GET", self._objects, {k: v for k, v in wanted.items() if v})
        answer = _json(body)
        try:
            items = [(str(item["name"]), _found(item)) for item in answer.get("items", ())]
        except (KeyError, TypeError) as exc:
            raise Refused(None, "", "the server sends a listing without names") from exc
        return Page(items, answer.get("nextPageToken"))

    def put(self, key: str, body: Bytes, *, absent: bool = False, tag: str | None = None) -> None:
        wanted = {"uploadType": "multipart"}
        if absent or tag is not None:
            wanted["ifGenerationMatch"] = tag or "0"
        line = os.urandom(16).hex()  # gcsfs always takes the same one, and an object may hold it
        headers = {"Content-Type": f"multipart/related; boundary={line}"}
        content = _related(line, {"name": key}, body)
        _, _, answer = self.request("POST", self._uploads, wanted, headers=headers, body=content)
        if (written := _found(_json(answer)).size) != len(body):
            raise Refused(None, "", f"the server took {written} of {len(body)} bytes")

    def begin(self, key: str, size: int) -> Parts:
        wanted = {"uploadType": "resumable", "name": key}
        _, headers, _ = self.request("POST", self._uploads, wanted)
        if not (session := headers.get("Location", "")).startswith(f"{self._root}/"):
            raise Refused(None, "", "the server names no place of its own for an upload")
        return _Session(self, session, size)

    def delete(self, key: str) -> None:
        self.request("DELETE", self._url(key))

    def abandon(self) -> None:
        self._library.abandon()

    def _url(self, key: str) -> str:
        return f"{self._objects}/{quote(key, safe='')}"

    def request(
        self,
        method: str,
        url: str,
        wanted: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        body: Bytes | None = None,
        most: int = _MAX_TALK,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request once; return status, headers and at most ``most`` bytes of the body.

        Raises:
            Refused: there is no answer, or one that is no success (308, "go on", is one).
        """
        with _explained():
            return self._library.run(
                self._send(method, url, wanted or {}, headers or {}, body=body, most=most)
            )

    async def _send(
        self,
        method: str,
        url: str,
        wanted: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        body: Bytes | None,
        most: int,
    ) -> tuple[int, Mapping[str, str], bytes]:
        import aiohttp
        import yarl

        session = await self._fs._set_session()  # noqa: SLF001
        async with session.request(
            method,
            yarl.URL(url, encoded=True).update_query(wanted),
            headers=self._fs._get_headers(dict(headers)),  # noqa: SLF001 - with credentials
            data=None if body is None else io.BytesIO(body),  # of plain bytes aiohttp warns
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=60),
            allow_redirects=False,
        ) as answer:
            content = await _read(answer.content, most)
            if answer.status == 401 and self._fs.credentials.credentials is None:
                raise Refused(401, NO_CREDENTIALS, _NO_CREDENTIALS)
            if answer.status >= 400:
                is_bucket = url in (self._objects, self._uploads)
                raise _refusal(answer.status, content, NO_BUCKET if is_bucket else "")
            return answer.status, answer.headers, content


class _Session(Parts):
    """A resumable upload: parts in order, and the server says how far it got."""

    at_once = 1

    def __init__(self, service: GoogleService, url: str, size: int) -> None:
        self._service, self._url, self._size = service, url, size

    def send(self, number: int, offset: int, body: memoryview) -> None:  # noqa: ARG002 - they have an order
        stop = offset + len(body)
        there = offset
        while there < stop:
            piece = f"bytes {there}-{stop - 1}/{self._size}"
            status, headers, _ = self._service.request(
                "PUT", self._url, headers={"Content-Range": piece}, body=body[there - offset :]
            )
            if status != 308:
                return
            kept = headers.get("Range", "").rpartition("-")[2]
            before, there = there, int(kept) + 1 if kept.isdecimal() else 0
            if there <= before:
                raise Refused(None, "", "the server does not keep what it is sent")

    def finish(self) -> None:
        """The last part has done it."""


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn the exceptions of gcsfs, of Google's library and of sockets into `Refused`."""
    import aiohttp
    import gcsfs.retry
    import google.auth.exceptions

    try:
        yield
    except google.auth.exceptions.TransportError as exc:
        raise Refused(None, "", f"credentials cannot be renewed: {first_line(exc)}") from exc
    except (google.auth.exceptions.GoogleAuthError, gcsfs.retry.HttpError) as exc:
        raise Refused(None, NO_CREDENTIALS, f"no credentials: {first_line(exc)}") from exc
    except (aiohttp.ClientError, OSError) as exc:
        raise Refused(None, type(exc).__name__, str(exc)) from exc


async def _read(content: Any, most: int) -> bytes:
    """Read an answer up to ``most`` bytes; whatever a server sends beyond that is left."""
    parts, there = [], 0
    while there < most and (part := await content.read(min(_CHUNK, most - there))):
        parts.append(part)
        there += len(part)
    return b"".join(parts)


def _related(line: str, description: dict[str, str], body: Bytes) -> bytes:
    """An object and what it is called, in one body of two parts."""
    head = (
        f"--{line}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(description)}\r\n"
        f"--{line}\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    return b"".join((head.encode("ascii"), body, f"\r\n--{line}--\r\n".encode("ascii")))


def _refusal(status: int, content: bytes, missing: str) -> Refused:
    """What an error means; ``missing`` is what 404 does. Of an object it is JSON, of its bytes plain text."""
    code, text = "", content[:500].decode("utf-8", "replace")
    with contextlib.suppress(ValueError, LookupError, TypeError):
        error = json.loads(content)["error"]
        code, text = str(error["errors"][0]["reason"]), str(error["message"])
    if status == 404:
        code = NO_BUCKET if "bucket does not exist" in text else missing
    if code in ("quotaExceeded", "insufficientQuota"):
        code, text = FULL, "the account is full"
    return Refused(status, code, text)


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError as exc:
        raise Refused(None, "", "the server sends something else than JSON") from exc
    if not isinstance(answer, dict):
        raise Refused(None, "", "the server sends something else than JSON objects")
    return answer


def _found(item: Mapping[str, Any]) -> Found:
    try:
        modified = int(datetime.fromisoformat(item["timeCreated"]).timestamp() * 1e9)
        return Found(int(item["size"]), modified, str(item["generation"]))
    except (KeyError, TypeError, ValueError) as exc:
        raise Refused(None, "", "the server describes an object without size, time or generation") from exc
