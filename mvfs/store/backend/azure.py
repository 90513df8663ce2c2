"""Azure Blob Storage: single requests with the connection and credentials of adlfs.

The account is found as other tools find it: ``AZURE_STORAGE_CONNECTION_STRING``, or
``AZURE_STORAGE_ACCOUNT_NAME`` with ``_KEY`` or ``_SAS_TOKEN``, a service principal, or whoever is signed in.
"""

from __future__ import annotations

import base64
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mvfs.errors import Unavailable
from mvfs.store.backend.answers import NO_BUCKET, NO_CREDENTIALS, TAKEN, Refused
from mvfs.store.backend.driver import Driver, Found, Page, Upload

_ONCE: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 60}
"""For every request: the SDK would repeat it, and take the second answer to a create for the first."""

PAGE = 5000
"""Objects in each part of a listing; the most that the service gives."""

_CODES = {"ContainerNotFound": NO_BUCKET, "BlobAlreadyExists": TAKEN, "BlobImmutableDueToPolicy": TAKEN}


class AzureDriver(Driver):
    """A container."""

    def __init__(self, container: str) -> None:
        """Connect.

        Raises:
            Unavailable: the package that does it is not installed.
            Refused: no account is configured.
        """
        try:
            import adlfs
        except ImportError:
            raise Unavailable(
                f"az://{container} needs a package that is not installed: pip install 'mvfs[azure]'"
            ) from None
        try:
            self._fs = adlfs.AzureBlobFileSystem(use_listings_cache=False, skip_instance_cache=True)
        except ValueError as exc:
            raise Refused(
                None,
                NO_CREDENTIALS,
                f"no account ({_first_line(exc)}); set AZURE_STORAGE_CONNECTION_STRING, or"
                " AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
            ) from exc
        self.loop = self._fs.loop
        self._container = self._fs.service_client.get_container_client(container)

    async def stat(self, key: str) -> Found:
        async with _explained():
            found = await self._container.get_blob_client(key).get_blob_properties(**_ONCE)
            return _found(found)

    async def read(self, key: str, offset: int, length: int) -> bytes:
        async with _explained():
            blob = self._container.get_blob_client(key)
            answer = await blob.download_blob(offset=offset, length=length, **_ONCE)
            body: bytes = await answer.readall()
            return body[:length]

    async def page(self, prefix: str, after: str, token: str | None) -> Page:  # noqa: ARG002
        # The service's own "start from" counts levels of folders in some accounts, so `after` is left aside.
        async with _explained():
            listing = self._container.list_blobs(name_starts_with=prefix, results_per_page=PAGE, **_ONCE)
            pages = listing.by_page(token)
            found = [(blob.name, _found(blob)) async for blob in await anext(pages)]
            return Page(found, pages.continuation_token or None)

    async def write(self, key: str, body: bytes, *, absent: bool = False, tag: str | None = None) -> None:
        async with _explained():
            condition = {}
            if tag is not None:
                from azure.core import MatchConditions

                condition = {"etag": tag, "match_condition": MatchConditions.IfNotModified}
            blob = self._container.get_blob_client(key)
            await blob.upload_blob(body, length=len(body), overwrite=not absent, **condition, **_ONCE)

    async def begin(self, key: str, size: int) -> Upload:  # noqa: ARG002
        return _Blocks(self._container.get_blob_client(key))

    async def remove(self, key: str) -> None:
        async with _explained():
            await self._container.get_blob_client(key).delete_blob(delete_snapshots="include", **_ONCE)

    def abandon(self) -> None:
        for one in list(weakref.finalize._registry):  # type: ignore[attr-defined]  # noqa: SLF001
            if (watched := one.peek()) and watched[0] is self._fs:
                one.detach()  # at exit it would wait for ever for a thread that was not forked


class _Blocks(Upload):
    """Blocks that become a blob; the service forgets those of an upload that never ended in a week."""

    at_once = 4

    def __init__(self, blob: Any) -> None:
        self._blob = blob
        self._numbers: set[int] = set()

    async def send(self, number: int, offset: int, body: bytes) -> None:  # noqa: ARG002
        async with _explained():
            await self._blob.stage_block(_block_id(number), body, length=len(body), **_ONCE)
            self._numbers.add(number)

    async def finish(self) -> None:
        from azure.storage.blob import BlobBlock

        async with _explained():
            blocks = [BlobBlock(_block_id(number)) for number in sorted(self._numbers)]
            await self._blob.commit_block_list(blocks, **_ONCE)


def _block_id(number: int) -> str:
    return base64.b64encode(b"%06d" % number).decode()


def _found(properties: Any) -> Found:
    modified = int(properties.last_modified.timestamp() * 1e9)
    return Found(int(properties.size), modified, str(properties.etag))


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    """Turn the SDK's exceptions into `Refused`."""
    import aiohttp
    from azure.core import exceptions as azure

    try:
        yield
    except azure.HttpResponseError as exc:
        code = getattr(exc, "error_code", None)
        code = str(getattr(code, "value", code) or "")
        if exc.status_code is None and isinstance(exc, azure.ClientAuthenticationError):
            raise Refused(None, NO_CREDENTIALS, f"no credentials: {_first_line(exc)}") from exc
        raise Refused(exc.status_code, _CODES.get(code, code), _first_line(exc)) from exc
    except (azure.AzureError, aiohttp.ClientError, OSError) as exc:
        raise Refused(None, type(exc).__name__, _first_line(exc)) from exc


def _first_line(exc: BaseException) -> str:
    return (str(exc).splitlines() or [type(exc).__name__])[0]
