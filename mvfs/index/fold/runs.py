"""Runs."""

from __future__ import annotations

import sqlite3

from mvfs.index.fold.common import Step, broken, to_json
from mvfs.store import effects as fx
from mvfs.store.entry import Entry


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
        raise broken(entry, f"run '{fact.run}' starts twice") from None


def _resumed(db: sqlite3.Connection, entry: Entry, fact: fx.RunResumed) -> None:
    changed = db.execute("update runs set state = 'running', ended = null where id = ?", (fact.run,))
    if changed.rowcount != 1:
        raise broken(entry, f"there is no run '{fact.run}'")


def _config(db: sqlite3.Connection, entry: Entry, fact: fx.RunConfig) -> None:
    changed = db.execute("update runs set config = ? where id = ?", (to_json(fact.values), fact.run))
    if changed.rowcount != 1:
        raise broken(entry, f"there is no run '{fact.run}'")


def _summary(db: sqlite3.Connection, entry: Entry, fact: fx.RunSummary) -> None:
    changed = db.execute("update runs set summary = ? where id = ?", (to_json(fact.values), fact.run))
    if changed.rowcount != 1:
        raise broken(entry, f"there is no run '{fact.run}'")


def _finished(db: sqlite3.Connection, entry: Entry, fact: fx.RunFinished) -> None:
    changed = db.execute(
        "update runs set state = ?, ended = ? where id = ?", (fact.state, entry.time, fact.run)
    )
    if changed.rowcount != 1:
        raise broken(entry, f"there is no run '{fact.run}'")


STEPS: dict[type[fx.Effect], Step] = {
    fx.RunStarted: _run,
    fx.RunResumed: _resumed,
    fx.RunConfig: _config,
    fx.RunSummary: _summary,
    fx.RunFinished: _finished,
}
