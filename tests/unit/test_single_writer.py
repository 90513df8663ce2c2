"""A store in a place without conditional writes: what one writer can rely on, and how two are kept apart."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from mvfs import notices
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.checking.store import check_store
from mvfs.catalog.recording import Draft, log
from mvfs.errors import Conflict, MvfsError, NotAStore
from mvfs.store import identity, making
from mvfs.store.backend import writer_lock
from mvfs.store.backend.base import Backend, ObjectInfo
from mvfs.store.backend.faulty import FAIL, LOSE, Fault, FaultyBackend
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.backend.single_writer import SingleWriterBackend
from mvfs.store.probe import look
from mvfs.store.sources import scan
from tests.careless import Careless


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Short waits; and what was told."""
    monkeypatch.setattr(writer_lock, "_WAIT", 0.001)
    monkeypatch.setattr(writer_lock, "_PATIENCE", 0.02)
    lines: list[str] = []
    monkeypatch.setattr(notices._Face, "tell", staticmethod(lines.append))
    return lines


@pytest.fixture
def place() -> Careless:
    """A place that knows no conditions, with a store in it."""
    place = Careless()
    making.make(place, look(place), 0)
    return place


def logged(catalog: Catalog, folder: Path, body: bytes) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "model").write_bytes(body)
    return log(catalog.make_project("vision"), Draft("net", "model", scan(folder))).version.label


def test_whoever_opens_it_writes_with_care(place: Careless, tmp_path: Path, told: list[str]) -> None:
    found = identity.read(place)
    assert found is not None
    assert found.has_one_writer
    assert "create-once" not in found.capabilities
    assert logged(Catalog(place), tmp_path / "a", b"1") == "v0"
    assert logged(Catalog(place), tmp_path / "a", b"2") == "v1"
    assert len(told) == 2, "once for each opening"
    assert "one writer at a time" in told[0]
    assert list(place.list("locks/")) == []
    assert check_store(Catalog(place).backend, percent=100).findings == []


def test_reading_says_nothing(place: Careless, told: list[str]) -> None:
    assert Catalog(place).projects() == []
    assert told == []


MANY = [b"create-once", b"list-after-write", b"read-after-write"]
ONE = [b"list-after-write", b"read-after-write", b"single-writer"]


def identity_bytes(*more: bytes) -> bytes:
    """``store.mp`` as format 1 has it, byte by byte."""
    return bytes([0x94 + len(more)]) + b"\xa4mvfs\x01\xd9\x20" + b"0" * 32 + b"\x00" + b"".join(more)


def text_list(items: list[bytes]) -> bytes:
    return bytes([0x90 + len(items)]) + b"".join(bytes([0xA0 + len(item)]) + item for item in items)


@pytest.mark.parametrize("more", [[], [text_list(MANY)], [text_list([]), b"\x2a"]])
def test_every_store_that_does_not_say_otherwise_is_for_many(more: list[bytes]) -> None:
    """Also one without the list, as it was written at first, and one with items of a later mvfs."""
    place = MemoryBackend()
    place.put("store.mp", identity_bytes(*more))
    found = identity.read(place)
    assert found is not None
    assert not found.has_one_writer
    assert not isinstance(Catalog(place).backend, SingleWriterBackend)


def test_a_store_for_one_writer_is_known_by_its_bytes() -> None:
    place = MemoryBackend()
    place.put("store.mp", identity_bytes(text_list(ONE)))
    assert isinstance(Catalog(place).backend, SingleWriterBackend)


@pytest.mark.parametrize("more", [b"\xa3one", b"\x91\x01", b"\xc0"])
def test_what_is_no_list_of_capabilities_is_refused(more: bytes) -> None:
    place = MemoryBackend()
    place.put("store.mp", identity_bytes(more))
    with pytest.raises(NotAStore):
        identity.read(place)


class NthWrite:
    """A fault at one write, counted from 0."""

    def __init__(self, number: int, fault: Fault) -> None:
        self._left, self._fault = number, fault
        self.is_hit = False

    def __call__(self, verb: str, _key: str, _number: int) -> Fault | None:
        if verb not in ("put", "delete") or self.is_hit:
            return None
        self._left -= 1
        self.is_hit = self._left < 0
        return self._fault if self.is_hit else None


@pytest.mark.parametrize("fault", [FAIL, LOSE])
def test_no_fault_makes_one_writer_overwrite_its_journal(
    place: Careless, tmp_path: Path, fault: Fault
) -> None:
    """At every write in turn: it fails, or is done and nobody hears of it."""
    acknowledged, number, decide = set(), 0, NthWrite(0, fault)
    while True:
        before = entries(place)
        with contextlib.suppress(MvfsError):
            acknowledged.add(logged(Catalog(FaultyBackend(place, decide)), tmp_path / "a", os.urandom(8)))
        assert entries(place).items() >= before.items()
        if not decide.is_hit:
            break
        number, decide = number + 1, NthWrite(number + 1, fault)
    assert number >= 5
    there = {version.label for version in Catalog(place).project("vision").versions("net")}
    assert acknowledged <= there
    assert not [one for one in check_store(Catalog(place).backend).findings if one.level < 3]


def entries(place: Backend) -> dict[str, bytes | None]:
    """All that must never change: what lies in journals."""
    return {info.key: place.get(info.key, 1 << 20) for info in place.list("") if "/journal/" in info.key}


def test_a_second_writer_waits_and_is_told_who_is_first(place: Careless) -> None:
    one, other = SingleWriterBackend(place), SingleWriterBackend(place)
    with one._lock.held(), pytest.raises(Conflict, match=rf"@\S+ \(process {os.getpid()}\) is writing"):
        other.create("key", b"2")
    assert place.get("key", 10) is None
    assert other.create("key", b"2")
    assert list(place.list("locks/")) == []


def test_of_two_that_ask_at_once_never_both_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock of whole seconds cannot tell them apart, so both step back, and the dice decide."""
    place = Coarse()
    monkeypatch.setattr(writer_lock, "_PATIENCE", 20)
    writing, most = 0, 0

    def write() -> None:
        nonlocal writing, most
        for _ in range(3):
            with writer_lock.WriterLock(place).held():
                writing += 1
                most = max(most, writing)
                time.sleep(0.001)
                writing -= 1

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert most == 1
    assert list(place.list("locks/")) == []


class Coarse(Careless):
    """Its clock stands still."""

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        return (msgspec.structs.replace(info, modified=0) for info in super().list(prefix, after))


def test_a_lock_that_was_left_behind_ends_by_itself(place: Careless) -> None:
    place.put("locks/old", b"no lock of ours at all")
    with pytest.raises(Conflict, match="somebody is writing"):
        SingleWriterBackend(place).create("key", b"1")
    body, _ = place._objects["locks/old"]
    place._objects["locks/old"] = body, time.time_ns() - (writer_lock.STALE + 1) * 10**9
    assert SingleWriterBackend(place).create("key", b"1")
    assert list(place.list("locks/")) == []


def test_a_lock_of_a_process_that_is_gone_from_this_machine_ends_at_once(place: Careless) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    gone = msgspec.structs.replace(writer_lock._myself(), process=ended.pid)
    place.put("locks/dead", msgspec.msgpack.encode(gone))
    assert SingleWriterBackend(place).create("key", b"1")
    far = msgspec.structs.replace(gone, machine="another")
    place.put("locks/far", msgspec.msgpack.encode(far))
    with pytest.raises(Conflict):
        SingleWriterBackend(place).create("other", b"1")


def test_what_another_wrote_meanwhile_is_no_success(place: Careless) -> None:
    class Crossed(Careless):
        def put(self, key: str, data: bytes | bytearray | Path) -> None:
            super().put(key, data if key.startswith("locks/") else b"theirs")

    assert SingleWriterBackend(Crossed()).create("key", b"mine") is False
