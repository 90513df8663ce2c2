"""Runs."""

from __future__ import annotations

import json
import sqlite3

from mvfs.index.fold.common import Step, broken, check, to_json
from mvfs.index.fold.pending import Pending
from mvfs.refs import check_run
from mvfs.store import effects as fx
from mvfs.store.entry import Entry


def _run(pending: Pending, entry: Entry, fact: fx.RunStarted) -> None:
    check(entry, check_run, fact.run)  # it names a folder
    try:
        pending.db.execute(
            "insert into runs values (?, ?, ?, ?, ?, '{}', 'running', ?, null, ?, '[]', null)",
            (
                fact.run,
                fact.name,
                fact.job_type,
                fact.group,
                to_json(entry, fact.config),
                entry.time,
                entry.actor,
            ),
        )
    except sqlite3.IntegrityError:
        raise broken(entry, f"run '{fact.run}' starts twice") from None


def _resumed(pending: Pending, entry: Entry, fact: fx.RunResumed) -> None:
    changed = pending.db.execute("update runs set state = 'running', ended = null where id = ?", (fact.run,))
    if changed.rowcount != 1:
        raise broken(entry, f"there is no run '{fact.run}'")


def _config(pending: Pending, entry: Entry, fact: fx.RunConfig) -> None:
    changed = pending.db.execute(
        "update runs set config = ? where id = ?", (to_json(entry, fact.values), fact.run)
    )
    if changed.rowcount != 1:
        raise broken(entry, f"there is no run '{fact.run}'")


def _summary(pending: Pending, entry: Entry, fact: fx.RunSummary) -> None:
    changed = pending.db.execute(
        "update runs set summary = ? where id = ?", (to_json(entry, fact.values), fact.run)
    )
    if changed.rowcount != 1:
        raise broken(entry, f"there is no run '{fact.run}'")


def _labels(pending: Pending, entry: Entry, fact: fx.RunLabelled) -> None:
    changed = pending.db.execute(
        "update runs set name = ?, job_type = ?, grouped = ?, tags = ?, notes = ? where id = ?",
        (
            fact.name,
            fact.job_type,
            fact.group,
            json.dumps(fact.tags, ensure_ascii=False),
            fact.notes,
            fact.run,
        ),
    )
    if changed.rowcount != 1:
        raise broken(entry, f"there is no run '{fact.run}'")


def _finished(pending: Pending, entry: Entry, fact: fx.RunFinished) -> None:
    if fact.state not in ("finished", "failed"):
        raise broken(entry, f"run '{fact.run}' ends in a state that is none")
    changed = pending.db.execute(
        "update runs set state = ?, ended = ? where id = ?", (fact.state, entry.time, fact.run)
    )
    if changed.rowcount != 1:
        raise broken(entry, f"there is no run '{fact.run}'")


STEPS: dict[type[fx.Effect], Step] = {
    fx.RunStarted: _run,
    fx.RunResumed: _resumed,
    fx.RunConfig: _config,
    fx.RunSummary: _summary,
    fx.RunLabelled: _labels,
    fx.RunFinished: _finished,
}
