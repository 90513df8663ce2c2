"""Copies of many files at once: every byte right, few reads, and nothing unfinished left behind."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from mvfs.cache.cached import CachedBackend
from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject, Unavailable
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.leaves import LEAF
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.records import FileEntry
from mvfs.store.reading import BlobReader
from mvfs.store.spans import SPAN, spans
from mvfs.store.transfer import Transfer
from tests.conftest import LogFiles
from tests.unit.test_cache_reading import change
from tests.unit.test_deduplication import ingest, noise

MIB = 1 << 20


class Counting(MemoryBackend):
    """A far store that counts what is read of it in bulk."""

    streams = 5

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[int] = []

    def read_into(self, key: str, offset: int, view: memoryview) -> int | None:
        count = super().read_into(key, offset, view)
        self.reads.append(count or 0)
        return count


def copied(manifest: Manifest, backend: MemoryBackend | CachedBackend, target: Path) -> dict[str, bytes]:
    target.mkdir(exist_ok=True)
    Transfer(backend, manifest, [(entry, target / entry.path) for entry in manifest.entries()]).run()
    return {name: (target / name).read_bytes() for name in sorted(os.listdir(target))}


def many_kinds() -> dict[str, bytes]:
    files = {f"small{n:03}": noise(n, random.Random(n).randrange(40_000)) for n in range(300)}
    return files | {
        "empty": b"",
        "leaf": noise("l", LEAF),
        "almost": noise("a", LEAF - 1),
        "large": noise("x", 3 * SPAN + 12_345),
    }


def test_every_byte_in_few_reads(tmp_path: Path) -> None:
    backend, files = Counting(), many_kinds()
    manifest = ingest(backend, tmp_path / "source", files, None)
    backend.reads.clear()
    done: list[int] = []
    target = tmp_path / "out"
    target.mkdir()
    wanted = [(entry, target / entry.path) for entry in manifest.entries()]
    Transfer(backend, manifest, wanted, done.append).run()
    assert {name: (target / name).read_bytes() for name in os.listdir(target)} == files
    assert sum(done) == manifest.size
    assert len(backend.reads) <= -(-manifest.size // SPAN) + 3
    assert sum(backend.reads) <= manifest.size + len(backend.reads) * (128 << 10)


def test_files_that_lie_in_pieces(tmp_path: Path) -> None:
    backend = Counting()
    old = noise("old", 6 * MIB)
    base = ingest(backend, tmp_path / "a", {"x": old}, None)
    changed = old[: 2 * MIB] + noise("new", 3 * MIB + 7) + old[3 * MIB :]
    manifest = ingest(backend, tmp_path / "b", {"x": changed}, base)
    (entry,) = manifest.entries()
    assert len(entry.extents) > 1
    assert copied(manifest, backend, tmp_path / "out") == {"x": changed}


def test_spans_never_split_a_leaf_and_cover_each_byte_once(tmp_path: Path) -> None:
    backend = Counting()
    manifest = ingest(backend, tmp_path / "source", many_kinds(), None)
    entries = list(manifest.entries())
    blobs = BlobReader(backend, manifest)
    covered: dict[int, list[tuple[int, int]]] = {}
    for span in spans(blobs, entries):
        assert span.length <= SPAN + 2 * LEAF
        if span.has_leaves:
            starts = blobs.leaves(span.blob).starts
            assert span.offset in starts
            assert span.offset + span.length in starts
        for piece in span.pieces:
            assert span.offset <= piece.offset
            assert piece.offset + piece.length <= span.offset + span.length
            covered.setdefault(piece.file, []).append((piece.at, piece.at + piece.length))
    for number, entry in enumerate(entries):
        ends = [0, *(end for _, end in sorted(covered.get(number, [])))]
        assert [start for start, _ in sorted(covered.get(number, []))] == ends[:-1]
        assert ends[-1] == entry.size


@pytest.mark.parametrize("victim", ["large", "small007"])
def test_damage_names_the_file_and_leaves_nothing_unfinished(tmp_path: Path, victim: str) -> None:
    backend, files = Counting(), many_kinds()
    manifest = ingest(backend, tmp_path / "source", files, None)
    entry = manifest.find(victim)
    assert isinstance(entry, FileEntry)
    extent = entry.extents[0]
    key = manifest.blob(extent.blob).key
    data = bytearray(backend.get(key, 1 << 30) or b"")
    data[extent.offset + extent.length // 2] ^= 1
    backend.put(key, data)
    with pytest.raises(CorruptObject, match=f"'{victim}' is damaged"):
        copied(manifest, backend, tmp_path / "out")
    left = os.listdir(tmp_path / "out")
    assert victim not in left
    assert [name for name in left if name.startswith(".")] == []


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    backend = Counting()
    manifest = ingest(backend, tmp_path / "source", {"x": noise(1, 2 * MIB), "empty": b""}, None)
    for entry in manifest.entries():
        with pytest.raises(Unavailable, match="cannot write '/proc/version/x': not a directory"):
            Transfer(backend, manifest, [(entry, Path("/proc/version/x"))]).run()


@pytest.mark.parametrize("kind", ["blobs", "manifests"])
def test_damaged_copies_in_the_cache_are_fetched_again(
    project: Project, log_files: LogFiles, tmp_path: Path, kind: str
) -> None:
    files: dict[str, bytes | str] = {"large": noise(1, 2 * SPAN + 5), "a": b"a" * 500, "b": b"b" * 70_000}
    version = log_files(files).version
    cached = CachedBackend(project.backend, tmp_path / "blobs")
    for number in range(3):
        manifest = Manifest(cached, version.manifest, version.manifest_hash)
        assert copied(manifest, cached, tmp_path / f"out{number}") == files
        assert change(tmp_path / "blobs", kind)
