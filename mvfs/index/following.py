"""How the index of a far store keeps up: one listing where nothing is new, and few requests where much is.

The listing shows that the last entry known is there still, by its size and time. That is enough to read
from: whatever is folded on top names the hash of what is below it. Who commits looks at the bytes.
docs/design/008-few-requests.md.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from itertools import islice

from mvfs.errors import CorruptObject
from mvfs.index import aside
from mvfs.index.checkpoint import State, claimed
from mvfs.index.index import Index
from mvfs.store import keys, newest, tails
from mvfs.store.backend.base import ObjectInfo
from mvfs.store.entry import GENESIS, Entry, chain_hash
from mvfs.store.newest import End
from mvfs.store.tails import Marks, Tail

_FEW = 8
"""New entries that are read singly; of more, the copies beside the journal are looked for."""

_MANY = 256
"""New entries beyond all copies that are read side by side; of more, segment by segment."""

_RELIST = 60.0
"""Seconds after which who polls lists the journal again, and so sees whether it is still the same."""

_TRIES = 4
"""Copies may be deleted while they are read, for newer ones; and strangers may have planted any number."""

Items = Sequence[tuple[Entry, bytes]]


def poll(index: Index) -> bool:
    """`follow`, by asking for the next entry where the journal was listed a moment ago.

    A request for what is not there is cheaper than a listing, to who pays for it.
    """
    seq, _ = index.position()
    if seq and time.monotonic() - index.listed_at < _RELIST:
        began = time.time_ns() // 1000
        if index.journal.read(seq) is None:
            with index.lock, contextlib.suppress(sqlite3.OperationalError):
                aside.note_again(index.db, seq, began)
            return index.seq != seq
    moved = follow(index)
    index.listed_at = time.monotonic()
    return moved


def follow(index: Index) -> bool:
    """Fold what the journal has beyond an index; return whether anything was new.

    Raises:
        CorruptObject: an entry cannot be read, or does not follow from the one before.
        Unavailable: the store is out of reach.
    """
    began = time.time_ns() // 1000
    seq, head = index.position()
    if seq == 0:
        return _begin(index, began)
    end = newest.look(index.journal.backend, index.journal.folder, seq)
    if not end.new:
        if not _is_still_there(index, seq, head, end.last):
            index.restart()
            return follow(index)
        _remember(index, end.last, seq, began)
        return index.seq != seq
    if len(end.new) > _FEW:
        return _leap(index, end, began)
    numbers = range(seq, seq + len(end.new))
    try:
        items = newest.chained(
            newest.fetch(index.journal.backend, index.journal.folder, numbers),
            index.journal.folder,
            seq,
            head,
        )
    except CorruptObject:
        if _is_still_there(index, seq, head, None):
            raise
        index.restart()
        return follow(index)
    index.apply(items)
    _remember(index, end.new[-1], numbers.stop, began, marked=seq > 0 and _has_mark(items))
    return True


def _begin(index: Index, began: int) -> bool:
    """The first look of this machine. All that is of the root's journal comes in one listing."""
    journal = index.journal
    if journal.folder != keys.ROOT_JOURNAL:
        return _leap(index, None, began)
    found = list(islice(journal.backend.list(journal.folder), newest.PAGE))
    end = newest.end_of(found, journal.folder, 0)
    marks = tails.marks_in(found, journal.folder)
    return _leap(index, end, began, marks if len(end.new) >= tails.EVERY else Marks([], []))


def _is_still_there(index: Index, seq: int, head: bytes, last: ObjectInfo | None) -> bool:
    """Whether the last entry known is the journal's: as it was listed before, else by its hash."""
    if seq == 0:
        return True
    with index.lock:
        before = aside.looked(index.db)
    if last is not None and before is not None:
        is_as_listed = (before.seq, before.size, before.modified) == (seq, last.size, last.modified)
        if is_as_listed:
            return True
    raw = index.journal.read(seq - 1)
    return raw is not None and chain_hash(raw) == head


def _has_mark(items: Items) -> bool:
    return any(not entry.effects for entry, _ in items)


def _remember(index: Index, last: ObjectInfo | None, seq: int, at: int, *, marked: bool = False) -> None:
    with index.lock, contextlib.suppress(sqlite3.OperationalError):  # the next look only takes longer
        aside.note_look(index.db, last, seq, at, marked=marked)


def _leap(index: Index, end: End | None, began: int, marks: Marks | None = None) -> bool:
    """Fold much at once: from a checkpoint and a tail where there are good ones, else from the entries."""
    before, head = index.position()
    tried: set[str] = set()
    for _ in range(_TRIES):
        try:
            last, seq = _from_copies(index, end, tried, marks)
        except CorruptObject:
            marks = None
            continue
        _remember(index, last, seq, began, marked=before > 0)
        return index.seq != before
    if not _is_still_there(index, before, head, end.last if end else None):
        index.restart()
    index.journal.catch_up(index)
    _remember(index, None, index.seq, began, marked=before > 0)
    return index.seq != before


def _from_copies(
    index: Index, end: End | None, tried: set[str], marks: Marks | None
) -> tuple[ObjectInfo | None, int]:
    """Fold with the help of copies; return how the last entry is listed, if known, and what comes next.

    Raises:
        CorruptObject: a copy is not good, or the journal is not.
    """
    journal = index.journal
    seq, head = index.position()
    if marks is None:
        marks = tails.listed(journal.backend, journal.folder, tried)
    state, tail = _chosen(index, marks, seq, tried)
    if state is not None:
        seq, head = state.seq, state.head
    items: list[tuple[Entry, bytes]] = []
    if tail is not None:
        raws = tails.read(journal.backend, tail)[seq - tail.first :]
        items = newest.chained(raws, journal.folder, seq, head)
        seq, head = tail.seq, items[-1][1] if items else head
    if end is None or not end.is_all:
        end = newest.look(journal.backend, journal.folder, seq)
    listed = {info.key: info for info in (end.last, *end.new) if info is not None}
    infos = [info for key, info in listed.items() if key >= keys.entry(journal.folder, seq)]
    if not infos or len(infos) > _MANY:
        raw = journal.read(seq - 1) if seq else b""
        if raw is None or (chain_hash(raw) if seq else GENESIS) != head:
            raise CorruptObject(f"copies beside {journal.folder} are of another history")
    else:  # the first of them names what is below it
        raws = newest.fetch(journal.backend, journal.folder, range(seq, seq + len(infos)))
        items += newest.chained(raws, journal.folder, seq, head)
    if state is not None:
        index.enter(state)
    if items:
        index.apply(items)
    if len(infos) > _MANY:
        journal.catch_up(index)
        return None, index.seq
    seq += len(infos)
    return listed.get(keys.entry(journal.folder, seq - 1)) if seq else None, seq


def _chosen(index: Index, marks: Marks, seq: int, tried: set[str]) -> tuple[State | None, Tail | None]:
    """The checkpoint and the tail that lead farthest from ``seq``, now ``tried``; of each, perhaps none."""
    newer = [(at, key) for at, key in marks.checkpoints if at > seq]
    reached = newer[0][0] if newer else seq
    tail = next((one for one in marks.tails if one.seq > reached), None)
    if tail is not None and tail.first > seq:
        fitting = [(at, key) for at, key in newer if tail.first <= at]
        newer, tail = (fitting, tail) if fitting else (newer, None)
    elif tail is not None:
        newer = []
    tried.update([tail.key] if tail is not None else [], [key for _, key in newer[:1]])
    return claimed(index.journal, newer[0][1], newer[0][0]) if newer else None, tail
