"""What the index of a far journal remembers beside the state: what was seen of the journal, and when."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from mvfs.store.backend.base import ObjectInfo
from mvfs.store.entry import Entry, chain_hash, encode
from mvfs.store.tails import MAX_ENTRIES


class Looked(msgspec.Struct, frozen=True):
    """The last look at a journal."""

    seq: int
    """How many entries it had."""
    size: int
    """Of the last entry, in bytes."""
    modified: int
    """When the last entry came, in nanoseconds since 1970 by the store's clock."""
    at: int
    """When the look began, in microseconds since 1970."""
    marked: int
    """When an entry without effects was first seen: something outside of the journal has changed."""


def looked(db: sqlite3.Connection) -> Looked | None:
    """The last look, None where there was none."""
    row = db.execute("select seq, size, modified, at, marked from looked").fetchone()
    return Looked(*row) if row is not None else None


def note_look(db: sqlite3.Connection, last: ObjectInfo | None, seq: int, at: int, *, marked: bool) -> None:
    """Remember a look at a journal of ``seq`` entries that began at ``at``; ``last`` is the last of them."""
    before = looked(db)
    if before is not None and before.seq > seq and not marked:
        return  # another process saw more
    db.execute("begin immediate")
    try:
        db.execute("delete from looked")
        size, modified = (last.size, last.modified) if last is not None else (0, 0)
        when = at if marked else before.marked if before is not None else 0
        db.execute("insert into looked values (?, ?, ?, ?, ?)", (seq, size, modified, at, when))
    except BaseException:
        if db.in_transaction:  # a full disk ends it by itself
            db.execute("rollback")
        raise
    db.execute("commit")


def note_again(db: sqlite3.Connection, seq: int, at: int) -> None:
    """Remember that a journal still had ``seq`` entries at a later time."""
    db.execute("update looked set at = ? where seq = ? and at < ?", (at, seq, at))


def keep(db: sqlite3.Connection, entries: Sequence[tuple[Entry, bytes]]) -> None:
    """Keep the bytes of the newest entries, for who leaves copies; in the caller's transaction."""
    kept = []
    for entry, digest in entries[-MAX_ENTRIES:]:
        raw = encode(entry)
        if chain_hash(raw) == digest:  # another writer may have spelled it in another way
            kept.append((entry.seq, raw))
    db.executemany("insert or replace into recent values (?, ?)", kept)
    if entries:
        drop(db, entries[-1][0].seq - MAX_ENTRIES)  # who only reads leaves no copies, and need not keep all


def recent(db: sqlite3.Connection, first: int, seq: int) -> dict[int, bytes]:
    """The bytes of entries from ``first`` to ``seq`` - 1 by number, those that were kept."""
    found = db.execute("select seq, raw from recent where seq >= ? and seq < ?", (first, seq))
    return dict(found.fetchall())


def drop(db: sqlite3.Connection, before: int) -> None:
    """Forget the bytes of entries before a number."""
    db.execute("delete from recent where seq < ?", (before,))
