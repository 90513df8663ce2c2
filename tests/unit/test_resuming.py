"""A killed ``log`` is gone on with: what it stored is used, unless a sweep has taken it."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from mvfs.catalog import deletion, sweeping
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.settings import state_dir
from mvfs.store.backend.local import LocalBackend
from mvfs.store.ingest import Ingest
from mvfs.store.intents import WORTHWHILE
from mvfs.store.sources import scan


def killed_log(folder: Path, before: str) -> None:
    """Log in a child process that is killed right before a step."""
    child = os.fork()
    if child == 0:
        target = {
            "put": (LocalBackend, "put"),
            "manifest": (Ingest, "finish"),
            "entry": (Project, "commit"),
        }[before]
        setattr(*target, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        log(open_catalog().project("vision"), Draft("iv3", "model", scan(folder)))
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "large").write_bytes(random.Random(1).randbytes(WORTHWHILE + 12345))
    (folder / "small").write_text("small")
    return folder


def blobs(project: Project) -> set[str]:
    return {info.key for info in project.backend.list(f"p/{project.id}/blobs/")}


@pytest.mark.parametrize("before", ["manifest", "entry"])
def test_what_a_killed_log_stored_is_not_stored_again(project: Project, folder: Path, before: str) -> None:
    killed_log(folder, before)
    left = blobs(project)
    logged = log(project, Draft("iv3", "model", scan(folder)))
    assert logged.new_bytes < 10
    assert len(blobs(project) - left) == 1  # the pack
    content = project.content(logged.version)
    for entry in content.files():
        assert content.reader(entry).read(0, entry.size) == (folder / entry.path).read_bytes()
    assert list((state_dir() / "intents").rglob("*.intent")) == []


def test_what_a_sweep_took_is_stored_again(project: Project, folder: Path) -> None:
    killed_log(folder, "entry")
    sweeping.sweep(project, grace=0)
    assert blobs(project) == set()
    assert log(project, Draft("iv3", "model", scan(folder))).new_bytes > WORTHWHILE


def test_a_sweep_between_reuse_and_entry_is_noticed(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_log(folder, "entry")
    real = Project.commit
    rounds = []

    def commit(self: Project, plan: object, operation: object = None) -> object:
        if not rounds:
            sweeping.sweep(open_catalog().project("vision"), grace=0)
        rounds.append(1)
        return real(self, plan, operation)  # type: ignore[arg-type]

    monkeypatch.setattr(Project, "commit", commit)
    logged = log(project, Draft("iv3", "model", scan(folder)))
    assert len(rounds) == 2
    content = project.content(logged.version)
    for entry in content.files():
        assert content.reader(entry).read(0, entry.size) == (folder / entry.path).read_bytes()


def test_a_damaged_leftover_is_not_used(project: Project, folder: Path) -> None:
    killed_log(folder, "entry")
    (large,) = (
        path for key in blobs(project) if (path := project.backend.local_path(key)).stat().st_size > 100
    )  # type: ignore[union-attr]
    large.chmod(0o644)
    with open(large, "r+b") as file:
        file.write(b"!")
    assert log(project, Draft("iv3", "model", scan(folder))).new_bytes > WORTHWHILE


@pytest.mark.parametrize("damage", [b"", b"\xff" * 9, None])
def test_a_broken_note_is_ignored(project: Project, folder: Path, damage: bytes | None) -> None:
    killed_log(folder, "entry")
    (note,) = (state_dir() / "intents").rglob("*.intent")
    data = note.read_bytes()
    note.write_bytes(data[: len(data) // 2] if damage is None else damage)
    logged = log(project, Draft("iv3", "model", scan(folder)))
    assert logged.version.number == 0
    assert list((state_dir() / "intents").rglob("*.intent")) == []


def test_a_living_log_is_left_alone(project: Project, folder: Path) -> None:
    from mvfs.catalog.resuming import Resumption
    from mvfs.store.journal import Operation

    with Resumption(project, Operation(0)) as first, Resumption(project, Operation(0)) as second:
        assert first.intent is not None
        assert second.leftovers == []


def test_a_version_that_is_deleted_at_once_was_logged_all_the_same(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process of this user brings the index, which they share, forward before we look at it."""
    real = Project.commit

    def commit(self: Project, plan: object, operation: object = None) -> object:
        entry = real(self, plan, operation)  # type: ignore[arg-type]
        monkeypatch.setattr(Project, "commit", real)
        other = open_catalog().project("vision")
        deletion.delete(other, [deletion.target(other, "iv3", 0)], aliases=True)
        return entry

    monkeypatch.setattr(Project, "commit", commit)
    logged = log(project, Draft("iv3", "model", scan(folder)))
    assert (logged.version.number, logged.kept, logged.reused) == (0, True, False)
    assert project.versions("iv3") == []


def test_what_was_never_stored_hides_nothing(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process died with the blob stored, ten others before that: the one is found, in any order."""
    killed_log(folder, "manifest")
    left = blobs(project)
    with monkeypatch.context() as patch:
        patch.setattr("mvfs.catalog.resuming.Intents.abandoned", lambda _: [])
        for _ in range(10):
            killed_log(folder, "put")
    assert len([*(state_dir() / "intents").rglob("*.intent")]) == 11
    assert log(project, Draft("iv3", "model", scan(folder))).new_bytes < 10
    assert left <= blobs(project)
    assert [*(state_dir() / "intents").rglob("*.intent")] == []
