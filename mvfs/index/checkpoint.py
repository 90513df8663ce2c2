"""Checkpoints: the whole folded state of a journal in one object, so that a new index need not fold it all.

A copy for speed, never truth: whatever is wrong with one, the entries are folded instead. Writers leave
them behind; `mvfs.index.fresh` knows none. docs/FORMAT.md, "Acceleration".
"""

from __future__ import annotations

import contextlib
import sqlite3

import msgspec
from blake3 import blake3

from mvfs.errors import CorruptObject, MvfsError
from mvfs.index import schema, tables
from mvfs.store import keys
from mvfs.store.decoding import deflate, inflate, structure
from mvfs.store.entry import chain_hash
from mvfs.store.journal import Journal

MAX_CHECKPOINT = 256 << 20
"""Bytes, decompressed; a larger state has no checkpoint."""

_APART = 1024
"""Entries between two checkpoints, at least."""

_KEPT = 2
_TRIES = 4
"""Checkpoints that a reader looks at before it folds entries: strangers may have planted any number."""


class State(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a checkpoint holds."""

    schema: int
    journal: str
    seq: int
    head: bytes
    """`chain_hash` of entry ``seq`` - 1."""
    tables: tables.Tables


class _Head(msgspec.Struct, frozen=True, array_like=True):
    schema: int


_heads = msgspec.msgpack.Decoder(_Head)
_states = msgspec.msgpack.Decoder(State)


def load(journal: Journal, db: sqlite3.Connection) -> bool:
    """Bring an index forward to the newest good checkpoint; return whether there is one beyond it."""
    (at,) = db.execute("select seq from position").fetchone()
    with contextlib.suppress(MvfsError):
        for key, seq in _listed(journal)[:_TRIES]:
            if seq <= at:
                break
            with contextlib.suppress(CorruptObject):
                enter(read(journal, key, seq), db)
                return True
    return False


def read(journal: Journal, key: str, seq: int) -> State:
    """Return the state in the checkpoint ``key`` of a journal, verified but for what one row says of another.

    Raises:
        CorruptObject: it is damaged, of another schema, or not of this journal's history.
    """
    state = claimed(journal, key, seq)
    last = journal.read(seq - 1)
    if last is None or chain_hash(last) != state.head:
        raise CorruptObject(f"{key} is of another history", key=key)
    return state


def claimed(journal: Journal, key: str, seq: int) -> State:
    """Like `read`, but that the state is of this journal's history is for the caller to see.

    Raises:
        CorruptObject: it is damaged, or of another schema.
    """
    data = _expanded(journal, key)
    if structure(_heads, data, key).schema != schema.VERSION:
        raise CorruptObject(f"{key} is of another schema", key=key)
    state = structure(_states, data, key)
    if (state.journal, state.seq) != (journal.folder, seq):
        raise CorruptObject(f"{key} is of another history", key=key)
    tables.check(state.tables, key)
    return state


def schema_of(journal: Journal, key: str) -> int:
    """Return the number of the schema for which a checkpoint was made.

    Raises:
        CorruptObject: it is damaged.
    """
    return structure(_heads, _expanded(journal, key), key).schema


def _expanded(journal: Journal, key: str) -> bytes:
    frame = journal.backend.get(key, MAX_CHECKPOINT)
    if frame is None:
        raise CorruptObject(f"{key} is gone", key=key)
    if not key.endswith(f".{blake3(frame).hexdigest(length=8)}.mpz"):
        raise CorruptObject(f"{key} was changed: its bytes do not match its name", key=key)
    return inflate(frame, MAX_CHECKPOINT, key)


def enter(state: State, db: sqlite3.Connection) -> None:
    """Replace an index's state, unless another process brought it further meanwhile.

    Raises:
        CorruptObject: the rows do not fit each other.
    """
    db.execute("begin immediate")
    try:
        if db.execute("select seq from position").fetchone()[0] < state.seq:
            tables.fill(db, state.tables)
            db.execute("update position set seq = ?, head = ?", (state.seq, state.head))
    except BaseException:
        db.execute("rollback")
        raise
    db.execute("commit")


def is_due(journal: Journal, seq: int) -> bool:
    """Whether whoever brought the journal to ``seq`` entries should leave a checkpoint.

    The distance grows with the state: all checkpoints together cost a fixed share of what the entries cost.
    """
    newest = next((found for _, found in _listed(journal) if found <= seq), 0)
    return is_far_from(newest, seq)


def is_far_from(newest: int, seq: int) -> bool:
    """Whether a checkpoint is due at ``seq`` entries where the newest one is that of ``newest``."""
    return seq - newest > max(_APART, seq // 16)


def take(journal: Journal, db: sqlite3.Connection) -> State:
    """Return the index's present state, consistent while other processes write to the same file."""
    db.execute("begin")
    try:
        seq, head = db.execute("select seq, head from position").fetchone()
        return State(schema.VERSION, journal.folder, seq, head, tables.dump(db))
    finally:
        db.execute("rollback")


def write(journal: Journal, state: State) -> None:
    """Write a checkpoint, and delete all but the newest two.

    Raises:
        InvalidInput: the state is too large.
        NoSpace, NoPermission, Unavailable: the store cannot be written.
    """
    frame = deflate(msgspec.msgpack.encode(state), MAX_CHECKPOINT, "a checkpoint")
    mine = keys.checkpoint(journal.folder, state.seq, blake3(frame).hexdigest(length=8))
    journal.backend.put(mine, frame)
    older = [key for key, seq in _listed(journal) if key != mine and seq <= state.seq]
    for key in older[_KEPT - 1 :]:
        journal.backend.delete(key)


def _listed(journal: Journal) -> list[tuple[str, int]]:
    """Keys and positions of the journal's checkpoints, newest first."""
    listed = [info.key for info in journal.backend.list(keys.checkpoints(journal.folder))]
    return [(key, seq) for key in listed if (seq := keys.checkpoint_seq(journal.folder, key)) is not None]
