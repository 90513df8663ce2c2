"""The store: whether it is there, can be read, and how many may write to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mvfs import units
from mvfs.catalog.catalog import open_catalog
from mvfs.cli.doctor.finding import Finding, note, ok, trouble
from mvfs.cli.doctor.places import is_writable
from mvfs.mount.mountpoints import mounted
from mvfs.settings import StoreLocation
from mvfs.store import identity
from mvfs.store.backend.opening import backend_of
from mvfs.store.identity import StoreIdentity
from mvfs.store.probe import CREATE_ONCE

_SHARED = ("nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "lustre", "vboxsf", "fuse")
"""Kinds of file systems that others may write to as well, not all of which keep writers apart."""


def store(location: StoreLocation) -> Iterator[Finding]:
    """Look at the store that commands would use here; nothing is written."""
    by = f"by {location.given_by}" if location.given_by else "by default"
    if location.url is not None:
        found = identity.read(backend_of(location.url))  # past what is remembered of it
        yield _identified(location.url, by, found)
        if found is not None:
            yield _writers(found, location.url)
        return
    if location.path is None:
        return  # what names it is broken
    if not location.path.exists():
        yield from _absent(location.path, by)
        return
    found = identity.read(open_catalog(location).backend)
    yield _identified(str(location.path), by, found)
    yield _permission(location.path)
    if found is not None:
        yield _writers(found, str(location.path), _shared_kind(location))


def _identified(where: str, by: str, found: StoreIdentity | None) -> Finding:
    if found is None:
        return note(
            "store",
            f"{where} ({by}) is reached, and is no store yet",
            "the first 'mvfs log' makes it; so does 'mvfs init'",
        )
    since = units.moment(found.created)
    return ok("store", f"{where} ({by}) can be read: format {found.format}, made {since}")


def _absent(path: Path, by: str) -> Iterator[Finding]:
    if is_writable(path):
        yield note(
            "store",
            f"there is none at {path} ({by}) yet",
            "the first 'mvfs log' makes it; so does 'mvfs init'",
        )
    else:
        yield trouble(
            "store",
            f"there is none at {path} ({by}), and you may not make one there",
            "name another place with --store or MVFS_STORE",
        )


def _permission(path: Path) -> Finding:
    disk = os.statvfs(path)
    free = units.size(disk.f_bavail * disk.f_frsize)
    if os.access(path, os.W_OK | os.X_OK):
        return ok("writing", f"you may write to it, and {free} are free")
    return note("writing", f"you may read it, but not write to it ({free} are free)")


def _writers(found: StoreIdentity, where: str, kind: str | None = None) -> Finding:
    if found.has_one_writer:
        return note(
            "writers",
            "only one process at a time may ever write to it: the place has no conditional writes",
            f"mvfs sync {where} PLACE brings all of it to a place that has them",
        )
    if CREATE_ONCE in found.capabilities:
        return ok("writers", "many may write: conditional writes were tried when it was made")
    if kind is None:
        return ok("writers", "many may write: it is a directory of this machine")
    return note(
        "writers",
        f"it is on {kind}, and nobody has tried yet whether that keeps several writers apart",
        f"mvfs init {where} tries it",
    )


def _shared_kind(location: StoreLocation) -> str | None:
    """The kind of a file system that other machines may write to as well, or None."""
    path = Path(os.path.realpath(str(location.path)))
    above = {str(path), *map(str, path.parents)}
    entry = max((one for one in mounted() if one.path in above), key=lambda one: len(one.path), default=None)
    kind = "" if entry is None else entry.type
    return kind if kind.partition(".")[0] in _SHARED else None
