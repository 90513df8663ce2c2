"""The end of a far journal with few requests: one listing says what is new, which is asked for at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from mvfs.errors import CorruptObject
from mvfs.store import keys
from mvfs.store.backend.base import Backend, ObjectInfo
from mvfs.store.entry import MAX_ENTRY, Entry, chain_hash, decode

if TYPE_CHECKING:
    from concurrent.futures import Executor

PAGE = 1000
"""Keys that one request lists."""

_AT_ONCE = 16
"""Entries that are asked for side by side."""

_ENTRY = r"([0-9]{12})\.mp"


class End(msgspec.Struct, frozen=True):
    """What one listing says of a journal from some entry on."""

    last: ObjectInfo | None
    """The entry before the first one asked about; None where it is gone."""
    new: list[ObjectInfo]
    """The entries from there on, without a gap."""
    is_all: bool
    """Whether nothing comes after them."""


def look(backend: Backend, folder: str, seq: int) -> End:
    """List a journal from entry ``seq`` on, and the one before it, in one request."""
    after = keys.entry(folder, seq - 2) if seq > 1 else ""
    return end_of(list(islice(backend.list(f"{folder}/", after), PAGE)), folder, seq)


def end_of(found: Sequence[ObjectInfo], folder: str, seq: int) -> End:
    """What a page of a listing says of a journal from entry ``seq`` on."""
    numbered: dict[int, ObjectInfo] = {}
    for info in found:
        name = re.fullmatch(_ENTRY, info.key.removeprefix(f"{folder}/"))
        if name is not None:
            numbered[int(name[1])] = info
    end = seq
    while end in numbered:
        end += 1
    return End(numbered.get(seq - 1), [numbered[n] for n in range(seq, end)], len(found) < PAGE)


def fetch(backend: Backend, folder: str, numbers: Sequence[int]) -> list[bytes]:
    """Return the bytes of entries, all asked for side by side.

    Raises:
        CorruptObject: one that was listed is not there.
    """
    names = [keys.entry(folder, number) for number in numbers]

    def read(key: str) -> bytes:
        raw = backend.get(key, MAX_ENTRY)
        if raw is None:
            raise CorruptObject(f"{key} was listed, and is gone", key=key)
        return raw

    if len(names) < 2:
        return [read(key) for key in names]
    with _pool(min(_AT_ONCE, len(names))) as pool:
        return list(pool.map(read, names))


def _pool(workers: int) -> Executor:
    from concurrent.futures import ThreadPoolExecutor  # costs more to import than most commands take

    return ThreadPoolExecutor(workers)


def chained(raws: Iterable[bytes], folder: str, seq: int, head: bytes) -> list[tuple[Entry, bytes]]:
    """Return entries with their chain hashes; each follows from the one before, the first one from ``head``.

    Raises:
        CorruptObject: one does not follow.
    """
    items = []
    for raw in raws:
        key = keys.entry(folder, seq)
        if len(raw) > MAX_ENTRY:
            raise CorruptObject(f"{key} is {len(raw):,} bytes; an entry has at most {MAX_ENTRY:,}", key=key)
        entry = decode(raw, key)
        if entry.seq != seq or entry.prev != head:
            raise CorruptObject(
                f"{key} does not follow the entry before it: the journal was rewritten or mixed up;"
                " restore the store from a copy",
                key=key,
            )
        seq, head = seq + 1, chain_hash(raw)
        items.append((entry, head))
    return items
