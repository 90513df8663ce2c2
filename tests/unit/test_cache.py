"""The cache of far stores: what it fetches, keeps, forgets and makes room for, and how it takes trouble."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from mvfs.cache import files, room
from mvfs.cache.cached import CachedBackend
from mvfs.cache.files import UNIT
from mvfs.store.backend.memory import MemoryBackend

KIB = 1 << 10
PROJECT = "0" * 26


def key_of(number: int) -> str:
    return f"p/{PROJECT}/blobs/{number:02x}/{number:02x}{'0' * 30}.00000000"


KEY = key_of(1)
NAME = "01" + "0" * 30
DATA = random.Random(1).randbytes(10 * UNIT + 1234)


class Counting(MemoryBackend):
    """Says what it was asked for."""

    def __init__(self, *objects: bytes) -> None:
        super().__init__()
        self.asked: list[tuple[int, int]] = []
        for number, data in enumerate(objects or (DATA,), 1):
            self.put(key_of(number), data)

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        self.asked.append((offset, length))
        return super().get_range(key, offset, length)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_every_range_is_right_and_fetched_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = Counting()
    cached = CachedBackend(inner, root)
    monkeypatch.setattr(cached._ahead, "saw", lambda *_: None)  # who reads ahead may meet who reads
    chance = random.Random(7)
    for _ in range(300):
        offset, length = chance.randrange(len(DATA) + UNIT), chance.randrange(4 * UNIT)
        assert cached.get_range(KEY, offset, length) == DATA[offset : offset + length]
    served = [
        unit
        for offset, length in inner.asked
        for unit in range(offset // UNIT, -(-(offset + length) // UNIT))
    ]
    assert sorted(set(served) & set(range(11))) == sorted(unit for unit in served if unit < 11)
    inner.delete(KEY)
    assert cached.get_range(KEY, 0, 1 << 30) == DATA


def test_missing_runs_are_fetched_in_one_request_each(root: Path) -> None:
    inner = Counting()
    cached = CachedBackend(inner, root)
    cached.get_range(KEY, 3 * UNIT + 5, 10)
    inner.asked.clear()
    assert cached.get_range(KEY, 10, 7 * UNIT) == DATA[10 : 10 + 7 * UNIT]
    assert inner.asked == [(0, 3 * UNIT), (4 * UNIT, 4 * UNIT)]


def test_what_is_not_there_leaves_nothing(root: Path) -> None:
    cached = CachedBackend(MemoryBackend(), root)
    assert cached.get_range(KEY, 0, 10) is None
    assert cached.get(KEY, 10) is None
    assert room.entries(root) == []


def test_deleted_is_gone_even_while_open(root: Path) -> None:
    cached = CachedBackend(Counting(), root)
    cached.get_range(KEY, 0, len(DATA) + 1)
    with files.opened(root, NAME):
        cached.delete(KEY)
    assert cached.get_range(KEY, 0, 10) is None


def test_local_path_only_of_what_is_whole(root: Path) -> None:
    cached = CachedBackend(Counting(), root)
    cached.get_range(KEY, UNIT, len(DATA))
    assert cached.local_path(KEY) is None
    cached.get_range(KEY, 0, 1)
    path = cached.local_path(KEY)
    assert path is not None
    assert path.read_bytes() == DATA
    with open(path, "ab") as file:
        file.write(b"more")
    assert cached.local_path(KEY) is None


def test_local_path_of_whole_units(root: Path) -> None:
    """No read tells where such an object ends."""
    inner = Counting(DATA[: 4 * UNIT])
    cached = CachedBackend(inner, root)
    cached.get_range(KEY, 0, 2 * UNIT)
    assert cached.local_path(KEY) is None
    cached.get_range(KEY, 2 * UNIT, 2 * UNIT)
    path = cached.local_path(KEY)
    assert path is not None
    assert path.read_bytes() == DATA[: 4 * UNIT]


def test_distrusted_bytes_are_fetched_again(root: Path) -> None:
    cached = CachedBackend(Counting(), root)
    cached.get_range(KEY, 0, len(DATA))
    spoil(files.data_file(root, NAME), 5 * UNIT + 3)
    assert cached.get_range(KEY, 5 * UNIT, UNIT) != DATA[5 * UNIT : 6 * UNIT]
    assert cached.distrust(KEY, 5 * UNIT, 10)
    assert not cached.distrust(KEY, 5 * UNIT, 10)
    assert cached.get_range(KEY, 5 * UNIT, UNIT) == DATA[5 * UNIT : 6 * UNIT]


def test_a_wrong_size_is_forgotten_with_the_bytes(root: Path) -> None:
    """Another store had the object cut short."""
    CachedBackend(Counting(DATA[:UNIT]), root).get_range(KEY, 0, 2 * UNIT)
    cached = CachedBackend(Counting(), root)
    assert len(cached.get_range(KEY, 0, 2 * UNIT) or b"") == UNIT
    assert cached.distrust(KEY, 0, 2 * UNIT)
    assert cached.get_range(KEY, 0, 2 * UNIT) == DATA[: 2 * UNIT]


def spoil(path: Path, at: int) -> None:
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))


def test_the_limit_holds_and_the_least_used_goes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVFS_CACHE_LIMIT", "1M")
    inner = Counting(*[random.Random(n).randbytes(256 * KIB) for n in range(8)])
    cached = CachedBackend(inner, root)
    for number in (1, 2, 3):
        cached.get_range(key_of(number), 0, 256 * KIB)
    for number, age in ((1, 100), (2, 300), (3, 200)):
        then = time.time() - age
        os.utime(files.map_file(root, f"{number:02x}{'0' * 30}"), (then, then))
    cached.get_range(key_of(1), 0, 1)  # used again: now the newest
    for number in (4, 5):
        cached.get_range(key_of(number), 0, 256 * KIB)
    names = {int(entry.name[:2], 16) for entry in room.entries(root)}
    assert 2 not in names
    assert {1, 5} <= names
    for number in range(1, 9):
        cached.get_range(key_of(number), 0, 256 * KIB)
    assert sum(entry.size for entry in room.entries(root)) <= 1 << 20


def test_what_is_open_is_not_evicted(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVFS_CACHE_LIMIT", "600K")
    inner = Counting(*[random.Random(n).randbytes(256 * KIB) for n in range(6)])
    cached = CachedBackend(inner, root)
    cached.get_range(KEY, 0, 256 * KIB)
    os.utime(files.map_file(root, NAME), (1, 1))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with files.opened(root, NAME):
            os.utime(files.map_file(root, NAME), (1, 1))
            os.write(writing, b"1")
            signal.pause()
    os.read(reading, 1)
    try:
        for number in range(2, 7):
            cached.get_range(key_of(number), 0, 256 * KIB)
        assert NAME in {entry.name for entry in room.entries(root)}
        assert sum(entry.size for entry in room.entries(root)) <= 600 * KIB
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert files.remove(root, NAME)


def test_an_object_beyond_the_limit_is_passed_through(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVFS_CACHE_LIMIT", "100K")
    cached = CachedBackend(Counting(), root)
    assert cached.get_range(KEY, 0, len(DATA)) == DATA
    assert sum(entry.size for entry in room.entries(root)) <= 100 * KIB


def test_many_fill_one_object_at_once(root: Path) -> None:
    children = []
    for seed in range(4):
        child = os.fork()
        if child == 0:
            os._exit(0 if fill(root, seed) else 1)
        children.append(child)
    threads = [threading.Thread(target=fill, args=(root, seed)) for seed in range(10, 14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    empty = CachedBackend(MemoryBackend(), root)
    assert empty.get_range(KEY, 0, len(DATA)) == DATA
    assert empty.local_path(KEY) is not None


def fill(root: Path, seed: int) -> bool:
    cached, order = CachedBackend(Counting(), root), list(range(11))
    random.Random(seed).shuffle(order)
    return all(cached.get_range(KEY, n * UNIT, UNIT) == DATA[n * UNIT : (n + 1) * UNIT] for n in order)


def test_killed_while_filling(root: Path) -> None:
    chance = random.Random(3)
    for _ in range(30):
        child = os.fork()
        if child == 0:
            while True:
                cached = CachedBackend(Counting(), root)
                cached.get_range(KEY, 0, len(DATA))
                cached.delete(KEY)
        time.sleep(chance.random() / 50)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert CachedBackend(Counting(), root).get_range(KEY, 0, len(DATA)) == DATA


@pytest.mark.needs_root
@pytest.mark.parametrize("options", ["size=2M", "size=2M,nr_inodes=3", "size=2M,ro"])
def test_a_disk_that_is_full_or_read_only(root: Path, options: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVFS_CACHE_LIMIT", "1G")
    root.mkdir()
    objects = [random.Random(n).randbytes(700 * KIB) for n in range(6)]
    assert os.system(f"mount -t tmpfs -o {options} none {root}") == 0
    try:
        cached = CachedBackend(Counting(*objects), root)
        for _ in range(2):
            for number, data in enumerate(objects, 1):
                assert cached.get_range(key_of(number), 0, 1 << 20) == data
                assert cached.local_path(key_of(number)) is None or number < 4
    finally:
        os.system(f"umount -l {root}")


def test_a_cache_that_vanishes_or_is_no_directory(root: Path) -> None:
    cached = CachedBackend(Counting(), root)
    assert cached.get_range(KEY, 0, UNIT) == DATA[:UNIT]
    root.rename(root.with_name("away"))
    root.write_text("a file")
    assert cached.get_range(KEY, 0, len(DATA)) == DATA
    assert cached.local_path(KEY) is None
    assert not cached.distrust(KEY, 0, 1)
    cached.delete(KEY)


@pytest.mark.needs_root
def test_a_cache_that_may_not_be_written(root: Path) -> None:
    CachedBackend(Counting(), root).get_range(KEY, 0, UNIT)
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    for path in root.parents:
        if path.stat().st_uid == 0 and path.is_relative_to("/tmp") and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o055)
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        inner = Counting()
        cached = CachedBackend(inner, root)
        right = cached.get_range(KEY, 0, 2 * UNIT) == DATA[: 2 * UNIT]
        os._exit(0 if right and inner.asked == [(UNIT, UNIT)] else 1)
    assert os.waitpid(child, 0)[1] == 0
