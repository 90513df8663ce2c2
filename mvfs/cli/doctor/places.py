"""The directories of this user: index, state, and the cache of far stores."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mvfs import settings, units
from mvfs.cache import room
from mvfs.cli.doctor.finding import Finding, note, ok, trouble
from mvfs.settings import StoreLocation
from mvfs.store.reflink import clone

_LITTLE = 1 << 30
"""Bytes of cache that a model of today may not fit into."""


def index() -> Iterator[Finding]:
    """Look at where indexes are kept."""
    place = settings.cache_dir()
    if is_writable(place):
        yield ok("index", f"indexes are in {place}")
    else:
        yield note(
            "index",
            f"{place} cannot be written: indexes are made anew in memory each time",
            "make it writable, or set MVFS_CACHE_DIR",
        )


def state() -> Iterator[Finding]:
    """Look at where trust stamps and logs are kept."""
    place = settings.state_dir()
    if is_writable(place):
        yield ok("state", f"trust stamps and logs of mounts are in {place}")
    else:
        yield note(
            "state",
            f"{place} cannot be written: nothing is remembered as verified, and mounts have no log",
            "make it writable, or set MVFS_STATE_DIR",
        )


def cache(location: StoreLocation) -> Iterator[Finding]:
    """Look at where bytes of far stores are kept."""
    if not settings.is_cache_on():
        yield note("cache", "$MVFS_CACHE is off: bytes of buckets are fetched anew each time")
        return
    place = settings.blob_cache().path
    if not is_writable(place):
        tell = note if location.url is None else trouble
        yield tell(
            "cache",
            f"{place} cannot be written: bytes of buckets are fetched anew each time",
            "make it writable, or set MVFS_CACHE_DIR, or MVFS_CACHE=off if that is meant",
        )
        return
    taken = sum(entry.size for entry in room.entries(place))
    limit = room.limit(place, taken)
    by = f", by {limit.given_by}" if limit.given_by else ""
    shares = "; copies share blocks" if _shares_blocks(place) else ""
    line = f"{place}: {units.size(taken)} of at most {units.size(limit.size)}{by}{shares}"
    if limit.size < _LITTLE:
        yield note("cache", line, "that is little: make room on the disk, or 'mvfs cache limit SIZE'")
    else:
        yield ok("cache", line)


def is_writable(place: Path) -> bool:
    """Whether this user may write to a directory, or make it."""
    while not place.exists() and place != place.parent:
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)


def _shares_blocks(place: Path) -> bool:
    """Whether the file system can copy at no cost; tried with a file of our own, which goes again."""
    with contextlib.suppress(OSError), tempfile.TemporaryDirectory(dir=place, prefix="trial-") as folder:
        source = Path(folder, "source")
        source.write_bytes(b"x" * 4096)
        with open(source, "rb") as file:
            copy = clone(file.fileno(), Path(folder, "copy"))
        if copy is not None:
            os.close(copy)
            return True
    return False
