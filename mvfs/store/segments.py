"""Segments: runs of 128 journal entries in one object, so that a long journal is read with few requests.

A copy for speed, never truth: whatever is wrong with one, the entries themselves are read instead.
docs/FORMAT.md, "Acceleration".
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import msgspec
from blake3 import blake3

from mvfs.errors import CorruptObject, MvfsError
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.decoding import deflate, inflate, structure
from mvfs.store.entry import MAX_ENTRY, Entry, chain_hash, decode

ENTRIES = 128
"""In each segment; the first one's number is a multiple of it."""

MAX_SEGMENT = ENTRIES * MAX_ENTRY
"""Bytes, decompressed."""

_ARRAY = b"\xdc" + ENTRIES.to_bytes(2, "big")
"""The head of a msgpack array of so many items: what makes a segment's bytes one array of entries."""

_raws = msgspec.msgpack.Decoder(list[msgspec.Raw])


class Copies:
    """The segments that one reading of a journal can use; listed when it turns out to be a long one."""

    def __init__(self, backend: Backend, folder: str) -> None:
        self._backend, self._folder = backend, folder
        self._keys: dict[int, str] | None = None

    def at(self, seq: int, head: bytes) -> list[tuple[Entry, bytes]]:
        """Return the entries of the segment that begins at ``seq``, verified; none if none is good."""
        if seq % ENTRIES:
            return []
        try:
            if self._keys is None:
                if self._backend.head(keys.entry(self._folder, seq + ENTRIES - 1)) is None:
                    return []
                self._keys = _listing(self._backend, self._folder, seq)
            key = self._keys.get(seq)
            return [] if key is None else read(self._backend, self._folder, key, seq, head)
        except MvfsError:
            return []


def _listing(backend: Backend, folder: str, seq: int) -> dict[int, str]:
    """The keys of segments by their first entry, from ``seq`` on; of several, the last one listed."""
    found = {}
    for info in backend.list(keys.segments(folder), after=keys.segments(folder, seq)):
        first = keys.segment_first(folder, info.key, ENTRIES)
        if first is not None:
            found[first] = info.key
    return found


def read(backend: Backend, folder: str, key: str, seq: int, head: bytes) -> list[tuple[Entry, bytes]]:
    """Return the segment's entries with their chain hashes, all of them the journal's own.

    Args:
        backend: where the journal is.
        folder: the journal's folder.
        key: the segment's key.
        seq: number of the segment's first entry.
        head: chain hash of the entry before it.

    Raises:
        CorruptObject: it is damaged, or holds anything but what follows ``head`` in the journal.
    """
    frame = backend.get(key, MAX_SEGMENT)
    if frame is None:
        raise CorruptObject(f"{key} is gone", key=key)
    if not key.endswith(f".{blake3(frame).hexdigest(length=8)}.mpz"):
        raise CorruptObject(f"{key} was changed: its bytes do not match its name", key=key)
    raws = structure(_raws, _ARRAY + inflate(frame, MAX_SEGMENT, key), key)
    # The entries name each other's hashes, so if the last one is the journal's, all of them are.
    if bytes(raws[-1]) != backend.get(keys.entry(folder, seq + ENTRIES - 1), MAX_ENTRY):
        raise CorruptObject(f"{key} is of another history", key=key)
    return _chained(raws, key, seq, head)


def _chained(raws: list[msgspec.Raw], key: str, seq: int, head: bytes) -> list[tuple[Entry, bytes]]:
    items = []
    for raw in map(bytes, raws):
        entry = decode(raw, key)
        if len(raw) > MAX_ENTRY or entry.seq != seq or entry.prev != head:
            raise CorruptObject(f"{key} holds entries that do not follow each other", key=key)
        seq, head = seq + 1, chain_hash(raw)
        items.append((entry, head))
    return items


def keep(backend: Backend, folder: str, seq: int) -> None:
    """Write the segment that entry ``seq`` completes, if it does; what goes wrong is not worth telling."""
    if (seq + 1) % ENTRIES == 0:
        with contextlib.suppress(MvfsError):
            write(backend, folder, seq + 1 - ENTRIES)


def write(backend: Backend, folder: str, seq: int) -> None:
    """Write the segment whose first entry is ``seq``.

    Raises:
        CorruptObject: an entry is missing.
    """
    raws = []
    for number in range(seq, seq + ENTRIES):
        raw = backend.get(keys.entry(folder, number), MAX_ENTRY)
        if raw is None:
            raise CorruptObject(f"{keys.entry(folder, number)} is missing", key=keys.entry(folder, number))
        raws.append(raw)
    put(backend, folder, seq, raws)


def put(backend: Backend, folder: str, seq: int, raws: Sequence[bytes]) -> None:
    """Write the segment of the entries whose first one is ``seq``."""
    frame = deflate(b"".join(raws), MAX_SEGMENT, "a segment")
    backend.put(keys.segment(folder, seq, ENTRIES, blake3(frame).hexdigest(length=8)), frame)
