"""The files that a URI to log by reference stands for."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from urllib.parse import unquote

from msgspec.structs import replace

from mvfs import notices, text
from mvfs.errors import InvalidInput
from mvfs.references import lookup
from mvfs.references.reference import Reference
from mvfs.references.uri import Target, parse
from mvfs.settings import reference_roots
from mvfs.store.sources import SourceFile, check_sources


def scan_references(
    uri: str, name: str | None = None, *, checksum: bool = True, max_objects: int | None = None
) -> list[SourceFile]:
    """Look at the object, or the objects of a directory, bucket or prefix, that the user's ``uri`` names.

    A single object is called by the last component of its path, those of a directory by their paths in it;
    ``name`` replaces the former and goes before the latter. Without ``checksum``, only URI and size are kept.

    Raises:
        InvalidInput: no such URI, a place that must not be reached, a name that cannot be kept, or more than
            ``max_objects`` objects (by default 10,000; field: ``max_objects``).
        NotFound: nothing is there.
        NoPermission, Unavailable: it cannot be reached now.
    """
    if max_objects is not None and max_objects < 1:
        raise InvalidInput(f"max_objects is {max_objects}; it must be at least 1")
    target = parse(uri)
    found = lookup.listing(uri, lookup.MAX_OBJECTS if max_objects is None else max_objects)
    files = []
    for reference in found:
        path = _path(target, reference, name)
        recorded = reference if checksum else replace(reference, etag=None, version=None, modified=None)
        files.append(SourceFile(path, reference.uri, reference.size, False, reference=recorded))
    if target.scheme == "file":
        _tell_if_closed(target)
    return check_sources(files)


_told: set[str] = set()


def _tell_if_closed(target: Target) -> None:
    """Say at once, and once, that what is recorded cannot be read: later it would be noticed too late."""
    path = Path(target.path)
    home = str(path if path.is_dir() else path.parent)
    roots = reference_roots()
    allowed = (*roots, *(root.resolve() for root in roots))
    if home in _told or any(path.is_relative_to(root) for root in allowed):
        return
    _told.add(home)
    notices.tell(
        f"references into '{home}' are recorded, but cannot be read here, neither by download nor by mount,"
        " before it is in MVFS_REFERENCES_ROOTS, or in file_roots under [references] of the configuration"
    )


def _path(target: Target, reference: Reference, name: str | None) -> str:
    """What an object is called in the version."""
    if reference.uri == target.uri:
        path = name or _last(target)
    else:
        below = _below(target, parse(reference.uri))
        path = f"{name}/{below}" if name else below
    return unicodedata.normalize("NFC", path)


def _below(target: Target, one: Target) -> str:
    if target.scheme == "file":
        return os.path.relpath(one.path, target.path)
    prefix = target.key.rstrip("/")
    return one.key[len(prefix) + 1 if prefix else 0 :]


def _last(target: Target) -> str:
    if target.scheme in ("s3", "gs", "file"):
        return (target.key or target.path).rpartition("/")[2]
    raw = target.path.partition("?")[0].rpartition("/")[2]
    if not raw:
        raise InvalidInput(f"'{text.line(target.uri)}' ends with no name of a file; give it one with name")
    decoded = unquote(raw)
    return raw if "/" in decoded else decoded
