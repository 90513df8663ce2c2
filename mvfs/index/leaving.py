"""What whoever commits to a far journal leaves beside it: segments, checkpoints and tails.

All of it is written from what the index has folded, so that nothing is read back.
"""

from __future__ import annotations

import contextlib
import sqlite3

from mvfs.errors import MvfsError
from mvfs.index import aside, checkpoint
from mvfs.index.index import Index
from mvfs.store import keys, newest, segments, tails

_FETCHED = 256
"""Entries that are read back for a tail, at most, where this machine has not folded them itself."""


def leave(index: Index) -> None:
    """Leave what is due at the index's position; whatever prevents it is nothing that a writer need know."""
    seq = index.seq
    every = 1 if index.journal.folder == keys.ROOT_JOURNAL else tails.EVERY  # the root seldom changes
    if seq % every or seq < tails.EVERY:
        return
    with contextlib.suppress(MvfsError, sqlite3.OperationalError):
        _leave(index, seq)


def _leave(index: Index, seq: int) -> None:
    backend, folder = index.journal.backend, index.journal.folder
    if seq % segments.ENTRIES == 0 and (raws := _entries(index, seq - segments.ENTRIES, seq)):
        segments.put(backend, folder, seq - segments.ENTRIES, raws)
    marks = tails.listed(backend, folder)
    base = next((at for at, _ in marks.checkpoints if at <= seq), 0)
    if seq % segments.ENTRIES == 0 and checkpoint.is_far_from(base, seq):
        with index.lock:
            state = checkpoint.take(index.journal, index.db)
        checkpoint.write(index.journal, state)
    elif seq - base <= tails.MAX_ENTRIES and (raws := _entries(index, base, seq)):
        tails.write(backend, folder, base, raws, marks)
    with index.lock:
        aside.drop(index.db, min(base, seq - seq % segments.ENTRIES))


def _entries(index: Index, first: int, seq: int) -> list[bytes]:
    """The bytes of entries from ``first`` to ``seq`` - 1; none if too many of them were never seen here."""
    with index.lock:
        kept = aside.recent(index.db, first, seq)
    missing = [number for number in range(first, seq) if number not in kept]
    if len(missing) > _FETCHED:
        return []
    if missing:
        read = newest.fetch(index.journal.backend, index.journal.folder, missing)
        kept |= dict(zip(missing, read, strict=True))
    return [kept[number] for number in range(first, seq)]
