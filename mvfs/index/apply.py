"""Folds one journal entry into the tables: trivial on purpose, since entries hold resolved effects.

Each step also checks what the format promises (numbers are contiguous, an alias was where the entry says
it was). docs/FORMAT.md, "Fold".
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from mvfs.errors import CorruptObject, InvalidName
from mvfs.refs import check_alias, check_name
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.entry import Entry


def entry(db: sqlite3.Connection, entry: Entry) -> None:
    """Apply an entry's effects in order, inside the caller's transaction.

    Raises:
        CorruptObject: an effect contradicts the state before it.
    """
    for effect in entry.effects:
        _APPLY[type(effect)](db, entry, effect)


def _broken(entry: Entry, why: str) -> CorruptObject:
    return CorruptObject(f"journal entry {entry.seq} contradicts the ones before it: {why}", seq=entry.seq)


def _check(entry: Entry, check: Callable[..., str], *words: str) -> None:
    """Names become directory names, so those of a foreign writer are held to the same rules."""
    try:
        check(*words)
    except InvalidName as exc:
        raise _broken(entry, str(exc)) from exc


def _name_id(db: sqlite3.Connection, entry: Entry, name: str) -> int:
    row = db.execute("select id from names where name = ?", (name,)).fetchone()
    if row is None:
        raise _broken(entry, f"there is no name '{name}'")
    found: int = row[0]
    return found


def _version_id(db: sqlite3.Connection, entry: Entry, name: str, number: int) -> int:
    name_id = _name_id(db, entry, name)
    row = db.execute("select 1 from versions where name_id = ? and number = ?", (name_id, number)).fetchone()
    if row is None:
        raise _broken(entry, f"there is no version {name}:v{number}")
    return name_id


def _project(db: sqlite3.Connection, entry: Entry, fact: fx.ProjectMade) -> None:
    _check(entry, check_name, fact.name, "project")
    if not keys.is_ulid(fact.project_id):
        raise _broken(entry, f"project '{fact.name}' has no proper id")
    try:
        db.execute("insert into projects values (?, ?)", (fact.name, fact.project_id))
    except sqlite3.IntegrityError:
        raise _broken(entry, f"project '{fact.name}' is made twice") from None


def _name(db: sqlite3.Connection, entry: Entry, fact: fx.NameMade) -> None:
    _check(entry, check_name, fact.name, "name")
    _check(entry, check_name, fact.type, "type")
    try:
        db.execute("insert into names (name, type, last) values (?, ?, -1)", (fact.name, fact.type))
    except sqlite3.IntegrityError:
        raise _broken(entry, f"name '{fact.name}' is made twice") from None


def _version(db: sqlite3.Connection, entry: Entry, fact: fx.VersionMade) -> None:
    keys.check_object(fact.manifest)
    name_id = _name_id(db, entry, fact.name)
    changed = db.execute(
        "update names set last = ? where id = ? and last = ?", (fact.number, name_id, fact.number - 1)
    )
    if changed.rowcount != 1:
        raise _broken(entry, f"{fact.name}:v{fact.number} does not follow the last version")
    if len(fact.digest) != 32 or len(fact.manifest_hash) != 32 or min(fact.files, fact.size) < 0:
        raise _broken(entry, f"{fact.name}:v{fact.number} has a hash or size that cannot be")
    db.execute(
        "insert into versions values (?, ?, ?, ?, ?, ?, ?, ?, ?, null, ?, ?, ?)",
        (
            name_id,
            fact.number,
            fact.manifest,
            fact.manifest_hash,
            fact.digest,
            fact.files,
            fact.size,
            fact.run,
            to_json(fact.metadata),
            entry.time,
            entry.actor,
            entry.seq,
        ),
    )
    if fact.run is not None:
        db.execute("insert or ignore into produced values (?, ?, ?)", (fact.run, name_id, fact.number))


def _produced(db: sqlite3.Connection, entry: Entry, fact: fx.Produced) -> None:
    name_id = _version_id(db, entry, fact.name, fact.number)
    db.execute("insert or ignore into produced values (?, ?, ?)", (fact.run, name_id, fact.number))


def _used(db: sqlite3.Connection, entry: Entry, fact: fx.Used) -> None:
    db.execute(
        "insert or ignore into used values (?, ?, ?, ?, ?)",
        (fact.run, fact.project_id or "", fact.name, fact.number, entry.seq),
    )


def _alias(db: sqlite3.Connection, entry: Entry, fact: fx.AliasMoved) -> None:
    _check(entry, check_alias, fact.alias)
    name_id = _name_id(db, entry, fact.name)
    row = db.execute(
        "select number from aliases where name_id = ? and alias = ?", (name_id, fact.alias)
    ).fetchone()
    if (row[0] if row else None) != fact.old:
        raise _broken(entry, f"alias '{fact.alias}' of '{fact.name}' was not at {fact.old}")
    if fact.new is None:
        db.execute("delete from aliases where name_id = ? and alias = ?", (name_id, fact.alias))
    else:
        _version_id(db, entry, fact.name, fact.new)
        db.execute("insert or replace into aliases values (?, ?, ?)", (name_id, fact.alias, fact.new))
    db.execute(
        "insert into alias_moves values (?, ?, ?, ?, ?, ?, ?)",
        (name_id, fact.alias, entry.seq, fact.new, fact.old, entry.time, entry.actor),
    )


def _note(db: sqlite3.Connection, entry: Entry, fact: fx.NoteWritten) -> None:
    name_id = _version_id(db, entry, fact.name, fact.number)
    db.execute(
        "update versions set note = ? where name_id = ? and number = ?", (fact.text, name_id, fact.number)
    )
    db.execute(
        "insert into note_changes values (?, ?, ?, ?, ?, ?)",
        (name_id, fact.number, entry.seq, fact.text, entry.time, entry.actor),
    )


def _tagged(db: sqlite3.Connection, entry: Entry, fact: fx.Tagged) -> None:
    name_id = _version_id(db, entry, fact.name, fact.number)
    db.executemany(
        "delete from tags where name_id = ? and number = ? and tag = ?",
        [(name_id, fact.number, tag) for tag in fact.removed],
    )
    db.executemany(
        "insert or ignore into tags values (?, ?, ?)", [(name_id, fact.number, tag) for tag in fact.added]
    )


def _rule(db: sqlite3.Connection, entry: Entry, fact: fx.RuleSet) -> None:
    if (fact.metric is None) != (fact.mode is None) or fact.mode not in (None, "max", "min"):
        raise _broken(entry, f"the rule of '{fact.name}' makes no sense")
    name_id = _name_id(db, entry, fact.name)
    db.execute("update names set metric = ?, mode = ? where id = ?", (fact.metric, fact.mode, name_id))


def _run(db: sqlite3.Connection, entry: Entry, fact: fx.RunStarted) -> None:
    try:
        db.execute(
            "insert into runs values (?, ?, ?, ?, ?, '{}', 'running', ?, null, ?)",
            (
                fact.run,
                fact.name,
                fact.job_type,
                fact.group,
                to_json(fact.config),
                entry.time,
                entry.actor,
            ),
        )
    except sqlite3.IntegrityError:
        raise _broken(entry, f"run '{fact.run}' starts twice") from None


def _resumed(db: sqlite3.Connection, entry: Entry, fact: fx.RunResumed) -> None:
    changed = db.execute("update runs set state = 'running', ended = null where id = ?", (fact.run,))
    if changed.rowcount != 1:
        raise _broken(entry, f"there is no run '{fact.run}'")


def _config(db: sqlite3.Connection, entry: Entry, fact: fx.RunConfig) -> None:
    changed = db.execute("update runs set config = ? where id = ?", (to_json(fact.values), fact.run))
    if changed.rowcount != 1:
        raise _broken(entry, f"there is no run '{fact.run}'")


def _summary(db: sqlite3.Connection, entry: Entry, fact: fx.RunSummary) -> None:
    changed = db.execute("update runs set summary = ? where id = ?", (to_json(fact.values), fact.run))
    if changed.rowcount != 1:
        raise _broken(entry, f"there is no run '{fact.run}'")


def _finished(db: sqlite3.Connection, entry: Entry, fact: fx.RunFinished) -> None:
    changed = db.execute(
        "update runs set state = ?, ended = ? where id = ?", (fact.state, entry.time, fact.run)
    )
    if changed.rowcount != 1:
        raise _broken(entry, f"there is no run '{fact.run}'")


def to_json(value: dict[str, Any]) -> str:
    """Return compact JSON; what JSON does not know (bytes from a foreign writer) is shown by repr."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=repr)


_APPLY: dict[type[Any], Callable[[sqlite3.Connection, Entry, Any], None]] = {
    fx.ProjectMade: _project,
    fx.NameMade: _name,
    fx.VersionMade: _version,
    fx.Produced: _produced,
    fx.Used: _used,
    fx.AliasMoved: _alias,
    fx.NoteWritten: _note,
    fx.Tagged: _tagged,
    fx.RuleSet: _rule,
    fx.RunStarted: _run,
    fx.RunResumed: _resumed,
    fx.RunConfig: _config,
    fx.RunSummary: _summary,
    fx.RunFinished: _finished,
}
