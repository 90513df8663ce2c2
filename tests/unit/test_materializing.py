"""Materializing: nothing happens by halves, whoever else is at work."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvfs.catalog import sweeping
from mvfs.catalog.deletion import Target, delete
from mvfs.catalog.materializing import externals, materialize
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.catalog.referring import scan_references
from mvfs.catalog.repacking import repack
from mvfs.errors import Conflict, Unavailable
from mvfs.index.rows import Version
from mvfs.references import lookup
from mvfs.store.sources import check_sources, scan
from tests.unit.housekeeping import assert_index_is_the_fold, intrude

BIG = bytes(range(256)) * 8192


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for name, content in (("a.bin", BIG), ("b.txt", b"small"), ("c.bin", BIG[::-1])):
        (folder / name).write_bytes(content)
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(folder))
    return folder


@pytest.fixture
def version(project: Project, data: Path, tmp_path: Path) -> Version:
    """Two files of its own, among three references."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "aa.txt").write_text("own")
    (own / "z.bin").write_bytes(BIG + b"own")
    files = check_sources([*scan(own), *scan_references(data.as_uri())])
    return log(project, Draft("mixed", "dataset", files)).version


def contents(project: Project, version: Version) -> dict[str, bytes]:
    content = project.content(version)
    return {entry.path: content.reader(entry).read(0, entry.size) for entry in content.files()}


def objects(project: Project) -> set[str]:
    return {info.key for folder in ("blobs", "manifests")
            for info in project.backend.list(f"p/{project.id}/{folder}/")}  # fmt: skip


def now(project: Project) -> Version:
    project.refresh()
    return project.version("mixed")


def test_files_of_its_own_stay_where_they_are(project: Project, version: Version, data: Path) -> None:
    right, before = contents(project, version), objects(project)
    done = materialize(project, version)
    assert (done.files, done.size) == (3, 2 * len(BIG) + 5)
    assert done.new_bytes == len(BIG) + 5
    assert before < objects(project)
    (data / "a.bin").unlink()
    assert contents(project, now(project)) == right
    assert list(externals(project, now(project))) == []
    assert_index_is_the_fold(project)


@pytest.mark.parametrize("error", [KeyboardInterrupt, Unavailable])
def test_cut_off_it_leaves_the_version_and_the_store_as_they_were(
    project: Project, version: Version, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    before = objects(project)

    def broken(ref: lookup.Reference, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        if ref.uri.endswith("c.bin"):
            raise error("cut off")
        yield from stream(ref, start, end)

    stream = lookup.stream
    with monkeypatch.context() as patch:
        patch.setattr(lookup, "stream", broken)
        with pytest.raises(error):
            materialize(project, version)
    assert objects(project) == before
    assert now(project) == version
    assert materialize(project, version).files == 3


def test_a_version_that_is_deleted_meanwhile_is_not_brought_back(
    project: Project, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove(other: Project) -> None:
        delete(other, [Target("mixed", (0,))], aliases=True)

    before = objects(project)
    intrude(monkeypatch, project, remove)
    with pytest.raises(Conflict, match="deleted meanwhile"):
        materialize(project, version)
    assert objects(project) == before


def test_two_at_once_bring_it_in_once(
    project: Project, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    intrude(monkeypatch, project, lambda other: materialize(other, other.version("mixed")))
    with pytest.raises(Conflict, match="stored anew meanwhile"):
        materialize(project, version)
    assert list(externals(project, now(project))) == []
    assert contents(project, now(project))["c.bin"] == BIG[::-1]


def test_what_a_sweep_takes_meanwhile_is_brought_in_again(
    project: Project, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        tries = intrude(patch, project, lambda other: sweeping.sweep(other, grace=0))
        assert materialize(project, version).files == 3
    assert len(tries) == 2
    assert contents(project, now(project))["a.bin"] == BIG


def test_repacked_blobs_keep_their_references(project: Project, data: Path) -> None:
    log(project, Draft("mixed", "dataset", scan_references(data.as_uri())))
    materialize(project, now(project))
    (data / "a.bin").unlink()
    second = log(project, Draft("mixed", "dataset", scan_references((data / "b.txt").as_uri())))
    many = data.parent / "many"
    many.mkdir()
    for number in range(20):
        (many / f"{number}").write_bytes(bytes([number]) * 1000)
    files = check_sources([*scan(many), *scan_references((data / "b.txt").as_uri())])
    third = log(project, Draft("many", "dataset", files)).version
    materialize(project, third)
    log(project, Draft("many", "dataset", check_sources([*scan(many / "3"), *files[-1:]])))
    delete(project, [Target("many", (0,))], aliases=True)
    assert repack(project).versions == 1
    kept = project.content(project.version("many"))
    assert {entry.path: entry.reference is not None for entry in kept.files()} == {"3": False, "b.txt": True}
    assert second.version.number == 1


def test_a_large_object_is_never_in_memory_as_a_whole(
    project: Project, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(data / "large", "wb") as file:
        file.truncate(48 << 20)
    one = log(project, Draft("large", "dataset", scan_references((data / "large").as_uri()))).version
    tracemalloc.start()
    try:
        assert materialize(project, one).size == 48 << 20
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()
