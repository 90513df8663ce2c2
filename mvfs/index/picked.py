"""Values of runs' config and summary, picked out of their JSON for the keys that were asked for.

A config can have thousands of values, of which a question looks at one or two: reading the JSON of ten
thousand runs for each question would take most of its time. So what is picked out once is kept in the index,
disposable like all of it. A fold throws away what it changes, and the next question picks that out again.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from itertools import repeat
from operator import attrgetter
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
_AT_ONCE = 500
"""Runs whose JSON is read together."""
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
        if _has_some(db, key)
    )
    some = f"where {lacking}" if lacking and all(_has_some(db, key) for key in keys.values()) else ""
    found = db.execute(f"select r.rowid, {column} from runs r {some} order by 1")  # noqa: S608
    values_at = _reader(list(keys))
    while rows := found.fetchmany(_AT_ONCE):
        runs = [run for run, _ in rows]
        columns = values_at([text for _, text in rows])
        for key, values in zip(keys.values(), columns, strict=True):
            db.executemany("insert or replace into picked values (?, ?, ?)", zip(repeat(key), runs, values))


def _has_some(db: sqlite3.Connection, key: int) -> bool:
    return db.execute("select 1 from picked where key = ? limit 1", (key,)).fetchone() is not None


def _reader(paths: Sequence[tuple[str, ...]]) -> Callable[[list[str]], list[list[Scalar]]]:
    """Return what reads the values at some paths out of texts of JSON, path by path, and passes over all else
    there is in them.
    """
    heads = list(dict.fromkeys(head for path in paths for head in (".".join(path), path[0])))
    names = {f"f{number}": head for number, head in enumerate(heads)}

    def slowly(texts: list[str]) -> list[list[Scalar]]:
        whole = [values_of(text) for text in texts]
        return [[scalar(at(one, path)) for one in whole] for path in paths]

    try:
        few = msgspec.defstruct("Few", [(name, Any, None) for name in names], rename=names)
    except ValueError:  # a key with quotes, or the like
        return slowly
    decode = msgspec.json.Decoder(list[few]).decode  # type: ignore[valid-type]

    def read(texts: list[str]) -> list[list[Scalar]]:
        try:
            found = decode(f"[{','.join(texts)}]")  # many at once take half the time of one after the other
        except msgspec.MsgspecError:  # one has NaN, or the like
            if len(texts) == 1:
                return slowly(texts)
            half = len(texts) // 2
            return [a + b for a, b in zip(read(texts[:half]), read(texts[half:]), strict=True)]
        columns = {head: list(map(attrgetter(name), found)) for name, head in names.items()}
        return [_column(columns, path) for path in paths]

    return read


def _column(columns: dict[str, list[Any]], path: tuple[str, ...]) -> list[Scalar]:
    exact = columns[".".join(path)]
    if len(path) > 1:
        pairs = zip(exact, columns[path[0]], strict=True)
        exact = [value if value is not None else at({path[0]: head}, path) for value, head in pairs]
    return [value if type(value) is float else scalar(value) for value in exact]  # JSON has no NaN
