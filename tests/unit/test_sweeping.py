"""Sweeps: garbage goes, what is needed or young stays, and writers at work notice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mvfs.catalog import sweeping
from mvfs.catalog.project import Project
from mvfs.catalog.references import References, needed_now, swept_since
from mvfs.errors import CorruptObject
from mvfs.index import queries
from mvfs.index.fresh import fresh
from mvfs.store import effects as fx
from mvfs.store.known import Known
from mvfs.store.manifest.reader import Manifest
from mvfs.store.trust import Stamps
from tests.conftest import LogFiles


def delete(project: Project, number: int) -> None:
    aliases = [fx.AliasMoved("iv3", a, None, n) for a, n in project.aliases("iv3").items() if n == number]
    project.commit(lambda: [*aliases, fx.Deleted("iv3", number)])


def objects(project: Project) -> set[str]:
    return {info.key for info in project.backend.list(f"p/{project.id}/") if "/journal/" not in info.key}


def test_nothing_to_sweep(project: Project, log_files: LogFiles) -> None:
    log_files({"a": "1"})
    before = objects(project)
    assert sweeping.sweep(project, grace=0) == sweeping.Garbage(0, 0, 0)
    assert objects(project) == before


def test_a_deleted_version_is_swept_and_the_others_stay(project: Project, log_files: LogFiles) -> None:
    log_files({"a": "1" * 100, "shared": "s"})
    log_files({"a": "2", "shared": "s"})
    delete(project, 0)
    found = sweeping.survey(project, grace=0)
    assert found.objects == 1  # the manifest; the pack is shared
    assert sweeping.sweep(project, grace=0).objects == 1
    version = project.version("iv3")
    content = project.content(version)
    assert [content.reader(entry).read(0, 10) for entry in content.files()] == [b"2", b"s"]
    assert [one.done for one in queries.sweeps(fresh(project.journal))] == [1]


def test_orphans_are_swept_only_when_they_are_old(project: Project, log_files: LogFiles) -> None:
    log_files({"a": "1"})
    orphan = f"p/{project.id}/blobs/aa/{'a' * 32}.{'b' * 8}"
    project.backend.put(orphan, b"left by a writer that was killed")
    assert sweeping.sweep(project) == sweeping.Garbage(0, 0, 32)
    assert project.backend.head(orphan) is not None
    assert sweeping.sweep(project, grace=0).size == 32
    assert project.backend.head(orphan) is None


def test_old_probes_of_dead_processes_go(project: Project, log_files: LogFiles) -> None:
    log_files({"a": "1"})
    for name in ("probe/old", "probe/young"):
        project.backend.put(name, b"")
    path = project.backend.local_path("probe/old")
    assert path is not None
    os.utime(path, (0, 0))
    sweeping.sweep(project)
    assert [info.key for info in project.backend.list("probe/")] == ["probe/young"]


def test_the_trash_is_kept_for_the_grace_period(project: Project, log_files: LogFiles) -> None:
    log_files({"a": "1"})
    log_files({"a": "2"})
    delete(project, 0)
    before = objects(project)
    sweeping.sweep(project, grace=3600)
    assert objects(project) == before


def test_a_sweep_that_was_cut_off_is_finished_by_the_next(
    project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_files({"a": "1"})
    log_files({"b": "2"})
    delete(project, 0)
    doomed = sweeping.survey(project, grace=0).objects
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(project.backend, "delete", _interrupt)
        sweeping.sweep(project, grace=0)
    index = fresh(project.journal)
    assert [one.done for one in queries.sweeps(index)] == [0]
    assert len(swept_since(project, index, 0)) == doomed
    sweeping.sweep(project, grace=3600)
    assert sweeping.survey(project, grace=0).objects == 0
    assert [one.done for one in queries.sweeps(fresh(project.journal))] == [1]


def _interrupt(key: str) -> None:
    if "probe" not in key:
        raise KeyboardInterrupt


def test_a_manifest_that_cannot_be_read_stops_the_sweep(project: Project, log_files: LogFiles) -> None:
    logged = log_files({"a": "1"})
    project.backend.delete(logged.version.manifest)
    orphan = f"p/{project.id}/blobs/aa/{'a' * 32}.{'b' * 8}"
    project.backend.put(orphan, b"x")
    with pytest.raises(CorruptObject, match="missing"):
        sweeping.sweep(project, grace=0)
    assert project.backend.head(orphan) is not None


def test_a_list_that_names_a_live_object_deletes_nothing(project: Project, log_files: LogFiles) -> None:
    from mvfs.store import keys, sweeplist

    logged = log_files({"a": "1"})
    sweep_id = keys.new_sweep_id()
    list_hash = sweeplist.write(project.backend, project.id, sweep_id, {logged.version.manifest: 1})
    project.commit(lambda: [fx.Swept(sweep_id, list_hash, 1, 1)])
    with pytest.raises(CorruptObject, match="versions need"):
        sweeping.sweep(project, grace=0)
    assert project.backend.head(logged.version.manifest) is not None


def test_a_log_whose_objects_were_swept_stores_them_again(
    project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_files({"a": "1"})
    real = project.commit
    swept = []

    def slow_commit(plan, operation=None):  # type: ignore[no-untyped-def]
        if operation is not None and not swept:
            swept.append(sweeping.sweep(project, grace=0).objects)
        return real(plan, operation)

    monkeypatch.setattr(Project, "commit", lambda self, plan, operation=None: slow_commit(plan, operation))
    log_files({"b": "2"})
    assert swept == [2]
    content = project.content(project.version("iv3"))
    assert [content.reader(entry).read(0, 10) for entry in content.files()] == [b"2"]


def test_a_log_whose_base_was_deleted_stores_everything(
    project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_files({"a": "1"})
    log_files({"a": "base", "b": "x"})
    real = project.commit
    done = []

    def slow_commit(plan, operation=None):  # type: ignore[no-untyped-def]
        if operation is not None and not done:
            done.append(True)
            delete(project, 1)
            sweeping.sweep(project, grace=0)
        return real(plan, operation)

    monkeypatch.setattr(Project, "commit", lambda self, plan, operation=None: slow_commit(plan, operation))
    log_files({"a": "base", "b": "y"})
    content = project.content(project.version("iv3"))
    assert [content.reader(entry).read(0, 10) for entry in content.files()] == [b"base", b"y"]


def test_a_version_deleted_and_swept_meanwhile_is_no_damage(project: Project, log_files: LogFiles) -> None:
    log_files({"a": "1"})
    kept = log_files({"b": "2"}).version
    index = fresh(project.journal)
    delete(project, 0)
    sweeping.sweep(project, grace=0)
    assert needed_now(References(project.backend), index) >= {kept.manifest}
    project.backend.delete(kept.manifest)
    with pytest.raises(CorruptObject, match="missing"):
        needed_now(References(project.backend), index)


def test_a_base_that_is_swept_while_it_is_read_is_not_reused(
    project: Project, log_files: LogFiles, tmp_path: Path
) -> None:
    base = log_files({"large": os.urandom(3 << 20), "small": "s"}).version
    manifest = Manifest(project.backend, base.manifest, base.manifest_hash)
    digests = {entry.path: entry.digest for entry in manifest.entries()}
    known = Known(project.backend, Stamps(tmp_path / "stamps.db"), manifest)
    project.backend.delete(base.manifest)
    assert known.file(digests["large"]) is None
    assert known.file(digests["small"]) is not None
