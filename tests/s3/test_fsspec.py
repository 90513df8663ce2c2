"""``mvfs://`` of a store in a bucket: read in ranges, kept near, and verified there as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvfs import settings
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.integrations.fsspec import MvfsFileSystem
from mvfs.settings import store_location
from mvfs.store.leaves import LEAF
from mvfs.store.sources import scan
from tests.unit.damage import rewrite

BIG = bytes(range(251)) * (3 * LEAF // 251)


@pytest.fixture
def fs(url: str, tmp_path: Path) -> MvfsFileSystem:
    """Reads a store that is named by ``store=`` alone."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "model.bin").write_bytes(BIG)
    (folder / "config.json").write_text("{}")
    project = open_catalog(store_location(url)).make_project("vision")
    log(project, Draft("iv3", "model", scan(folder)))
    return MvfsFileSystem(store=url, skip_instance_cache=True)


def test_read(fs: MvfsFileSystem, tmp_path: Path) -> None:
    path = "mvfs://vision/iv3:latest/model.bin"
    assert fs.ls("vision/iv3:v0", detail=False) == ["vision/iv3:v0/config.json", "vision/iv3:v0/model.bin"]
    assert fs.cat_ranges([path] * 3, [0, LEAF - 5, -7], [9, LEAF + 5, None]) == [
        BIG[:9], BIG[LEAF - 5 : LEAF + 5], BIG[-7:],
    ]  # fmt: skip
    for _ in range(2):
        with fs.open(path) as file:
            file.seek(LEAF // 2)
            assert file.read() == BIG[LEAF // 2 :]
    fs.get("vision/iv3:v0", str(tmp_path / "out"), recursive=True)
    assert (tmp_path / "out/model.bin").read_bytes() == BIG


def test_a_wrong_copy_on_this_machine_is_not_served(fs: MvfsFileSystem) -> None:
    path = "vision/iv3:v0/model.bin"
    assert fs.cat(path) == BIG
    spoilt = 0
    for copy in settings.blob_cache().path.rglob("*"):
        if copy.is_file() and copy.stat().st_size >= LEAF:
            data = bytearray(copy.read_bytes())
            data[1000] ^= 1
            rewrite(copy, bytes(data))
            spoilt += 1
    assert spoilt
    assert fs.cat(path) == BIG
    with fs.open(path) as file:
        assert file.read() == BIG
