"""Azure Blob Storage: single requests with the connection and credentials of adlfs.

The account is found as other tools find it: ``AZURE_STORAGE_CONNECTION_STRING``, or
``AZURE_STORAGE_ACCOUNT_NAME`` with ``_KEY`` or ``_SAS_TOKEN``, a service principal, or whoever is signed in.
"""

from __future__ import annotations

import base64
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from mvfs.errors import Unavailable
from mvfs.store.backend.answers import NO_BUCKET, NO_CREDENTIALS, TAKEN, Refused, first_line
from mvfs.store.backend.library import Library
from mvfs.store.backend.service import Bytes, Found, Page, Parts, Service

T = TypeVar("T")

_ONCE: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 60}
"""For every request: the SDK would repeat it, and take the second answer to a create for the first."""

PAGE = 5000
"""Objects in each part of a listing; the most that the service gives."""

_CODES = {"ContainerNotFound": NO_BUCKET, "BlobAlreadyExists": TAKEN, "BlobImmutableDueToPolicy": TAKEN}


class AzureService(Service):
    """A container."""

    forbids_what_is_taken = True

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
                f"no account ({first_line(exc)}); set AZURE_STORAGE_CONNECTION_STRING, or"
                " AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
            ) from exc
        self._library = Library(self._fs)
        self._container = self._fs.service_client.get_container_client(container)

    def head(self, key: str) -> Found:
        return _found(self.run(self._blob(key).get_blob_properties(**_ONCE)))

    def fetch(self, key: str, offset: int, length: int) -> bytes:
        async def fetch() -> bytes:
            answer = await self._blob(key).download_blob(offset=offset, length=length, **_ONCE)
            body: bytes = await answer.readall()
            return body[:length]

        return self.run(fetch())

    def page(self, prefix: str, after: str, token: str | None) -> Page:  # noqa: ARG002
        # The service's own "start from" counts levels of folders in some accounts, so `after` is left aside.
        async def page() -> Page:
            listing = self._container.list_blobs(name_starts_with=prefix, results_per_page=PAGE, **_ONCE)
            pages = listing.by_page(token)
            found = [(blob.name, _found(blob)) async for blob in await anext(pages)]
            return Page(found, pages.continuation_token or None)

        return self.run(page())

    def put(self, key: str, body: Bytes, *, absent: bool = False, tag: str | None = None) -> None:
        condition: dict[str, Any] = {}
        if tag is not None:
            from azure.core import MatchConditions

            condition = {"etag": tag, "match_condition": MatchConditions.IfNotModified}
        words = {"length": len(body), "overwrite": not absent, **condition, **_ONCE}
        self.run(self._blob(key).upload_blob(bytes(body), **words))

    def delete(self, key: str) -> None:
        self.run(self._blob(key).delete_blob(delete_snapshots="include", **_ONCE))

    def begin(self, key: str, size: int) -> Parts:  # noqa: ARG002
        return _Blocks(self, self._blob(key))

    def run(self, request: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of the SDK.

        Raises:
            Refused: it ends with an exception of the SDK.
        """
        with _explained():
            return self._library.run(request)

    def abandon(self) -> None:
        self._library.abandon()

    def _blob(self, key: str) -> Any:
        return self._container.get_blob_client(key)


class _Blocks(Parts):
    """Blocks that become a blob; the service forgets those of an upload that never ended in a week."""

    at_once = 4

    def __init__(self, service: AzureService, blob: Any) -> None:
        self._service, self._blob = service, blob
        self._numbers: set[int] = set()

    def send(self, number: int, offset: int, body: memoryview) -> None:  # noqa: ARG002
        self._service.run(self._blob.stage_block(_block_id(number), bytes(body), length=len(body), **_ONCE))
        self._numbers.add(number)

    def finish(self) -> None:
        from azure.storage.blob import BlobBlock

        blocks = [BlobBlock(_block_id(number)) for number in sorted(self._numbers)]
        self._service.run(self._blob.commit_block_list(blocks, **_ONCE))


def _block_id(number: int) -> str:
    return base64.b64encode(b"%06d" % number).decode()


def _found(properties: Any) -> Found:
    modified = int(properties.last_modified.timestamp() * 1e9)
    return Found(int(properties.size), modified, str(properties.etag))


@contextmanager
def _explained() -> Iterator[None]:
    """Turn the SDK's exceptions into `Refused`."""
    import aiohttp
    from azure.core import exceptions as azure

    try:
        yield
    except azure.HttpResponseError as exc:
        code = getattr(exc, "error_code", None)
        code = str(getattr(code, "value", code) or "")
        if exc.status_code is None and isinstance(exc, azure.ClientAuthenticationError):
            raise Refused(None, NO_CREDENTIALS, f"no credentials: {first_line(exc)}") from exc
        raise Refused(exc.status_code, _CODES.get(code, code), first_line(exc)) from exc
    except (azure.AzureError, aiohttp.ClientError, OSError) as exc:
        raise Refused(None, type(exc).__name__, first_line(exc)) from exc
