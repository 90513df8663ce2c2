"""Tails: all entries since a checkpoint in one object, so that a far journal is read with few requests.

A copy for speed, never truth: whatever is wrong with one, the entries themselves are read instead.
docs/FORMAT.md, "Acceleration".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

import msgspec
from blake3 import blake3

from mvfs.errors import CorruptObject
from mvfs.store import keys
from mvfs.store.backend.base import Backend, ObjectInfo
from mvfs.store.decoding import deflate, inflate, structure
from mvfs.store.newest import PAGE

EVERY = 4
"""Entries from one tail to the next: so many less one have to be read singly, at most."""

MAX_ENTRIES = 16384
MAX_TAIL = 4 << 20
"""Bytes, decompressed; with more than that since the checkpoint, no tail is written."""

_KEPT = 2

_raws = msgspec.msgpack.Decoder(list[msgspec.Raw])


class Tail(msgspec.Struct, frozen=True):
    """A tail as it is listed."""

    first: int
    """Number of its first entry."""
    seq: int
    """Number of the entry after its last one."""
    key: str


class Marks(msgspec.Struct, frozen=True):
    """What is left beside a journal for whoever reads it anew; each list has the newest first."""

    checkpoints: list[tuple[int, str]]
    """Number of the next entry, and key."""
    tails: list[Tail]


def listed(backend: Backend, folder: str, but: Collection[str] = ()) -> Marks:
    """List checkpoints and tails, all ``but`` some, in one request."""
    return marks_in(islice(backend.list(keys.checkpoints(folder)), PAGE), folder, but)


def marks_in(found: Iterable[ObjectInfo], folder: str, but: Collection[str] = ()) -> Marks:
    """The checkpoints and tails of a journal in a listing, all ``but`` some."""
    marks = Marks([], [])
    for info in found:
        if info.key in but:
            continue
        if (seq := keys.checkpoint_seq(folder, info.key)) is not None:
            marks.checkpoints.append((seq, info.key))
        elif (span := keys.tail_span(folder, info.key)) is not None:
            marks.tails.append(Tail(*span, info.key))
    return marks


def read(backend: Backend, tail: Tail) -> list[bytes]:
    """Return the entries' bytes. Whether they are the journal's own is for the caller to see.

    Raises:
        CorruptObject: it is damaged.
    """
    frame = backend.get(tail.key, MAX_TAIL)
    if frame is None:
        raise CorruptObject(f"{tail.key} is gone", key=tail.key)
    if not tail.key.endswith(f".{blake3(frame).hexdigest(length=8)}.mpz"):
        raise CorruptObject(f"{tail.key} was changed: its bytes do not match its name", key=tail.key)
    count = tail.seq - tail.first
    head = b"\xdc" + count.to_bytes(2, "big")  # of a msgpack array of so many items
    raws = structure(_raws, head + inflate(frame, MAX_TAIL, tail.key), tail.key)
    return [bytes(raw) for raw in raws]


def write(backend: Backend, folder: str, first: int, raws: Sequence[bytes], marks: Marks) -> None:
    """Write the entries from ``first`` on as one tail, and delete older ones of those that were listed.

    Raises:
        InvalidInput: they are too large.
        NoSpace, NoPermission, Unavailable: the store cannot be written.
    """
    frame = deflate(b"".join(raws), MAX_TAIL, "a tail")
    seq = first + len(raws)
    mine = keys.tail(folder, first, seq, blake3(frame).hexdigest(length=8))
    backend.put(mine, frame)
    older = [tail.key for tail in marks.tails if tail.key != mine and tail.seq <= seq]
    for key in older[_KEPT - 1 :]:
        backend.delete(key)
