"""Journal entries: bytes to record and back. docs/FORMAT.md, "Journal entry"."""

from __future__ import annotations

from functools import cache

import msgspec
from blake3 import blake3

from mvfs.errors import CorruptObject, InvalidInput, UnsupportedFormat
from mvfs.store.effects import KNOWN_FEATURES, AnyEffect

FORMAT = 1
MAX_ENTRY = 64 * 1024
"""Bytes; what does not fit (long metadata) belongs in a file of the version."""

_CHECK = 16

_MOST = (1 << 63) - 1
"""The largest number and time of an entry: larger ones, which msgpack has, fit into no index."""

GENESIS = bytes(16)
"""What the first entry names as the hash of the one before."""


class Entry(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """One step of a project's history."""

    format: int
    seq: int
    prev: bytes
    """First 16 bytes of the BLAKE3 of the entry before."""
    op_id: bytes
    """16 random bytes made by the writer; finds out after a lost answer whose entry it is."""
    time: int
    """Microseconds since 1970 by the writer's clock; for display, never for order."""
    actor: str
    requires: list[str]
    """Features that a reader must know to fold this entry; others must stop here."""
    effects: list[AnyEffect]
    check: bytes = bytes(_CHECK)
    """First 16 bytes of the BLAKE3 of all bytes before: no later entry vouches for the last one."""


class _Head(msgspec.Struct, frozen=True, array_like=True):
    format: int
    seq: int
    prev: bytes
    op_id: bytes
    time: int
    actor: str
    requires: list[str]


_encoder = msgspec.msgpack.Encoder()
_heads = msgspec.msgpack.Decoder(_Head)


@cache
def _entries() -> msgspec.msgpack.Decoder[Entry]:
    """The decoder, which takes long to make; most commands find no entry to read."""
    return msgspec.msgpack.Decoder(Entry)


def chain_hash(raw: bytes) -> bytes:
    """The hash by which the next entry names this one."""
    return blake3(raw).digest(length=16)


def _check_of(raw: bytes) -> bytes:
    return blake3(raw[:-_CHECK]).digest(length=_CHECK)


def effect_size(effect: AnyEffect) -> int:
    """Bytes that an effect takes in an entry."""
    return len(_encoder.encode(effect))


def encode(entry: Entry) -> bytes:
    """Return the entry's bytes.

    Raises:
        InvalidInput: it would be larger than `MAX_ENTRY`, or a text in it is none.
    """
    try:
        raw = _encoder.encode(entry)
    except UnicodeEncodeError as exc:
        raise InvalidInput(
            f"an entry would hold U+{ord(exc.object[exc.start]):04X}, half of a surrogate pair, which is no"
            " character"
        ) from exc
    if len(raw) > MAX_ENTRY:
        raise InvalidInput(
            f"metadata, config or note of {len(raw):,} bytes is too long for the journal"
            f" ({MAX_ENTRY:,} bytes); put it into a file of the version"
        )
    return raw[:-_CHECK] + _check_of(raw)


def decode(raw: bytes, key: str) -> Entry:
    """Return the entry in ``raw``, read from ``key``.

    Raises:
        UnsupportedFormat: a newer mvfs wrote it.
        CorruptObject: it is no entry.
    """
    try:
        entry = _entries().decode(raw)
    except _UNREADABLE as exc:
        _check_head(_head_of(raw, key), key)  # a newer mvfs may have effects that this one cannot read
        _check_bytes(raw, key)
        raise CorruptObject(f"{key} holds an effect that cannot be read: {exc}", key=key) from exc
    _check_head(entry, key)
    _check_bytes(raw, key)
    numbers = entry.format > 0 and 0 <= entry.seq <= _MOST and entry.time <= _MOST
    if not numbers or len(entry.prev) != 16 or len(entry.op_id) != 16:
        raise CorruptObject(f"{key} is no journal entry: a field has the wrong size", key=key)
    return entry


_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def _head_of(raw: bytes, key: str) -> _Head:
    try:
        return _heads.decode(raw)
    except _UNREADABLE as exc:
        raise CorruptObject(f"{key} is no journal entry: {exc}", key=key) from exc


def _check_head(head: Entry | _Head, key: str) -> None:
    """Refuse an entry that needs a newer mvfs."""
    unknown = sorted(set(head.requires) - KNOWN_FEATURES) if head.requires else None
    if head.format > FORMAT or unknown:
        needs = f"format {head.format}" if head.format > FORMAT else f"feature {', '.join(unknown or ())}"
        raise UnsupportedFormat(f"{key} needs {needs}, which this mvfs does not know; upgrade mvfs", key=key)


def _check_bytes(raw: bytes, key: str) -> None:
    if raw[-_CHECK:] != _check_of(raw):
        raise CorruptObject(f"{key} was changed: its bytes do not match the hash in them", key=key)
