"""The identities of far stores that this machine has seen: ``store.mp`` never changes, one look is enough."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec
from blake3 import blake3

from mvfs import settings
from mvfs.errors import Unavailable
from mvfs.store import identity
from mvfs.store.backend.base import Backend
from mvfs.store.identity import StoreIdentity


def place(backend: Backend) -> str:
    """A name for where a store is, fit for a file: copies of a store share its id, not its place."""
    return blake3(backend.location.encode("utf-8", "surrogateescape")).hexdigest(length=8)


def recall(backend: Backend) -> StoreIdentity | None:
    """The identity of the store that was last seen at a place, or None."""
    try:
        raw = _file(backend).read_bytes()
        return identity.parse(raw, backend.location) if len(raw) <= identity.MAX else None
    except (OSError, Unavailable):
        return None


def read(backend: Backend) -> StoreIdentity | None:
    """`mvfs.store.identity.read`, remembered where it is far."""
    found = identity.read(backend)
    if backend.is_far:
        with contextlib.suppress(OSError):
            _remember(_file(backend), found)
    return found


def _remember(path: Path, found: StoreIdentity | None) -> None:
    if found is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_suffix(f".{os.urandom(4).hex()}")
    scratch.write_bytes(msgspec.msgpack.encode(found))
    scratch.replace(path)


def _file(backend: Backend) -> Path:
    return settings.cache_dir() / "index" / "stores" / f"{place(backend)}.mp"
