"""Checks and repairs of versions with references, in the store and outside."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.materializing import materialize
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.catalog.referring import scan_references
from mvfs.cli import main
from mvfs.index.rows import Version
from mvfs.store.manifest.records import FileEntry
from mvfs.store.sources import check_sources, scan
from tests.unit.damage import blob_of, flip, full_check, told

INSIDE, OWN = bytes(range(256)) * 5000, bytes(reversed(range(256))) * 5001


@pytest.fixture
def version(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Version:
    """A reference in the store, one outside of it, and a file of its own."""
    data, own = tmp_path / "data", tmp_path / "own"
    for folder in (data, own):
        folder.mkdir()
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(data))
    (data / "inside.bin").write_bytes(INSIDE)
    (own / "own.bin").write_bytes(OWN)
    first = log(project, Draft("mixed", "dataset", scan_references(data.as_uri()))).version
    materialize(project, first)
    (data / "outside.txt").write_text("outside")
    files = check_sources([*scan(own), *scan_references(data.as_uri())])
    return log(project, Draft("mixed", "dataset", files)).version


def entries() -> list[tuple[str, bytes, bytes, bool]]:
    project = open_catalog().project("vision")
    content = project.content(project.version("mixed"))

    def row(entry: FileEntry) -> tuple[str, bytes, bytes, bool]:
        return entry.path, entry.identity, content.reader(entry).read(0, entry.size), entry.is_external

    return [row(entry) for entry in content.files()]


def repair(source: Path) -> int:
    return main(["fsck", "--repair", "--from", str(source)])


def test_lost_bytes_come_back_and_references_stay(version: Version, store: Path, tmp_path: Path) -> None:
    right = entries()
    assert [(path, external) for path, _, _, external in right] == [
        ("inside.bin", False), ("outside.txt", True), ("own.bin", False),
    ]  # fmt: skip
    assert told(full_check(store)) == []
    flip(blob_of(store, len(INSIDE)), 3)
    blob_of(store, len(OWN)).unlink()
    assert {file for _, hurt in told(full_check(store)) for _, files in hurt for file in files} == {
        "inside.bin", "own.bin",
    }  # fmt: skip
    lost = tmp_path / "lost"
    lost.mkdir()
    (lost / "x").write_bytes(INSIDE)
    (lost / "y").write_bytes(OWN)
    assert repair(lost) == 0
    assert entries() == right
    assert told(full_check(store)) == []
    assert open_catalog().project("vision").version("mixed").digest == version.digest


def test_a_lost_manifest_comes_back_from_a_copy_of_the_store(
    version: Version, store: Path, tmp_path: Path
) -> None:
    right = entries()
    copy = shutil.copytree(store, tmp_path / "copy")
    (store / version.manifest).unlink()
    assert repair(copy) == 0
    assert entries() == right
    assert told(full_check(store)) == []


def test_a_version_of_references_alone_is_made_anew_from_another_version(
    project: Project, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(tmp_path))
    (tmp_path / "a").write_text("outside")
    files = scan_references((tmp_path / "a").as_uri())
    lost = log(project, Draft("mixed", "dataset", files)).version
    log(project, Draft("same", "dataset", files))
    copy = shutil.copytree(store, tmp_path / "copy")
    right = entries()
    (store / lost.manifest).unlink()
    (copy / lost.manifest).unlink()
    assert repair(copy) == 0
    assert entries() == right
    assert told(full_check(store)) == []
