"""Reading ahead of those who read far objects in order."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mvfs.cache import ahead
from mvfs.cache.ahead import BLOCK
from mvfs.cache.cached import CachedBackend
from mvfs.errors import Unavailable
from mvfs.store.backend.memory import MemoryBackend
from tests.unit.test_cache import key_of

STEP = 256 << 10
DATA = random.Random(3).randbytes(5 * BLOCK + 777)
KEY = key_of(1)


class Far(MemoryBackend):
    """Notes who asks: the reader itself, or somebody who runs ahead of it."""

    streams = 4

    def __init__(self) -> None:
        super().__init__()
        self.put(KEY, DATA)
        self.asked: list[tuple[str, int]] = []
        self.is_out_of_reach = False

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        if self.is_out_of_reach:
            raise Unavailable("gone")
        self.asked.append((threading.current_thread().name, offset))
        return super().get_range(key, offset, length)

    def by_reader(self) -> list[int]:
        return [offset for name, offset in self.asked if not name.startswith("ahead")]

    def ahead(self) -> list[int]:
        return [offset for name, offset in self.asked if name.startswith("ahead")]


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def cached(far: Far, tmp_path: Path) -> CachedBackend:
    return CachedBackend(far, tmp_path / "cache")


def read_through(cached: CachedBackend, start: int = 0) -> bytes:
    parts = []
    while part := cached.get_range(KEY, start, STEP):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def test_threads_end_when_nobody_reads_and_come_again(
    cached: CachedBackend, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    def workers() -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one.name.startswith("ahead")]

    before = set(workers())
    monkeypatch.setattr(ahead, "_IDLE", 0.05)
    assert read_through(cached) == DATA
    assert far.ahead()
    for thread in set(workers()) - before:
        thread.join(10)
        assert not thread.is_alive()
    monkeypatch.setattr(ahead, "_IDLE", 10.0)
    far.put(key_of(2), DATA)
    for at in range(0, 4 * STEP, STEP):
        assert cached.get_range(key_of(2), at, STEP)
    assert set(workers()) - before


def test_who_reads_in_order_waits_a_few_times_only(far: Far, cached: CachedBackend) -> None:
    assert read_through(cached) == DATA
    assert max(far.by_reader()) < BLOCK or far.by_reader()[-1] == len(DATA) // STEP * STEP
    assert len(far.by_reader()) <= 5
    assert sorted(set(far.ahead())) == sorted(far.ahead())  # nothing twice


def test_who_reads_into_buffers_waits_a_few_times_only(far: Far, cached: CachedBackend) -> None:
    space = memoryview(bytearray(STEP))
    parts = []
    while count := cached.read_into(KEY, sum(map(len, parts)), space):
        parts.append(bytes(space[:count]))
    assert b"".join(parts) == DATA
    assert len(far.by_reader()) <= 5
    assert sorted(set(far.ahead())) == sorted(far.ahead())


def test_who_jumps_about_is_left_alone(far: Far, cached: CachedBackend) -> None:
    for offset in (4 * BLOCK, 0, 3 * BLOCK, 100, 4 * BLOCK + 5_000_000, 2 * BLOCK):
        cached.get_range(KEY, offset, 1000)
    time.sleep(0.05)
    assert far.ahead() == []


def test_trouble_ahead_is_told_to_whoever_gets_there(far: Far, cached: CachedBackend) -> None:
    for offset in range(0, 3 * STEP, STEP):
        cached.get_range(KEY, offset, STEP)
    far.is_out_of_reach = True
    with pytest.raises(Unavailable):
        read_through(cached)
    far.is_out_of_reach = False
    assert read_through(cached) == DATA


def test_many_readers_of_every_kind_get_the_right_bytes(far: Far, cached: CachedBackend) -> None:
    def reader(seed: int) -> None:
        chance = random.Random(seed)
        if seed % 2:
            start = chance.randrange(len(DATA))
            assert read_through(cached, start) == DATA[start:]
        for _ in range(40):
            offset, length = chance.randrange(len(DATA)), chance.randrange(STEP)
            assert cached.get_range(KEY, offset, length) == DATA[offset : offset + length]

    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(reader, range(8)):
            pass


def test_a_worker_survives_what_nobody_expected(
    far: Far, cached: CachedBackend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("a mistake of ours")

    with monkeypatch.context() as broken:
        broken.setattr(far, "read_into", fail)
        assert read_through(cached) == DATA
    assert "cannot read ahead of" in caplog.text
    assert far.ahead() == []
    far.put(key_of(2), DATA)
    assert [cached.get_range(key_of(2), at, STEP) for at in range(0, BLOCK, STEP)]
    cached.get_range(key_of(2), 2 * BLOCK, STEP)  # waits for what is on its way there
    assert far.ahead() != []
