"""Which backend serves which URL; each is imported when it is needed, for its library takes long to load."""

from __future__ import annotations

from mvfs.errors import InvalidInput
from mvfs.store.backend.base import Backend


def backend_of(url: str) -> Backend:
    """Return the place that a URL names: ``s3://``, ``gs://`` or ``az://`` and a bucket, perhaps a prefix.

    Nothing is asked of the place yet.

    Raises:
        InvalidInput: it is a URL of another kind.
    """
    scheme = url.partition("://")[0]
    if scheme not in ("s3", "gs", "az"):
        raise InvalidInput(f"'{url}' is no place for a store: use a directory, s3://, gs:// or az://")
    from mvfs.store.backend.objects import ObjectBackend

    if scheme == "s3":
        from mvfs.store.backend import s3

        return ObjectBackend(url, s3.connect, streams=16)
    if scheme == "gs":
        from mvfs.store.backend.google import GoogleService

        return ObjectBackend(url, GoogleService, streams=8)
    from mvfs.store.backend.azure import AzureService

    return ObjectBackend(url, AzureService, streams=8)
