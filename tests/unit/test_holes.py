"""Zeros take no room in the store: whole leaves of them become holes of the blob."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from blake3 import blake3

from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.store.leaves import LEAF, ZEROS
from mvfs.store.manifest.records import FileEntry
from mvfs.store.sources import scan

MIB = 1 << 20


def test_how_zeros_are_recognised() -> None:
    assert blake3(bytes(LEAF)).digest() == ZEROS


@pytest.mark.parametrize("size", [10 * MIB + 4097, 33 * MIB, 33 * MIB + 1], ids="{:,}".format)
@pytest.mark.parametrize("by_content", [False, True], ids=["grid", "content"])
@pytest.mark.parametrize("data_at", [(), (0,), (3 * MIB - 5, 7 * MIB), (9 * MIB + 17,)], ids=str)
def test_every_byte_comes_back(
    project: Project, tmp_path: Path, size: int, by_content: bool, data_at: tuple[int, ...]
) -> None:
    source = tmp_path / "source"
    with open(source, "wb") as file:
        file.truncate(size)
        for at in data_at:
            os.pwrite(file.fileno(), b"data in between", at)
    version = log(project, Draft("sparse", "data", scan(source), by_content=by_content)).version
    content = project.content(version)
    entry = content.find("source")
    assert isinstance(entry, FileEntry)
    assert content.reader(entry).read(0, size) == source.read_bytes()
    assert entry.digest == blake3(source.read_bytes()).digest()
    (blob,) = (path for path in tmp_path.glob("store/p/*/blobs/*/*"))
    assert blob.read_bytes() == source.read_bytes()
    if not by_content:
        assert os.stat(blob).st_blocks * 512 <= (2 * len(data_at) + 1) * MIB + 4096


def test_zeros_between_what_was_reserved(project: Project, tmp_path: Path) -> None:
    """Room is reserved for what is written, and given back when zeros come instead."""
    source = tmp_path / "source"
    with open(source, "wb") as file:
        file.writelines(os.urandom(MIB) if number % 4 == 0 else bytes(MIB) for number in range(40))
    log(project, Draft("sparse", "data", scan(source)))
    (blob,) = (path for path in tmp_path.glob("store/p/*/blobs/*/*"))
    assert blob.read_bytes() == source.read_bytes()
    assert os.stat(blob).st_blocks * 512 <= 10 * MIB + 4096
