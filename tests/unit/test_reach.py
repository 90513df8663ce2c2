"""Stores that are out of reach: who reads goes on, who writes is told, and nobody waits twice."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

import mvfs
from mvfs import refs
from mvfs.catalog import pointers
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.recording import Draft, log
from mvfs.catalog.watching import Watcher, interest
from mvfs.errors import NoPermission, Unavailable
from mvfs.index import queries
from mvfs.sdk import active
from mvfs.store.backend import breaker
from mvfs.store.backend.breaker import BreakerBackend
from mvfs.store.backend.counting import CountingBackend
from mvfs.store.backend.faulty import FAIL, LOSE, Fault, FaultyBackend
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.sources import scan
from tests.unit.unreachable import Far


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The breaker's clock, which the test moves on."""
    now = [1000.0]
    monkeypatch.setattr("mvfs.store.backend.breaker.monotonic", lambda: now[0])
    return now


@pytest.fixture
def far(tmp_path: Path) -> Far:
    """One version, which was read."""
    far = Far()
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_bytes(b"w" * 1000)
    project = far.open().make_project("vision")
    logged = log(project, Draft("net", "model", scan(tmp_path / "model"))).version
    project.content(logged).copy(tmp_path / "read")
    return far


def test_reads_go_on_and_come_back(far: Far, tmp_path: Path, clock: list[float]) -> None:
    changes: list[bool] = []
    far.is_down = True
    catalog = far.open()
    catalog.reach.on_change = lambda reach: changes.append(reach.is_lost)
    project = catalog.project("vision")
    assert catalog.projects() == ["vision"]
    project.content(project.version("net")).copy(tmp_path / "again")
    assert (tmp_path / "again" / "weights").read_bytes() == b"w" * 1000
    assert "is out of reach (" in catalog.reach.say()
    assert "connection reset" in catalog.reach.say()
    far.is_down = False
    clock[0] += breaker.PAUSE + 1
    pointers.set_note(far.open().project("vision"), "net", 0, "there again")
    project.refresh()
    assert project.versions("net")[0].note == "there again"
    assert changes == [True, False]


def test_the_oldest_of_what_is_shown_is_told(far: Far) -> None:
    old = far.open().project("vision").index
    old.db.execute("update looked set at = at - 3600000000 * 5")
    far.is_down = True
    catalog = far.open()
    catalog.project("vision")
    assert catalog.reach.say().endswith("showing what was known 5 h ago")


def test_writers_are_refused_before_they_begin(far: Far, tmp_path: Path) -> None:
    project = far.open().project("vision")
    far.is_down = True
    (tmp_path / "model" / "weights").write_bytes(b"other")
    for attempt in (
        lambda: log(project, Draft("net", "model", scan(tmp_path / "model"))),
        lambda: far.open().make_project("vision"),
    ):
        with pytest.raises(Unavailable, match=r"connection reset.*; nothing was changed: run it again"):
            attempt()


def test_what_is_no_matter_of_reach_is_an_error(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NoPermission("the credentials do not allow it")

    monkeypatch.setattr(CountingBackend, "list", refuse)
    with pytest.raises(NoPermission):
        far.open().project("vision")


def test_nothing_known_is_an_error() -> None:
    far = Far()
    far.is_down = True
    with pytest.raises(Unavailable, match="connection reset"):
        far.open()


class Line:
    """Counts what reaches a backend that does not answer."""

    def __init__(self) -> None:
        self.tries = 0
        self.fault: Fault | None = FAIL

    def __call__(self, verb: str, key: str, number: int) -> Fault | None:
        self.tries += 1
        return self.fault


def test_after_one_failure_nothing_is_sent_for_a_while(clock: list[float]) -> None:
    line = Line()
    backend = BreakerBackend(FaultyBackend(MemoryBackend(), line))
    for _ in range(3):
        with pytest.raises(Unavailable, match="connection reset"):
            backend.get("key", 10)
        with pytest.raises(Unavailable, match="connection reset"):
            list(backend.list("key"))
    assert line.tries == 1
    clock[0] += breaker.PAUSE + 0.1
    for _ in range(3):
        with pytest.raises(Unavailable):
            backend.head("key")
    assert line.tries == 2
    line.fault = None
    clock[0] += breaker.PAUSE + 0.1
    assert backend.head("key") is None
    assert backend.get("key", 10) is None
    assert line.tries == 4


def test_conditional_writes_are_always_sent(clock: list[float]) -> None:
    """What came of an entry is found out by trying again, so it must not fail for another one's failure."""
    line = Line()
    objects = MemoryBackend()
    backend = BreakerBackend(FaultyBackend(objects, line))
    with pytest.raises(Unavailable):
        backend.get("key", 10)
    line.fault = LOSE
    with pytest.raises(Unavailable):
        backend.create("key", b"1")
    assert objects.get("key", 10) == b"1"
    assert line.tries == 2


def test_a_script_goes_on(
    far: Far,
    tmp_path: Path,
    clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def opened(_: object) -> Catalog:
        return far.open()

    monkeypatch.setattr(active, "open_catalog", opened)
    monkeypatch.setenv("MVFS_STORE", "s3://bucket/there")
    monkeypatch.chdir(tmp_path)
    run = mvfs.init(project="vision", id="reader")
    far.is_down = True
    with caplog.at_level(logging.WARNING, logger="mvfs"):
        artifact = run.use_artifact("net:latest")
        assert Path(artifact.download(), "weights").read_bytes() == b"w" * 1000
        assert mvfs.Api().artifact("vision/net").version == "v0"
    assert sum("is out of reach" in line for line in caplog.messages) == 1
    assert sum("is not recorded yet" in line for line in caplog.messages) == 1
    draft = mvfs.Artifact("other", "model")
    draft.add_dir(str(tmp_path / "model"))
    with pytest.raises(Unavailable):
        run.log_artifact(draft)
    far.is_down = False
    clock[0] += breaker.PAUSE + 1
    run.finish()
    seen = far.open().project("vision")
    assert [(one.name, one.number) for one in queries.inputs(seen.index, "reader")] == [("net", 0)]


def test_an_index_that_cannot_be_written_is_still_read(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    far.open().project("vision")

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk is full")

    monkeypatch.setattr("mvfs.index.aside.note_look", full)
    assert [one.name for one in far.open().project("vision").names()] == ["net"]


def test_a_watcher_goes_on_when_the_store_is_back(far: Far, tmp_path: Path, clock: list[float]) -> None:
    watcher = Watcher(far.open(), interest(refs.parse("vision/net"), ["version", "alias"]))
    assert watcher.take() is None
    far.is_down = True
    assert watcher.take() is None
    assert watcher.catalog.reach.is_lost
    far.is_down = False
    clock[0] += breaker.PAUSE + 1
    (tmp_path / "model" / "weights").write_bytes(b"new")
    log(far.open().project("vision"), Draft("net", "model", scan(tmp_path / "model"), aliases=["a"]))
    found = [(event.kind, event.ref) for event in watcher.events(wait=False)]
    assert found == [("version", "vision/model/net:v1"), ("alias", "vision/model/net:v1")]


def test_watching_costs_a_request_each_time(far: Far) -> None:
    watcher = Watcher(far.open(), interest(refs.parse("vision/net"), ["version"]))
    assert watcher.take() is None
    del far.counting.requests[:]
    for _ in range(5):
        assert watcher.take() is None
    assert len(far.counting.requests) == 5, far.counting.requests
