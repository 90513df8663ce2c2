"""Partly known files: what is stored already is taken from there, and every byte comes back."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mvfs.catalog.project import Project
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.ingest import Ingest
from mvfs.store.leaves import LEAF
from mvfs.store.manifest.reader import Manifest
from mvfs.store.reading import FileReader
from mvfs.store.sources import scan
from mvfs.store.trust import Stamps
from tests.conftest import LogFiles

PROJECT = "0" * 26
MIB = 1 << 20


def noise(seed: object, size: int) -> bytes:
    return random.Random(repr(seed)).randbytes(size)


def ingest(backend: MemoryBackend, folder: Path, files: dict[str, bytes], base: Manifest | None) -> Manifest:
    """Store files, read all of them back, and return their manifest."""
    folder.mkdir(exist_ok=True)
    for path, data in files.items():
        (folder / path).write_bytes(data)
    work = Ingest(backend, PROJECT, Stamps(folder.parent / "stamps.db"), base)
    for source in scan(folder):
        if source.path in files:
            work.add(source)
    done = work.finish()
    manifest = Manifest(backend, done.manifest_key, done.packed.head_hash)
    for entry in manifest.entries():
        reader = FileReader(backend, manifest, entry)
        assert reader.read(0, entry.size) == files[entry.path]
        third = entry.size // 3
        assert reader.read(third, third) == files[entry.path][third : 2 * third]
    return manifest


def stored(backend: MemoryBackend) -> int:
    return sum(info.size for info in backend.list(f"p/{PROJECT}/blobs/"))


def test_a_new_large_file_is_one_blob_and_one_extent(tmp_path: Path) -> None:
    backend = MemoryBackend()
    manifest = ingest(backend, tmp_path / "a", {"x": noise(1, 5 * MIB + 17)}, None)
    (entry,) = manifest.entries()
    assert [(e.offset, e.length) for e in entry.extents] == [(0, 5 * MIB + 17)]
    assert manifest.blob(0).digest == entry.digest


def test_an_appended_file_stores_only_what_is_new(tmp_path: Path) -> None:
    backend = MemoryBackend()
    data = noise(1, 8 * MIB)
    base = ingest(backend, tmp_path / "a", {"x": data}, None)
    ingest(backend, tmp_path / "b", {"x": data + noise(2, 3 * MIB)}, base)
    assert stored(backend) == 11 * MIB


def test_a_changed_middle_stores_only_the_leaves_it_touches(tmp_path: Path) -> None:
    backend = MemoryBackend()
    data = bytearray(noise(1, 9 * MIB))
    base = ingest(backend, tmp_path / "a", {"x": bytes(data)}, None)
    data[4 * MIB + 5] ^= 1
    manifest = ingest(backend, tmp_path / "b", {"x": bytes(data)}, base)
    assert stored(backend) == 10 * MIB
    (entry,) = manifest.entries()
    assert len(entry.extents) == 3


def test_the_same_bytes_in_another_file_and_order_are_found(tmp_path: Path) -> None:
    backend = MemoryBackend()
    one, two = noise(1, 4 * MIB), noise(2, 3 * MIB)
    base = ingest(backend, tmp_path / "a", {"x": one + two}, None)
    ingest(backend, tmp_path / "b", {"y": two + one}, base)
    assert stored(backend) == 7 * MIB


def test_equal_files_of_one_version_are_stored_once(tmp_path: Path) -> None:
    backend = MemoryBackend()
    data = noise(1, 3 * MIB)
    ingest(backend, tmp_path / "a", {"x": data, "y": data, "z": data + b"more"}, None)
    assert stored(backend) == 3 * MIB + 4


def test_a_damaged_blob_is_not_relied_upon(tmp_path: Path) -> None:
    backend = MemoryBackend()
    data = noise(1, 3 * MIB)
    base = ingest(backend, tmp_path / "a", {"x": data}, None)
    backend.put(base.blob(0).key, data[:-1])
    ingest(backend, tmp_path / "b", {"x": data + b"!"}, base)


PIECES = st.lists(st.integers(0, 9), min_size=1, max_size=12)
SIZES = [MIB, MIB, MIB, 2 * MIB, MIB // 2, 70_000, 3, MIB - 1, MIB + 1, 300_000]


@given(first=PIECES, second=PIECES, third=PIECES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_series_of_files_comes_back(
    first: list[int], second: list[int], third: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("series")
    backend = MemoryBackend()
    base: Manifest | None = None
    for number, pieces in enumerate((first, second, third)):
        data = b"".join(noise(piece, SIZES[piece]) for piece in pieces)
        base = ingest(backend, folder / str(number), {"x": data, "y": data[: len(data) // 2]}, base)


def test_runs_below_1_mib_are_stored_again(tmp_path: Path) -> None:
    backend = MemoryBackend()
    tail = noise(1, 300_000)
    base = ingest(backend, tmp_path / "a", {"x": noise(0, 2 * MIB) + tail}, None)
    manifest = ingest(backend, tmp_path / "b", {"x": noise(5, 3 * MIB) + tail}, base)
    (entry,) = manifest.entries()
    assert len(entry.extents) == 1
    assert manifest.blob_count == 1


class TestStamps:
    def test_an_unchanged_directory_is_not_read_again(
        self, project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        from mvfs.catalog.recording import Draft, log
        from mvfs.store import ingest as ingesting

        folder = tmp_path / "work"
        folder.mkdir()
        (folder / "large").write_bytes(noise(1, LEAF + 5))
        (folder / "small").write_bytes(b"small")
        _settle(folder)
        first = log(project, Draft("iv3", "model", scan(folder)))
        with monkeypatch.context() as patch:
            patch.setattr(ingesting.Ingest, "_read", None)
            again = log(project, Draft("iv3", "model", scan(folder)))
        assert again.reused
        (folder / "new").write_bytes(b"")
        more = log(project, Draft("iv3", "model", scan(folder)))
        assert more.version.number == first.version.number + 1

    def test_a_file_rewritten_with_its_old_times_is_read(self, project: Project, tmp_path: Path) -> None:
        import os

        from mvfs.catalog.recording import Draft, log

        file = tmp_path / "file"
        file.write_bytes(b"one")
        _settle(tmp_path)
        log(project, Draft("iv3", "model", scan(file)))
        before = file.stat()
        file.write_bytes(b"two")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert not log(project, Draft("iv3", "model", scan(file))).reused


def _settle(folder: Path) -> None:
    """Wait until the clock of the file system has ticked past what was written."""
    import time

    from mvfs.store.trust import is_settled

    while not all(is_settled(path.stat()) for path in folder.iterdir() if path.is_file()):
        time.sleep(0.02)


def test_cut_by_content_an_insertion_costs_little(project: Project, tmp_path: Path) -> None:
    from mvfs.catalog.recording import Draft, log

    file = tmp_path / "table.jsonl"
    data = noise(1, 12 * MIB)
    file.write_bytes(data)
    log(project, Draft("rows", "dataset", scan(file), by_content=True))
    file.write_bytes(data[: 5 * MIB] + b"a new row" + data[5 * MIB :])
    logged = log(project, Draft("rows", "dataset", scan(file), by_content=True))
    assert logged.new_bytes < 3 * MIB
    content = project.content(logged.version)
    (entry,) = content.files()
    assert content.reader(entry).read(0, entry.size) == file.read_bytes()
