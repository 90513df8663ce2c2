"""Which backend serves which URL; each is imported when it is needed, for its driver takes long to load."""

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
    if scheme == "s3":
        from mvfs.store.backend.objects import ObjectBackend

        return ObjectBackend(url)
    if scheme == "gs":
        from mvfs.store.backend.clouds import CloudBackend
        from mvfs.store.backend.google import GoogleDriver

        return CloudBackend(url, GoogleDriver)
    if scheme == "az":
        from mvfs.store.backend.azure import AzureDriver
        from mvfs.store.backend.clouds import CloudBackend

        return CloudBackend(url, AzureDriver)
    raise InvalidInput(f"'{url}' is no place for a store: use a directory, s3://, gs:// or az://")
