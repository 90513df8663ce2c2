"""Projects, names and sweeps."""

from __future__ import annotations

import sqlite3

from mvfs.index.fold.common import Step, broken, check, name_of
from mvfs.index.fold.pending import Pending
from mvfs.refs import check_name
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.entry import Entry


def _project(pending: Pending, entry: Entry, fact: fx.ProjectMade) -> None:
    check(entry, check_name, fact.name, "project")
    if not keys.is_ulid(fact.project_id):
        raise broken(entry, f"project '{fact.name}' has no proper id")
    try:
        pending.db.execute("insert into projects values (?, ?)", (fact.name, fact.project_id))
    except sqlite3.IntegrityError:
        raise broken(entry, f"project '{fact.name}' is made twice") from None


def _renamed_project(pending: Pending, entry: Entry, fact: fx.ProjectRenamed) -> None:
    check(entry, check_name, fact.new, "project")
    try:
        changed = pending.db.execute("update projects set name = ? where name = ?", (fact.new, fact.name))
    except sqlite3.IntegrityError:
        raise broken(entry, f"project '{fact.name}' is renamed to '{fact.new}', which exists") from None
    if changed.rowcount != 1:
        raise broken(entry, f"there is no project '{fact.name}'")


def _name(pending: Pending, entry: Entry, fact: fx.NameMade) -> None:
    check(entry, check_name, fact.name, "name")
    check(entry, check_name, fact.type, "type")
    try:
        pending.db.execute(  # at once, since it changes no row that is kept back
            "insert into names (name, type, last, live) values (?, ?, -1, 0)", (fact.name, fact.type)
        )
    except sqlite3.IntegrityError:
        raise broken(entry, f"name '{fact.name}' is made twice") from None


def _renamed(pending: Pending, entry: Entry, fact: fx.NameRenamed) -> None:
    check(entry, check_name, fact.new, "name")
    name_id = name_of(pending, entry, fact.name).id
    db = pending.settled()
    try:
        db.execute("update names set name = ? where id = ?", (fact.new, name_id))
    except sqlite3.IntegrityError:
        raise broken(entry, f"'{fact.name}' is renamed to '{fact.new}', which exists") from None
    db.execute("update used set name = ? where project_id = '' and name = ?", (fact.new, fact.name))
    db.execute("update links set source = ? where project_id = '' and source = ?", (fact.new, fact.name))


def _retyped(pending: Pending, entry: Entry, fact: fx.NameRetyped) -> None:
    check(entry, check_name, fact.type, "type")
    name_id = name_of(pending, entry, fact.name).id
    pending.db.execute("update names set type = ? where id = ?", (fact.type, name_id))


def _swept(pending: Pending, entry: Entry, fact: fx.Swept) -> None:
    if not keys.is_sweep_id(fact.id) or len(fact.list_hash) != 32:
        raise broken(entry, "a sweep without a proper list")
    try:
        pending.db.execute(
            "insert into sweeps values (?, ?, ?, ?, ?, ?, ?, 0)",
            (fact.id, entry.seq, fact.list_hash, fact.objects, fact.size, entry.time, entry.actor),
        )
    except sqlite3.IntegrityError:
        raise broken(entry, f"sweep '{fact.id}' is there twice") from None


def _sweep_done(pending: Pending, entry: Entry, fact: fx.SweepDone) -> None:
    if pending.db.execute("update sweeps set done = 1 where id = ?", (fact.id,)).rowcount != 1:
        raise broken(entry, f"there is no sweep '{fact.id}'")


STEPS: dict[type[fx.Effect], Step] = {
    fx.ProjectMade: _project,
    fx.ProjectRenamed: _renamed_project,
    fx.NameMade: _name,
    fx.NameRenamed: _renamed,
    fx.NameRetyped: _retyped,
    fx.Swept: _swept,
    fx.SweepDone: _sweep_done,
}
