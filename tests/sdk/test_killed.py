"""kill -9 at each phase of a run: what was logged is there, the run shows as crashed, and can be resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import mvfs
from mvfs.catalog import liveness, run_objects, spool
from mvfs.catalog.catalog import Catalog
from mvfs.errors import NoPermission, Unavailable
from mvfs.sdk import active
from mvfs.store import keys

BEGIN = """
import os, signal, sys
import mvfs
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def model(text):
    artifact = mvfs.Artifact("m", "model")
    with artifact.new_file("f") as file:
        file.write(text)
    return artifact
"""


def killed(source: str, work: Path) -> None:
    """Run a script that kills itself."""
    script = work / "killed.py"
    script.write_text(BEGIN + textwrap.dedent(source))
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


PHASES = {
    "after start": ("run = mvfs.init(project='p', id='r'); die()", 0, 0),
    "after the first point": ("run = mvfs.init(project='p', id='r'); run.log({'n': 0}); die()", 1, 0),
    "in the history": (
        """
        from mvfs.sdk import segments
        segments.SEGMENT_VALUES = 400
        run = mvfs.init(project='p', id='r')
        for n in range(1050):
            run.log({'n': n})
        die()
        """, 1050, 0,
    ),
    "while a segment is written": (
        """
        from mvfs.catalog import run_objects
        run = mvfs.init(project='p', id='r')
        for n in range(10):
            run.log({'n': n})
        run_objects.write_points = lambda *_: die()
        run.finish()
        """, 10, 0,
    ),
    "in an artifact": (
        """
        from mvfs.store.journal import Journal
        run = mvfs.init(project='p', id='r')
        run.log({'n': 0})
        run.log_artifact(model('1'))
        Journal.commit = lambda *_, **__: die()
        run.log_artifact(model('2'))
        """, 1, 1,
    ),
    "in an artifact in the background": (
        """
        run = mvfs.init(project='p', id='r')
        run.log({'n': 0})
        run.log_artifact(model('1'), wait=False).wait()
        run.log_artifact(model('2'), wait=False)
        die()
        """, 1, 1,
    ),
    "at finish, before the end": (
        """
        from mvfs.catalog import delivery
        run = mvfs.init(project='p', id='r')
        run.log({'n': 0})
        delivery.end = lambda *_: die()
        run.finish()
        """, 1, 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("phase", PHASES)
def test_killed(phase: str, work: Path) -> None:
    source, points, versions = PHASES[phase]
    killed(source, work)
    found = mvfs.Api().run("p/r")
    assert found.state == "crashed"
    assert len(found.logged_artifacts()) >= versions
    with mvfs.init(project="p", id="r", resume="must") as run:
        assert run.step == points
        if points:
            assert run.summary == {"n": points - 1}
        run.log({"n": points})
    found = mvfs.Api().run("p/r")
    assert [row["n"] for row in found.scan_history()] == list(range(points + 1))
    assert found.state == "finished"
    assert not list(spool.folder_of(active.catalog().project("p")).glob("*/*"))


def test_what_is_left_is_sent_by_any_run_of_the_project(work: Path, caplog: pytest.LogCaptureFixture) -> None:
    killed("run = mvfs.init(project='p', id='r'); run.log({'n': 1}); print('last words'); die()", work)
    with mvfs.init(project="p"):
        pass
    assert "what runs had logged before they were cut off is stored now: r" in caplog.text
    found = mvfs.Api().run("p/r")
    assert (found.state, found.summary) == ("crashed", {"n": 1})
    assert [line.text for line in found.console()] == ["last words"]


def test_a_spool_that_was_cut_off_in_a_record(work: Path, catalog: Catalog) -> None:
    killed("run = mvfs.init(project='p', id='r'); run.log({'n': 1}); run.log({'n': 2}); die()", work)
    (file,) = spool.folder_of(catalog.project("p")).glob("r/*/history-000000")
    file.write_bytes(file.read_bytes()[:-3])
    with mvfs.init(project="p", id="r", resume="must") as run:
        assert run.step == 1


def test_elsewhere_a_death_shows_when_signs_of_life_are_missing(
    work: Path, monkeypatch: pytest.MonkeyPatch, store: Path, catalog: Catalog
) -> None:
    killed("run = mvfs.init(project='p', id='r'); die()", work)
    monkeypatch.setenv("MVFS_STATE_DIR", str(work / "another machine"))
    assert mvfs.Api().run("p/r").state == "running"
    project = catalog.project("p")
    (sign,) = project.backend.list(keys.sign_of_life(project.id, "r", ""))
    old = time.time() - (liveness.MISSED + 0.1) * liveness.BEAT_SECONDS
    os.utime(store / sign.key, (old, old))
    assert mvfs.Api().run("p/r").state == "crashed"
    assert [run.state for run in mvfs.Api().runs("p")] == ["crashed"]
    assert [run.id for run in mvfs.Api().runs("p", filters={"state": "crashed"})] == ["r"]
    assert list(mvfs.Api().runs("p", filters={"state": "running"})) == []


def test_a_living_run_leaves_signs_and_takes_them_away(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mvfs.sdk.part.BEAT_SECONDS", 0)
    monkeypatch.setattr("mvfs.sdk.pulse.SHORTEST", 0.05)
    with mvfs.init(project="p", id="r"):
        project = catalog.project("p")
        first, *_ = project.backend.list(keys.sign_of_life(project.id, "r", ""))
        assert mvfs.Api().run("p/r").state == "running"
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if next(iter(project.backend.list(first.key))).modified > first.modified:
                break
            time.sleep(0.05)
        assert next(iter(project.backend.list(first.key))).modified > first.modified
    assert list(project.backend.list(keys.sign_of_life(project.id, "", ""))) == []


def test_preempted(work: Path) -> None:
    killed("run = mvfs.init(project='p', id='r'); run.log({'n': 1}); run.mark_preempting(); die()", work)
    found = mvfs.Api().run("p/r")
    assert (found.state, found.summary) == ("preempted", {"n": 1})
    with mvfs.init(project="p", id="r", resume="must") as run:
        assert mvfs.Api().run("p/r").state in ("running", "preempting")
        run.mark_preempting()
        assert mvfs.Api().run("p/r").state == "preempting"
    assert mvfs.Api().run("p/r").state == "finished"


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Makes a store that does not take anything, when used."""
    with monkeypatch.context() as context:
        yield context


def test_a_store_out_of_reach_to_the_end(
    unreachable: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mvfs.sdk import segments
    from mvfs.store.backend.local import LocalBackend

    def gone(*_: object) -> None:
        raise Unavailable("the store does not answer")

    monkeypatch.setattr(segments, "SEGMENT_VALUES", 100)
    run = mvfs.init(project="p", id="r")
    unreachable.setattr(LocalBackend, "put", gone)
    for n in range(1000):
        run.log({"n": n})
    waiting = run._part.history._segments._full
    assert sum(len(items) for items in waiting.values() if items) <= 100 * segments._IN_MEMORY  # bounded
    print("printed meanwhile")
    run.finish(1)
    assert "the end of run r is kept on this machine" in caplog.text
    unreachable.undo()
    assert mvfs.Api().run("p/r").state == "crashed"
    with mvfs.init(project="p"):
        pass
    found = mvfs.Api().run("p/r")
    assert (found.state, found.summary, found.ending["exit_code"]) == ("failed", {"n": 999}, 1)
    assert [row["n"] for row in found.scan_history()] == list(range(1000))
    assert [line.text for line in found.console() if line.stream == 0] == ["printed meanwhile"]


def test_a_machine_without_room_for_a_spool(
    work: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (work / "file").write_text("")
    monkeypatch.setenv("MVFS_STATE_DIR", str(work / "file"))
    with mvfs.init(project="p", id="r") as run:
        run.log({"n": 1})
    assert "is not noted on this machine" in caplog.text
    assert [row["n"] for row in mvfs.Api().run("p/r").scan_history()] == [1]


def test_old_segments_are_read_before_new_ones(catalog: Catalog) -> None:
    from mvfs.store.decoding import encode

    with mvfs.init(project="p", id="r") as run:
        run.log({"n": 2}, step=2)
    project = catalog.project("p")
    for number in (0, 1):
        raw = encode(run_objects.ROWS, [{"_step": number, "n": number}], "rows")
        project.backend.put(keys.run_object(project.id, "r", f"history/{number:06d}.mpz"), raw)
    assert [row["n"] for row in mvfs.Api().run("p/r").scan_history()] == [0, 1, 2]


def test_a_spool_that_cannot_be_written_any_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mvfs.sdk.pulse.SHORTEST", 0.05)
    with mvfs.init(project="p", id="r") as run:
        print("before")
        monkeypatch.setattr(spool, "os", SimpleNamespace(**{**vars(os), "write": full}))
        run.log({"n": 1})
        print("after")
        until = time.monotonic() + 20
        while "No space left" not in caplog.text and time.monotonic() < until:
            time.sleep(0.05)
    assert caplog.text.count("is not noted in") == 1
    found = mvfs.Api().run("p/r")
    assert [row["n"] for row in found.scan_history()] == [1]
    assert [line.text for line in found.console() if line.stream == 0] == ["before", "after"]


def test_a_spool_that_makes_no_sense_is_told_and_left(
    catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    with mvfs.init(project="p", id="r"):
        pass
    left = spool.begin(catalog.project("p"), "r", "00000000000a")
    assert left is not None
    left.append("console-000000", b"\x93\x01\x02\x03")
    left.release()
    with mvfs.init(project="p") as run:
        run.log({"n": 1})
    assert "cannot be stored" in caplog.text
    assert (left.folder / "console-000000").exists()


def test_a_long_artifact_does_not_stop_the_signs_of_life(
    monkeypatch: pytest.MonkeyPatch, catalog: Catalog
) -> None:
    from mvfs.catalog import recording

    monkeypatch.setattr("mvfs.sdk.part.BEAT_SECONDS", 0)
    real, go = recording.log, threading.Event()

    def slow(*args: Any) -> Any:
        assert go.wait(30)
        return real(*args)

    monkeypatch.setattr(recording, "log", slow)
    monkeypatch.setattr("mvfs.sdk.pulse.SHORTEST", 0.05)
    with mvfs.init(project="p", id="r") as run:
        artifact = mvfs.Artifact("m", "model")
        with artifact.new_file("f") as file:
            file.write("x")
        run.log_artifact(artifact, wait=False)
        run.log({"n": 1})
        run.tags = ["changed"]
        project = catalog.project("p")
        (first,) = project.backend.list(keys.sign_of_life(project.id, "r", ""))
        until = time.monotonic() + 20
        while time.monotonic() < until and not list(run_objects.read_history(project, "r")):
            time.sleep(0.05)
        (last,) = project.backend.list(first.key)
        go.set()
        assert last.modified > first.modified
    assert mvfs.Api().run("p/r").tags == ["changed"]


def test_who_may_only_add_ends_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from mvfs.store.backend.local import LocalBackend

    def refuse(*_: object) -> None:
        raise NoPermission("may not delete")

    monkeypatch.setattr(LocalBackend, "delete", refuse)
    with mvfs.init(project="p", id="r") as run:
        run.mark_preempting()
    assert mvfs.Api().run("p/r").state == "finished"
