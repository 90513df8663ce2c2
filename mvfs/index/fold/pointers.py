"""What points at versions and what is said of them: aliases, notes, tags, the rule of a name."""

from __future__ import annotations

import sqlite3

from mvfs.index.fold.common import Step, broken, check, name_id_of, version_id_of
from mvfs.refs import check_alias
from mvfs.store import effects as fx
from mvfs.store.entry import Entry

_POINTED = """
select id, (select number from aliases where name_id = id and alias = ?),
    (select 1 from versions where name_id = id and number = ? and deleted is null)
from names where name = ?
"""
"""What an alias's step needs to know, in one question: moves are most of what a journal holds."""


def _alias(db: sqlite3.Connection, entry: Entry, fact: fx.AliasMoved) -> None:
    check(entry, check_alias, fact.alias)
    row = db.execute(_POINTED, (fact.alias, fact.new, fact.name)).fetchone()
    if row is None:
        raise broken(entry, f"there is no name '{fact.name}'")
    name_id, old, is_there = row
    if old != fact.old:
        raise broken(entry, f"alias '{fact.alias}' of '{fact.name}' was not at {fact.old}")
    if fact.new is None:
        db.execute("delete from aliases where name_id = ? and alias = ?", (name_id, fact.alias))
    elif not is_there:
        raise broken(entry, f"there is no version {fact.name}:v{fact.new}")
    else:
        db.execute("insert or replace into aliases values (?, ?, ?)", (name_id, fact.alias, fact.new))
    db.execute(
        "insert into alias_moves values (?, ?, ?, ?, ?, ?, ?)",
        (name_id, fact.alias, entry.seq, fact.new, fact.old, entry.time, entry.actor),
    )


def _note(db: sqlite3.Connection, entry: Entry, fact: fx.NoteWritten) -> None:
    name_id = version_id_of(db, entry, fact.name, fact.number)
    db.execute(
        "update versions set note = ? where name_id = ? and number = ?", (fact.text, name_id, fact.number)
    )
    db.execute(
        "insert into note_changes values (?, ?, ?, ?, ?, ?)",
        (name_id, fact.number, entry.seq, fact.text, entry.time, entry.actor),
    )


def _tagged(db: sqlite3.Connection, entry: Entry, fact: fx.Tagged) -> None:
    for tag in (*fact.added, *fact.removed):
        check(entry, check_alias, tag)
    name_id = version_id_of(db, entry, fact.name, fact.number)
    db.executemany(
        "delete from tags where name_id = ? and number = ? and tag = ?",
        [(name_id, fact.number, tag) for tag in fact.removed],
    )
    db.executemany(
        "insert or ignore into tags values (?, ?, ?)", [(name_id, fact.number, tag) for tag in fact.added]
    )


def _rule(db: sqlite3.Connection, entry: Entry, fact: fx.RuleSet) -> None:
    if (fact.metric is None) != (fact.mode is None) or fact.mode not in (None, "max", "min"):
        raise broken(entry, f"the rule of '{fact.name}' makes no sense")
    name_id = name_id_of(db, entry, fact.name)
    db.execute("update names set metric = ?, mode = ? where id = ?", (fact.metric, fact.mode, name_id))


STEPS: dict[type[fx.Effect], Step] = {
    fx.AliasMoved: _alias,
    fx.NoteWritten: _note,
    fx.Tagged: _tagged,
    fx.RuleSet: _rule,
}
