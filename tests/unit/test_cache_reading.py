"""Versions read through a cache whose bytes were changed: noticed, fetched again, never served."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mvfs.cache import room
from mvfs.cache.cached import CachedBackend
from mvfs.cache.files import data_file
from mvfs.catalog.checking.reading import read_whole
from mvfs.catalog.checking.store import check_store
from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject, Damaged
from mvfs.mount.blobs import open_blob
from mvfs.store.manifest.reader import Manifest
from mvfs.store.reading import FileReader
from mvfs.store.trust import Stamps
from tests.conftest import LogFiles

LARGE = os.urandom(2_500_000)
FILES: dict[str, bytes | str] = {"large": LARGE, "one": b"small " * 500, "two": b"other " * 700}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def cached(project: Project, root: Path) -> CachedBackend:
    return CachedBackend(project.backend, root)


def read_all(cached: CachedBackend, log_files: LogFiles) -> dict[str, bytes]:
    version = log_files(FILES).version
    manifest = Manifest(cached, version.manifest, version.manifest_hash)
    return {
        entry.path: FileReader(cached, manifest, entry).read(0, entry.size) for entry in manifest.entries()
    }


def change(root: Path, kind: str) -> int:
    """Change a byte in the middle of each cached object of a kind, at its size; return how many."""
    found = [one for one in room.entries(root) if one.name.endswith(".mf") == (kind == "manifests")]
    for one in found:
        path = data_file(root, one.name)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    return len(found)


@pytest.mark.parametrize("kind", ["blobs", "manifests"])
def test_changed_bytes_are_fetched_again(
    cached: CachedBackend, root: Path, log_files: LogFiles, kind: str
) -> None:
    assert read_all(cached, log_files) == FILES
    assert change(root, kind) == (2 if kind == "blobs" else 1)
    assert read_all(cached, log_files) == FILES
    for one in room.entries(root):
        data_file(root, one.name).write_bytes(b"cut short")
    assert read_all(cached, log_files) == FILES


def test_damage_in_the_store_is_told_once_the_cache_was_asked(
    cached: CachedBackend, log_files: LogFiles, store: Path
) -> None:
    log_files(FILES)
    for path in store.glob("p/*/blobs/*/*"):
        path.chmod(0o644)
        path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(CorruptObject, match="is damaged"):
        read_all(cached, log_files)


def test_checks_read_the_store_and_not_the_cache(
    cached: CachedBackend, log_files: LogFiles, store: Path, tmp_path: Path
) -> None:
    assert read_all(cached, log_files) == FILES
    version = log_files(FILES).version
    blobs = Manifest(cached, version.manifest, version.manifest_hash).blobs()
    for path in store.glob("p/*/blobs/*/*"):
        path.unlink()
    assert read_all(cached, log_files) == FILES
    for blob in blobs:
        with pytest.raises(Damaged, match="missing"):
            read_whole(cached, blob, Stamps(tmp_path / "stamps"))
    assert len(check_store(cached, percent=100).findings) >= len(blobs)


def test_a_whole_file_is_opened_by_its_stamp_and_held(
    cached: CachedBackend, root: Path, log_files: LogFiles, tmp_path: Path
) -> None:
    read_all(cached, log_files)
    version = log_files(FILES).version
    manifest = Manifest(cached, version.manifest, version.manifest_hash)
    entry = manifest.find("large")
    reader = FileReader(cached, manifest, entry)  # type: ignore[arg-type]
    path = cached.local_path(reader.whole_blob() or "")
    assert path is not None
    assert path.is_relative_to(root)
    stamps = Stamps(tmp_path / "stamps.db")
    blob = open_blob(path, len(LARGE), reader.entry.digest, hold=True)
    assert blob is not None
    assert blob.verify(stamps)
    reader.read(0, 10)
    assert stamps.fits(path.stat(), reader.entry.digest)
    room.evict(root, room.entries(root), 1 << 40)
    assert path.exists()
    blob.close()
    room.evict(root, room.entries(root), 1 << 40)
    assert not path.exists()
