"""Values of runs' config and summary, picked out of their JSON for the keys that were asked for.

A config can have thousands of values, of which a question looks at one or two: reading the JSON of ten
thousand runs for each question would take most of its time. So what is picked out once is kept in the index,
disposable like all of it. A fold throws away what it changes, and the next question picks that out again.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from mvfs.index import schema
from mvfs.index.queries import values_of
from mvfs.query.scalar import at, scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mvfs.index.index import Index
    from mvfs.query.scalar import Scalar

FEW = 200
"""Runs; of so many, nothing is kept."""
MAX_KEYS = 64
"""Keys that are kept; with one more, all are dropped and begun anew."""

Place = tuple[str, tuple[str, ...]]
"""A column of JSON, and a key in it."""


def prepare(index: Index, wanted: Sequence[Place]) -> None:
    """Pick out what is missing, where there are runs enough for it.

    A file that cannot be written is no obstacle: the questions then look into the JSON.
    """
    db = index.db
    if not wanted or len(wanted) > MAX_KEYS or db.in_transaction:
        return
    (runs,) = db.execute("select count(*) from (select 1 from runs limit ?)", (FEW + 1,)).fetchone()
    if runs > FEW and len(ready(db, wanted)) < len(wanted):
        with contextlib.suppress(sqlite3.OperationalError):
            _pick(db, wanted)


def ready(db: sqlite3.Connection, wanted: Sequence[Place]) -> dict[Place, str]:
    """Return expressions of the values that no run lacks; true for as long as nothing is written."""
    return {
        place: f"(select value from picked where key = {key} and run = r.rowid)"  # noqa: S608 - a number
        for place, key in _known(db, wanted).items()
        if not _has_gap(db, key)
    }


def _known(db: sqlite3.Connection, wanted: Sequence[Place]) -> dict[Place, int]:
    """The ids of the keys that are kept."""
    if db.execute("select 1 from sqlite_schema where name = 'picked_keys'").fetchone() is None:
        return {}
    sql = "select id from picked_keys where place = ? and path = ?"
    found = ((place, db.execute(sql, (place[0], json.dumps(place[1]))).fetchone()) for place in wanted)
    return {place: row[0] for place, row in found if row is not None}


def _has_gap(db: sqlite3.Connection, key: int) -> bool:
    """Whether a run's value is missing; every run has one, null where its JSON has none."""
    sql = "select (select count(*) from runs) <> (select count(*) from picked where key = ?)"
    return bool(db.execute(sql, (key,)).fetchone()[0])


def _pick(db: sqlite3.Connection, wanted: Sequence[Place]) -> None:
    db.execute("begin immediate")
    try:
        for statement in schema.PICKED:
            db.execute(statement)
        keys = _make_keys(db, wanted)
        for column in dict.fromkeys(place for place, _ in wanted):
            _pick_column(db, column, {path: key for (place, path), key in keys.items() if place == column})
    except BaseException:
        if db.in_transaction:  # a full disk ends it by itself
            db.execute("rollback")
        raise
    db.execute("commit")


def _make_keys(db: sqlite3.Connection, wanted: Sequence[Place]) -> dict[Place, int]:
    """Return the ids of the keys, new ones among them."""
    known = _known(db, wanted)
    (kept,) = db.execute("select count(*) from picked_keys").fetchone()
    if kept + len(wanted) - len(known) > MAX_KEYS:
        db.execute("delete from picked")
        db.execute("delete from picked_keys")
    db.executemany(
        "insert or ignore into picked_keys (place, path) values (?, ?)",
        [(column, json.dumps(path)) for column, path in wanted],
    )
    return _known(db, wanted)


def _pick_column(db: sqlite3.Connection, column: str, keys: dict[tuple[str, ...], int]) -> None:
    """Pick the values of some keys out of one column, of the runs that lack one of them."""
    lacking = " or ".join(
        f"not exists (select 1 from picked where key = {key} and run = r.rowid)"  # noqa: S608 - a number
        for key in keys.values()
    )
    texts = db.execute(f"select r.rowid, {column} from runs r where {lacking}").fetchall()  # noqa: S608
    read = _reader(list(keys))
    rows = [
        (key, run, value) for run, text in texts for key, value in zip(keys.values(), read(text), strict=True)
    ]
    db.executemany("insert or replace into picked values (?, ?, ?)", sorted(rows, key=itemgetter(0, 1)))


def _reader(paths: Sequence[tuple[str, ...]]) -> Callable[[str], list[Scalar]]:
    """Return what reads the values at some paths out of JSON, and passes over all else there is in it."""
    heads = list(dict.fromkeys(head for path in paths for head in (".".join(path), path[0])))
    names = {f"f{number}": head for number, head in enumerate(heads)}
    try:
        few = msgspec.defstruct("Few", [(name, Any, None) for name in names], rename=names)
    except ValueError:  # a key with quotes, or the like
        return lambda text: [scalar(at(values_of(text), path)) for path in paths]
    decode, row = msgspec.json.Decoder(few).decode, msgspec.structs.astuple
    plain = [heads.index(path[0]) for path in paths] if all(len(path) == 1 for path in paths) else None

    def read(text: str) -> list[Scalar]:
        try:
            found = row(decode(text))
        except msgspec.MsgspecError:  # it has NaN, or the like
            return [scalar(at(values_of(text), path)) for path in paths]
        if plain is not None:
            return [scalar(found[place]) for place in plain]
        values = dict(zip(heads, found, strict=True))
        return [scalar(at(values, path)) for path in paths]

    return read
