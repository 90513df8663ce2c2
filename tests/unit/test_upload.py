"""Bytes sent to a far store straight out of their source."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.recording import Draft, log
from mvfs.errors import InvalidInput, SourceChanged
from mvfs.store.backend.base import Body, Data
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.hashing import hash_file
from mvfs.store.sources import scan
from mvfs.store.upload import Upload

MIB = 1 << 20
DATA = random.Random(5).randbytes(5 * MIB + 321)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(DATA)
    return path


def upload(source: Path, runs: list[tuple[int, int]]) -> Upload:
    """What the given ranges of the file make; each begins and ends where a leaf does."""
    fd = os.open(source, os.O_RDONLY)
    whole = b"".join(DATA[offset : offset + length] for offset, length in runs)
    part = source.with_name("part")
    part.write_bytes(whole)
    with part.open("rb") as file:
        return Upload(fd, runs, hash_file(file.fileno(), len(whole)).leaves, "source")


@pytest.mark.parametrize("runs", [[(0, len(DATA))], [(MIB, 2 * MIB), (4 * MIB, MIB + 321)]])
def test_any_range_of_it_is_right(source: Path, runs: list[tuple[int, int]]) -> None:
    body = upload(source, runs)
    expected = b"".join(DATA[offset : offset + length] for offset, length in runs)
    assert body.size == len(expected)
    chance = random.Random(1)
    for _ in range(60):
        offset = chance.randrange(len(expected))
        view = memoryview(bytearray(chance.randrange(1, len(expected) - offset + 1)))
        body.read_into(offset, view)
        assert view == expected[offset : offset + len(view)]


def test_a_source_that_changed_is_never_sent(source: Path) -> None:
    body = upload(source, [(0, len(DATA))])
    with source.open("r+b") as file:
        file.seek(3 * MIB + 5)
        file.write(b"changed")
    body.read_into(0, memoryview(bytearray(MIB)))
    with pytest.raises(SourceChanged, match="'source' changed while it was read"):
        body.read_into(3 * MIB, memoryview(bytearray(10)))
    source.write_bytes(DATA[:100])
    with pytest.raises(SourceChanged):
        body.read_into(4 * MIB, memoryview(bytearray(10)))


class Changing(MemoryBackend):
    """Something writes to the source between the look at it and the sending."""

    def __init__(self, victim: Path) -> None:
        super().__init__()
        self.victim = victim
        self.bodies = 0

    def put(self, key: str, data: Data) -> None:
        if isinstance(data, Body):
            self.bodies += 1
            with self.victim.open("r+b") as file:
                file.write(b"changed")
        super().put(key, data)


def test_a_source_that_changes_under_a_log_makes_no_version(source: Path) -> None:
    far = Changing(source)
    project = Catalog(far).make_project("vision")
    before = {info.key for info in far.list("")}
    with pytest.raises(SourceChanged):
        log(project, Draft("net", "model", scan(source)))
    assert far.bodies == 1
    assert {info.key for info in far.list("")} == before


def test_nothing_is_moved_into_a_far_store(source: Path) -> None:
    project = Catalog(MemoryBackend()).make_project("vision")
    with pytest.raises(InvalidInput, match="cannot be moved"):
        log(project, Draft("net", "model", scan(source), move=True))
    assert source.read_bytes() == DATA
