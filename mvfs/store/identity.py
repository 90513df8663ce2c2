"""The object ``store.mp``: makes a directory a store, and says which format it has."""

from __future__ import annotations

import os
import re

import msgspec

from mvfs.errors import CorruptObject, NotAStore, UnsupportedFormat
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.decoding import Kind, decode

FORMAT = 1
MAX = 4096
"""Bytes of ``store.mp``."""

SINGLE_WRITER = "single-writer"
"""Among the capabilities: this one is a lack."""

_ID = re.compile(r"[0-9a-f]{32}")
"""What a store's id looks like: users keep indexes in a directory of that name."""


class StoreIdentity(msgspec.Struct, frozen=True, array_like=True):
    """Who a store is. Readers ignore items after those they know, if ``format`` is one they know."""

    magic: str
    format: int
    store_id: str
    created: int
    """Microseconds since 1970."""
    capabilities: list[str] = []
    """What the place was seen to do when the store was made; empty where nobody looked."""

    @property
    def has_one_writer(self) -> bool:
        """Whether the place has no conditional writes, so that only one may write at a time."""
        return SINGLE_WRITER in self.capabilities


_KIND = Kind("store identity", msgspec.msgpack.Decoder(StoreIdentity), cap=MAX)


def read(backend: Backend) -> StoreIdentity | None:
    """Return the store's identity, or None where there is no store.

    Raises:
        UnsupportedFormat: a newer mvfs made it.
        NotAStore: ``store.mp`` is something else.
    """
    raw = backend.get(keys.STORE, MAX)
    return None if raw is None else parse(raw, backend.location)


def parse(raw: bytes, location: str) -> StoreIdentity:
    """Return the identity that ``store.mp`` of a place holds.

    Raises:
        UnsupportedFormat, NotAStore: as in `read`.
    """
    try:
        identity = decode(_KIND, raw, keys.STORE)
    except CorruptObject as exc:
        raise NotAStore(f"{location} is no mvfs store: its {keys.STORE} is something else") from exc
    if identity.magic != "mvfs":
        raise NotAStore(f"{location} is no mvfs store: its {keys.STORE} is something else")
    if identity.format > FORMAT:
        raise UnsupportedFormat(
            f"store {location} has format {identity.format}; this mvfs knows up to {FORMAT}: upgrade mvfs"
        )
    if identity.format < 1 or not _ID.fullmatch(identity.store_id):
        raise NotAStore(f"{location} is no mvfs store: its {keys.STORE} has no proper id")
    return identity


def make(backend: Backend, created: int, capabilities: list[str]) -> StoreIdentity:
    """Make a store; if somebody else made it at the same time, theirs is the one."""
    identity = StoreIdentity("mvfs", FORMAT, os.urandom(16).hex(), created, capabilities)
    backend.create(keys.STORE, msgspec.msgpack.encode(identity))
    found = read(backend)
    if found is None:
        raise NotAStore(f"{backend.location} forgot the object {keys.STORE} that was just written")
    return found
