"""Values that the index keeps for queries are those of the state that is asked, whatever changed it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mvfs.catalog import runs
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.index import picked, search, tables
from mvfs.query.fields import RUNS
from mvfs.settings import StoreLocation
from mvfs.store import effects as fx
from tests.query.worlds import ask

HIGH = "summary.acc>0.5"


@pytest.fixture(autouse=True)
def three(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three runs, with acc 0, 0.4 and 0.8; that is enough for values to be kept."""
    monkeypatch.setattr(picked, "FEW", 2)
    project.commit(lambda: [fx.RunStarted(f"r{n}", "r", None, None, {"lr": n}) for n in range(3)])
    project.commit(lambda: [fx.RunSummary(f"r{n}", {"acc": n * 0.4}) for n in range(3)])


def found(project: Project, where: str = HIGH) -> list[str]:
    return [one.key[0] for one in search.runs(project.index, ask(RUNS, where))]


def kept(project: Project) -> int:
    if not project.index.db.execute("select 1 from sqlite_schema where name = 'picked'").fetchone():
        return 0
    (count,) = project.index.db.execute("select count(*) from picked").fetchone()
    return int(count)


def test_few_runs_keep_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picked, "FEW", 3)
    assert found(project) == ["r2"]
    assert kept(project) == 0


def test_what_changes_is_picked_anew(project: Project) -> None:
    assert found(project) == ["r2"]
    assert kept(project) == 3
    runs.set_summary(project, "r0", {"acc": 0.9})
    assert kept(project) == 2
    assert found(project) == ["r0", "r2"]
    project.commit(lambda: [fx.RunStarted("r3", "r", None, None, {"lr": 5}), fx.RunSummary("r3", {"acc": 1})])
    assert found(project) == ["r0", "r2", "r3"]
    assert found(project, "config.lr>1") == ["r2", "r3"]
    runs.set_config(project, "r0", {"lr": 7})
    assert found(project, "config.lr>1 and summary.acc>0.5") == ["r0", "r2", "r3"]


def test_another_process_changes_it(project: Project) -> None:
    other = open_catalog(StoreLocation(Path(project.backend.location), None)).project(project.name)
    assert found(project) == found(other) == ["r2"]
    runs.set_summary(other, "r1", {"acc": 0.7})
    assert found(project) == ["r1", "r2"]  # they share the file


def test_no_other_writer_is_seen_within_an_answer(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    other = open_catalog(StoreLocation(Path(project.backend.location), None)).project(project.name)
    found(project)
    ready = picked.ready

    def interrupted(db: sqlite3.Connection, wanted: list[picked.Place]) -> dict[picked.Place, str]:
        expressions = ready(db, wanted)
        if db.in_transaction:
            monkeypatch.setattr(picked, "ready", ready)
            runs.set_summary(other, "r2", {"acc": 0.1})
        return expressions

    monkeypatch.setattr(picked, "ready", interrupted)
    assert found(project) == ["r2"]
    assert found(project) == []


def test_a_checkpoint_replaces_it(project: Project) -> None:
    found(project)
    state = tables.dump(project.index.db)
    runs.set_summary(project, "r0", {"acc": 0.9})
    assert found(project) == ["r0", "r2"]
    tables.fill(project.index.db, state)
    assert kept(project) == 0
    assert found(project) == ["r2"]


def test_keys_are_bounded(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picked, "MAX_KEYS", 4)
    for number in range(10):
        assert found(project, f"summary.acc>0.5 or config.k{number}=1") == ["r2"]
        assert kept(project) <= 4 * 3
    many = " or ".join(f"config.k{number}=1" for number in range(5))
    assert found(project, f"{HIGH} or {many}") == ["r2"]


def test_a_file_that_cannot_be_written(project: Project) -> None:
    project.index.db.execute("pragma query_only = on")
    assert found(project) == ["r2"]
    assert kept(project) == 0


def test_json_of_foreign_writers(project: Project) -> None:
    """NaN is null; quotes in keys, and numbers of any length, are what they are."""
    nan, key = float("nan"), 'a"b'
    project.commit(lambda: [fx.RunSummary("r0", {"acc": nan, key: 1}), fx.RunSummary("r1", {"acc": 2.0**70})])
    assert found(project, "summary.acc=null") == ["r0"]
    assert found(project, HIGH) == ["r1", "r2"]
    assert found(project, "summary.'a\"b'=1") == ["r0"]


@pytest.mark.parametrize("at_once", [1, 2, 3, 500])
def test_odd_values_are_picked_however_many_are_read_together(
    project: Project, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    values = [float("nan"), 0.25, True, "text", {"in": 1}, [1], None, 1 << 63, -(1 << 63), "ö", float("inf")]
    project.commit(
        lambda: [
            fx.RunStarted(f"x{n}", "x", None, None, {"odd": one, "deep.er": n, "deep": {"est": one}})
            for n, one in enumerate(values)
        ]
    )
    where = ("config.odd>=0", "config.odd=true", "has config.odd", "config.deep.er>4", "config.deep.est=text")
    monkeypatch.setattr(picked, "_AT_ONCE", at_once)
    monkeypatch.setattr(picked, "FEW", 99)
    unpicked = [found(project, one) for one in where]
    assert kept(project) == 0
    monkeypatch.setattr(picked, "FEW", 2)
    assert [found(project, one) for one in where] == unpicked
    assert kept(project) == 3 * (3 + len(values))
