"""Blobs of which little is used are moved, and every byte stays what it was."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mvfs.catalog import repacking, sweeping
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.errors import Conflict, CorruptObject
from mvfs.store import effects as fx
from mvfs.store.sources import scan

MIB = 1 << 20


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.fixture
def world(project: Project, tmp_path: Path) -> dict[int, dict[str, bytes]]:
    """v0 is large and then deleted; v1 and v2 use a small part of its blobs."""
    small = {f"s{i}": noise(100 + i, 5000) for i in range(20)}
    large = noise(1, 9 * MIB)
    contents = {
        0: {"large": large, **small},
        1: {"large": large[: 2 * MIB] + noise(2, 100_000), "s3": small["s3"], "s7": small["s7"]},
        2: {"other": noise(3, 40), "large": large[: 2 * MIB] + noise(2, 100_000), "s7": small["s7"]},
    }
    for number, files in contents.items():
        folder = tmp_path / str(number)
        folder.mkdir()
        for path, data in files.items():
            (folder / path).write_bytes(data)
        log(project, Draft("iv3", "model", scan(folder)))
    project.commit(lambda: [fx.Deleted("iv3", 0)])
    del contents[0]
    return contents


def stored(project: Project) -> int:
    return sum(info.size for info in project.backend.list(f"p/{project.id}/blobs/"))


def check(contents: dict[int, dict[str, bytes]]) -> None:
    project = open_catalog().project("vision")
    for version in project.versions("iv3"):
        content = project.content(version)
        read = {entry.path: content.reader(entry).read(0, entry.size) for entry in content.files()}
        assert read == contents[version.number]


def test_what_is_left_of_a_mostly_dead_blob_moves(
    project: Project, world: dict[int, dict[str, bytes]]
) -> None:
    digests = [version.digest for version in project.versions("iv3")]
    sweeping.sweep(project, grace=0)
    before = stored(project)
    found = repacking.survey(project)
    done = repacking.repack(project)
    assert (found.versions, found.freed) == (done.versions, done.freed) == (2, 9 * MIB + 100_000)
    check(world)
    sweeping.sweep(project, grace=0)
    assert stored(project) == before - done.freed + done.written
    assert done.written < 2.1 * MIB
    check(world)
    assert [version.digest for version in open_catalog().project("vision").versions("iv3")] == digests
    assert repacking.repack(project) == repacking.Repacked(0, 0, 0)


def test_nothing_moves_while_most_of_it_is_used(project: Project, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(noise(1, 3 * MIB))
    log(project, Draft("iv3", "model", scan(tmp_path / "a")))
    (tmp_path / "a").write_bytes(noise(1, 2 * MIB))
    log(project, Draft("iv3", "model", scan(tmp_path / "a")))
    project.commit(lambda: [fx.Deleted("iv3", 0)])
    assert repacking.repack(project).versions == 0


def test_damage_is_not_carried_on(project: Project, world: dict[int, dict[str, bytes]]) -> None:
    content = project.content(project.version("iv3"))
    entry = content.find("large")
    manifest = content._manifest
    path = project.backend.local_path(manifest.blob(entry.extents[0].blob).key)  # type: ignore[union-attr]
    assert path is not None
    path.chmod(0o644)
    with open(path, "r+b") as file:
        file.write(b"damage")
    before = {info.key for info in project.backend.list(f"p/{project.id}/")}
    with pytest.raises(CorruptObject):
        repacking.repack(project)
    assert {info.key for info in project.backend.list(f"p/{project.id}/")} == before


def test_a_version_deleted_meanwhile_stays_as_it_was(
    project: Project, world: dict[int, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mvfs.store.repack import Repack

    real = Repack.move

    def move(self: Repack, victims: object) -> None:
        project.commit(lambda: [fx.AliasMoved("iv3", "latest", 1, 2), fx.Deleted("iv3", 2)])
        real(self, victims)  # type: ignore[arg-type]

    monkeypatch.setattr(Repack, "move", move)
    repacking.repack(project)
    sweeping.sweep(project, grace=0)
    del world[2]
    check(world)


def test_a_sweep_meanwhile_is_noticed(
    project: Project, world: dict[int, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = repacking._commit

    def commit(*args: object) -> None:
        sweeping.sweep(open_catalog().project("vision"), grace=0)
        real(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch, pytest.raises(Conflict, match="run it again"):
        patch.setattr(repacking, "_commit", commit)
        repacking.repack(project)
    repacking.repack(project)
    check(world)
