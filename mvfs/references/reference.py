"""What is recorded of an object that stays where it is, and what tells its bytes from other bytes."""

from __future__ import annotations

import msgspec

from mvfs import text, units
from mvfs.errors import SourceChanged


class Reference(msgspec.Struct, frozen=True):
    """One external object, as it was when it was looked at; its fields in the order of docs/FORMAT.md."""

    uri: str
    """Normalised by `mvfs.references.uri.parse`."""
    size: int
    """In bytes."""
    etag: str | None = None
    """Without the quotes and the ``W/`` of HTTP."""
    version: str | None = None
    """The version id of an S3 object, the generation of a Google Cloud object."""
    modified: int | None = None
    """Microseconds since 1970; only where there is no ETag."""


def difference(recorded: Reference, found: Reference) -> str | None:
    """Say in a few words how ``found`` is not what was recorded; None if nothing tells them apart."""
    if found.size != recorded.size:
        return f"size is {found.size} bytes, recorded were {recorded.size}"
    if recorded.version is not None and found.version != recorded.version:
        return f"version is '{_shown(found.version)}', recorded was '{_shown(recorded.version)}'"
    if recorded.etag is not None and found.etag != recorded.etag:
        return f"ETag is '{_shown(found.etag)}', recorded was '{_shown(recorded.etag)}'"
    if recorded.modified is not None and found.modified != recorded.modified:
        then = "unknown" if found.modified is None else units.iso(found.modified)
        return f"modified {then}, recorded was {units.iso(recorded.modified)}"
    return None


def require_same(recorded: Reference, found: Reference) -> None:
    """Refuse what is no longer the recorded object.

    Raises:
        SourceChanged: the size, version, ETag or time is another one.
    """
    if (changed := difference(recorded, found)) is not None:
        raise changed_source(recorded, changed)


def changed_source(recorded: Reference, how: str) -> SourceChanged:
    """The error for a reference whose bytes are no longer the recorded ones."""
    return SourceChanged(
        f"'{text.line(recorded.uri)}' has changed since it was recorded: {how}; log it anew", uri=recorded.uri
    )


def _shown(value: str | None) -> str:
    return "none" if value is None else text.line(value)
