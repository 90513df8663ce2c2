"""On a file system that shares blocks, a large file is logged without a copy."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.settings import StoreLocation
from mvfs.store import deduplication
from mvfs.store.sources import scan

pytestmark = pytest.mark.needs_root
MIB = 1 << 20


@pytest.fixture
def btrfs(tmp_path: Path) -> Iterator[Path]:
    image, folder = tmp_path / "image", tmp_path / "btrfs"
    folder.mkdir()
    with open(image, "wb") as file:
        file.truncate(256 * MIB)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)  # the store's scratch is in use until we end


def used(folder: Path) -> int:
    """Bytes of data that the file system holds."""
    subprocess.run(["sync", "-f", folder], check=True)
    words = subprocess.run(
        ["btrfs", "filesystem", "df", "-b", folder], check=True, capture_output=True, text=True
    ).stdout
    data = next(line for line in words.splitlines() if line.startswith("Data"))
    return int(data.rpartition("used=")[2])


def test_a_new_file_shares_its_blocks(btrfs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = btrfs / "model.bin"
    source.write_bytes(random.Random(1).randbytes(40 * MIB))
    before = used(btrfs)
    monkeypatch.setattr(deduplication.Target, "write", None)
    project = open_catalog(StoreLocation(btrfs / "store", None)).make_project("vision")
    logged = log(project, Draft("iv3", "model", scan(source)))
    assert used(btrfs) - before < MIB
    content = project.content(logged.version)
    (entry,) = content.files()
    assert content.reader(entry).read(0, entry.size) == source.read_bytes()
    with open(source, "r+b") as file:  # the store has its own copy as soon as the source is written to
        file.write(b"changed")
    assert content.reader(entry).read(0, 7) != b"changed"


def test_of_a_partly_known_file_only_new_bytes_are_stored(btrfs: Path) -> None:
    source = btrfs / "model.bin"
    data = random.Random(1).randbytes(40 * MIB)
    project = open_catalog(StoreLocation(btrfs / "store", None)).make_project("vision")
    source.write_bytes(data)
    log(project, Draft("iv3", "model", scan(source)))
    changed = data[: 10 * MIB] + random.Random(2).randbytes(3 * MIB + 5) + data[13 * MIB :]
    source.write_bytes(changed)
    logged = log(project, Draft("iv3", "model", scan(source)))
    assert logged.new_bytes < 32 * MIB
    content = project.content(logged.version)
    (entry,) = content.files()
    assert content.reader(entry).read(0, entry.size) == changed


def test_a_moved_file_leaves_a_read_only_copy(btrfs: Path) -> None:
    source = btrfs / "model.bin"
    source.write_bytes(random.Random(1).randbytes(20 * MIB))
    before = used(btrfs)
    project = open_catalog(StoreLocation(btrfs / "store", None)).make_project("vision")
    log(project, Draft("iv3", "model", scan(source), move=True))
    assert source.is_file()
    assert not source.is_symlink()
    assert source.stat().st_mode & 0o222 == 0
    assert used(btrfs) - before < MIB
