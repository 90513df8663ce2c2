"""Google's JSON API by single requests, with the connection and credentials of gcsfs.

Credentials are found as Google's tools find them: ``GOOGLE_APPLICATION_CREDENTIALS``, ``gcloud auth
application-default login``, or the machine's service account. ``STORAGE_EMULATOR_HOST`` names another server.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from mvfs.errors import Unavailable
from mvfs.store.backend.answers import FULL, NO_BUCKET, NO_CREDENTIALS, Refused, first_line
from mvfs.store.backend.library import Library
from mvfs.store.backend.service import Bytes

_MAX_TALK = 64 << 20
"""Bytes of an answer that is no object: pages of a listing have at most 1000 items."""

_CHUNK = 1 << 20

_NO_CREDENTIALS = (
    "no credentials; run 'gcloud auth application-default login', or set GOOGLE_APPLICATION_CREDENTIALS"
)


class GoogleApi:
    """What concerns one bucket."""

    root: str
    """Where the server is."""
    objects: str
    """The URL of the bucket's objects."""
    uploads: str
    """The URL where objects are written."""

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
        self.library = Library(self._fs)
        self.root = self._fs._location  # noqa: SLF001 - as gcsfs finds it: emulators, other universes
        self.objects = f"{self.root}/storage/v1/b/{quote(bucket, safe='')}/o"
        self.uploads = f"{self.root}/upload/storage/v1/b/{quote(bucket, safe='')}/o"

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
            return self.library.run(
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
                is_bucket = url in (self.objects, self.uploads)
                raise _refusal(answer.status, content, NO_BUCKET if is_bucket else "")
            return answer.status, answer.headers, content


def json_of(body: bytes) -> dict[str, Any]:
    """Return the object that an answer holds in JSON; `Refused` where it is none."""
    try:
        answer = json.loads(body)
    except ValueError as exc:
        raise Refused(None, "", "the server sends something else than JSON") from exc
    if not isinstance(answer, dict):
        raise Refused(None, "", "the server sends something else than JSON objects")
    return answer


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
