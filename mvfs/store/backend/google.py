"""Google Cloud Storage: single requests of its JSON API with the connection and credentials of gcsfs.

Credentials are found as Google's tools find them: ``GOOGLE_APPLICATION_CREDENTIALS``, ``gcloud auth
application-default login``, or the machine's service account. ``STORAGE_EMULATOR_HOST`` names another server.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mvfs.errors import Unavailable
from mvfs.store.backend.answers import FULL, NO_BUCKET, NO_CREDENTIALS, Refused
from mvfs.store.backend.driver import Driver, Found, Page, Upload

_MAX_TALK = 64 << 20
"""Bytes of an answer that is no object: pages of a listing have at most 1000 items."""

_CHUNK = 1 << 20

_NO_CREDENTIALS = (
    "no credentials; run 'gcloud auth application-default login', or set GOOGLE_APPLICATION_CREDENTIALS"
)


class GoogleDriver(Driver):
    """A bucket."""

    def __init__(self, bucket: str) -> None:
        """Connect.

        Raises:
            Unavailable: the package that does it is not installed.
        """
        try:
            from gcsfs.core import GCSFileSystem
        except ImportError:
            raise Unavailable(
                f"gs://{bucket} needs a package that is not installed: pip install 'mvfs[gcs]'"
            ) from None
        emulated = os.environ.get("STORAGE_EMULATOR_HOST", "") not in ("", "default")
        named = "GOOGLE_APPLICATION_CREDENTIALS" in os.environ
        self._fs = GCSFileSystem(
            token="anon" if emulated and not named else None,
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        self.loop = self._fs.loop
        self._root = self._fs._location  # noqa: SLF001 - as gcsfs finds it: emulators, other universes
        self._objects = f"{self._root}/storage/v1/b/{quote(bucket, safe='')}/o"
        self._uploads = f"{self._root}/upload/storage/v1/b/{quote(bucket, safe='')}/o"

    async def stat(self, key: str) -> Found:
        _, _, body = await self.request("GET", self._url(key))
        return _found(_json(body))

    async def read(self, key: str, offset: int, length: int) -> bytes:
        headers = {"Range": f"bytes={offset}-{offset + length - 1}"}
        status, _, body = await self.request(
            "GET", self._url(key), {"alt": "media"}, headers=headers, most=length
        )
        if status != 206 and offset:
            raise Refused(None, "", "the server sends whole objects where a part was asked for")
        return body

    async def page(self, prefix: str, after: str, token: str | None) -> Page:
        wanted = {"prefix": prefix, "startOffset": after, "pageToken": token}
        _, _, body = await self.request("GET", self._objects, {k: v for k, v in wanted.items() if v})
        answer = _json(body)
        try:
            items = [(str(item["name"]), _found(item)) for item in answer.get("items", ())]
        except (KeyError, TypeError) as exc:
            raise Refused(None, "", "the server sends a listing without names") from exc
        return Page(items, answer.get("nextPageToken"))

    async def write(self, key: str, body: bytes, *, absent: bool = False, tag: str | None = None) -> None:
        wanted = {"uploadType": "multipart"}
        if absent or tag is not None:
            wanted["ifGenerationMatch"] = tag or "0"
        line = os.urandom(16).hex()  # gcsfs always takes the same one, and an object may hold it
        headers = {"Content-Type": f"multipart/related; boundary={line}"}
        content = _related(line, {"name": key}, body)
        _, _, answer = await self.request("POST", self._uploads, wanted, headers=headers, body=content)
        if (written := _found(_json(answer)).size) != len(body):
            raise Refused(None, "", f"the server took {written} of {len(body)} bytes")

    async def begin(self, key: str, size: int) -> Upload:
        wanted = {"uploadType": "resumable", "name": key}
        _, headers, _ = await self.request("POST", self._uploads, wanted)
        if not (session := headers.get("Location", "")).startswith(f"{self._root}/"):
            raise Refused(None, "", "the server names no place of its own for an upload")
        return _Session(self, session, size)

    async def remove(self, key: str) -> None:
        await self.request("DELETE", self._url(key))

    def abandon(self) -> None:
        """Nothing is closed at exit as long as the driver lives, and it does."""

    def _url(self, key: str) -> str:
        return f"{self._objects}/{quote(key, safe='')}"

    async def request(
        self,
        method: str,
        url: str,
        wanted: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        most: int = _MAX_TALK,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request once; return status, headers and at most ``most`` bytes of the body.

        Raises:
            Refused: there is no answer, or one that is no success (308, "go on", is one).
        """
        import aiohttp
        import gcsfs.retry
        import google.auth.exceptions
        import yarl

        at = yarl.URL(url, encoded=True).update_query(wanted or {})
        try:
            session = await self._fs._set_session()  # noqa: SLF001
            async with session.request(
                method,
                at,
                headers=self._fs._get_headers(dict(headers or {})),  # noqa: SLF001 - with credentials
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
        except google.auth.exceptions.TransportError as exc:
            raise Refused(None, "", f"credentials cannot be renewed: {str(exc).splitlines()[0]}") from exc
        except (google.auth.exceptions.GoogleAuthError, gcsfs.retry.HttpError) as exc:
            raise Refused(None, NO_CREDENTIALS, f"no credentials: {str(exc).splitlines()[0]}") from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise Refused(None, type(exc).__name__, str(exc)) from exc


class _Session(Upload):
    """A resumable upload: parts in order, and the server says how far it got."""

    at_once = 1

    def __init__(self, driver: GoogleDriver, url: str, size: int) -> None:
        self._driver, self._url, self._size = driver, url, size

    async def send(self, number: int, offset: int, body: bytes) -> None:  # noqa: ARG002 - they have an order
        stop = offset + len(body)
        there = offset
        while there < stop:
            piece = f"bytes {there}-{stop - 1}/{self._size}"
            status, headers, _ = await self._driver.request(
                "PUT", self._url, headers={"Content-Range": piece}, body=body[there - offset :]
            )
            if status != 308:
                return
            kept = headers.get("Range", "").rpartition("-")[2]
            before, there = there, int(kept) + 1 if kept.isdecimal() else 0
            if there <= before:
                raise Refused(None, "", "the server does not keep what it is sent")

    async def finish(self) -> None:
        """The last part has done it."""


async def _read(content: Any, most: int) -> bytes:
    """Read an answer up to ``most`` bytes; whatever a server sends beyond that is left."""
    parts, there = [], 0
    while there < most and (part := await content.read(min(_CHUNK, most - there))):
        parts.append(part)
        there += len(part)
    return b"".join(parts)


def _related(line: str, description: dict[str, str], body: bytes) -> bytes:
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
        code = FULL
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
