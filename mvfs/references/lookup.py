"""What callers do with references: look, list, read, and ask whether they drifted."""

from __future__ import annotations

from collections.abc import Generator

import msgspec

from mvfs import settings, text
from mvfs.errors import InvalidInput, NotFound
from mvfs.references import addresses, buckets, files, http
from mvfs.references.reference import Reference, difference
from mvfs.references.uri import Target, parse

MAX_OBJECTS = 10_000
"""How many objects one listing may give unless told otherwise; W&B's number."""


def look(uri: str, *, given_by_user: bool = False) -> Reference:
    """Return what identifies the bytes of one object now.

    Args:
        uri: http, https, file, s3 or gs.
        given_by_user: the user wrote it, it does not come out of a store: a file may be anywhere.

    Raises:
        InvalidInput: a URI that cannot be a reference, or one that leads where it must not.
        NotFound: nothing is there.
        NoPermission, Unavailable: it cannot be reached now.
    """
    return _look(parse(uri), given_by_user=given_by_user)


def listing(uri: str, max_objects: int = MAX_OBJECTS) -> list[Reference]:
    """Look at what a directory, bucket or prefix that the user names holds; an object lists itself.

    Raises:
        InvalidInput: more than ``max_objects`` are there; field: ``max_objects``.
        NotFound: nothing is there.
        NoPermission, Unavailable: it cannot be reached now.
    """
    target = parse(uri)
    if target.scheme == "file" and files.is_directory(target):
        found = files.below(target, max_objects + 1)
    elif target.scheme in ("s3", "gs"):
        found = _objects(target, max_objects + 1)
    else:
        return [look(uri, given_by_user=True)]
    if len(found) > max_objects:
        raise InvalidInput(
            f"'{text.line(target.uri)}' holds more than {max_objects} objects; name a smaller part of it, or "
            "allow more with max_objects",
            max_objects=max_objects,
        )
    if not found:
        raise NotFound(f"'{text.line(target.uri)}' holds no objects", uri=target.uri)
    return found


def stream(ref: Reference, start: int = 0, end: int | None = None) -> Generator[bytes, None, None]:
    """Yield bytes ``start`` to ``end`` (exclusive) of a reference, refusing any but the recorded object.

    Raises:
        SourceChanged: the object is no longer the recorded one.
        InvalidInput: a range outside of the object, or a reference that leads where it must not.
        NotFound, NoPermission, Unavailable: it cannot be read now.
    """
    end = ref.size if end is None else end
    if not 0 <= start <= end <= ref.size:
        raise InvalidInput(f"bytes {start} to {end} are not in '{text.line(ref.uri)}' of {ref.size} bytes")
    target = _recorded(ref)
    if target.scheme == "file":
        return files.stream(ref, target, start, end, settings.reference_roots())
    if target.scheme in ("s3", "gs"):
        return buckets.stream(ref, target, start, end)
    return http.stream(ref, target, start, end, _allowed())


def read_range(ref: Reference, start: int, end: int) -> bytes:
    """Return bytes ``start`` to ``end`` (exclusive); raises as `stream`."""
    return b"".join(stream(ref, start, end))


def drift(ref: Reference) -> str | None:
    """Say in a few words how the object is no longer the recorded one; None if it still is.

    Raises:
        InvalidInput: a reference that leads where it must not.
        NoPermission, Unavailable: it cannot be told now.
    """
    try:
        return difference(ref, _look(_recorded(ref), given_by_user=False))
    except NotFound:
        return "gone"


def _look(target: Target, *, given_by_user: bool) -> Reference:
    if target.scheme == "file":
        return files.look(target, None if given_by_user else settings.reference_roots())
    if target.scheme in ("s3", "gs"):
        return buckets.look(target)
    return http.look(target, _allowed())


def _objects(target: Target, limit: int) -> list[Reference]:
    if not buckets.is_directory(target):
        try:
            return [buckets.look(target)]
        except NotFound:
            return buckets.below(target, limit)
    return buckets.below(target, limit)


def _recorded(ref: Reference) -> Target:
    """Where to read: at the recorded version, if one was."""
    target = parse(ref.uri)
    if target.version is None and ref.version is not None:
        return msgspec.structs.replace(target, version=ref.version)
    return target


def _allowed() -> addresses.Allowed:
    return addresses.allowed(settings.reference_hosts())
