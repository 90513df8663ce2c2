"""Entries and the commit protocol."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from pathlib import Path

import msgpack
import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from mvfs.errors import CommitUnknown, CorruptObject, InvalidInput, MvfsError, Unavailable, UnsupportedFormat
from mvfs.store import effects as fx
from mvfs.store import entry as entries
from mvfs.store.backend.faulty import FULL, Fault, FaultyBackend, Script, late
from mvfs.store.backend.local import LocalBackend
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.entry import GENESIS, Entry, chain_hash
from mvfs.store.journal import Journal, Operation


class Tail:
    """The smallest fold: it only counts, and keeps what it saw."""

    def __init__(self) -> None:
        self.seq, self.head = 0, GENESIS
        self.seen: list[Entry] = []

    def position(self) -> tuple[int, bytes]:
        return self.seq, self.head

    def check(self, entry: Entry) -> None:
        assert entry.seq == self.seq

    def apply(self, items: Sequence[tuple[Entry, bytes]]) -> None:
        for entry, digest in items:
            self.seen.append(entry)
            self.seq, self.head = entry.seq + 1, digest


def note(text: str) -> fx.NoteWritten:
    return fx.NoteWritten("n", 0, text)


def texts(journal: Journal) -> list[str]:
    tail = Tail()
    journal.catch_up(tail)
    return [effect.text for entry in tail.seen for effect in entry.effects]  # type: ignore[union-attr,misc]


def test_entries_chain() -> None:
    journal = Journal(MemoryBackend(), "j")
    fold = Tail()
    for text in ("a", "b", "c"):
        journal.commit(fold, lambda text=text: [note(text)], "me")  # type: ignore[misc]
    assert texts(journal) == ["a", "b", "c"]
    raw = journal.read(0)
    assert raw is not None
    assert fold.seen[1].prev == chain_hash(raw)


def test_a_plan_without_effects_commits_nothing() -> None:
    journal = Journal(MemoryBackend(), "j")
    assert journal.commit(Tail(), list, "me") is None
    assert journal.read(0) is None


def test_an_independent_decoder_reads_the_documented_form() -> None:
    entry = Entry(1, 3, b"p" * 16, b"o" * 16, 17, "me@here", [], [fx.AliasMoved("iv3", "best", 2, None)])
    raw = entries.encode(entry)
    assert msgpack.unpackb(raw) == [
        1, 3, b"p" * 16, b"o" * 16, 17, "me@here", [], [["alias", "iv3", "best", 2, None]],
        blake3(raw[:-16]).digest(length=16),
    ]  # fmt: skip


@given(st.data())
def test_any_changed_byte_of_an_entry_is_noticed(data: st.DataObject) -> None:
    raw = bytearray(entries.encode(Entry(1, 3, b"p" * 16, b"o" * 16, 17, "me@here", [], [note("x")])))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((CorruptObject, UnsupportedFormat)):
        entries.decode(bytes(raw), "k")


def test_rewritten_history_is_refused() -> None:
    backend = MemoryBackend()
    journal = Journal(backend, "j")
    fold = Tail()
    for text in ("a", "b"):
        journal.commit(fold, lambda text=text: [note(text)], "me")  # type: ignore[misc]
    forged = entries.encode(Entry(1, 0, GENESIS, b"x" * 16, 0, "eve", [], [note("forged")]))
    backend.put("j/000000000000.mp", forged)
    with pytest.raises(CorruptObject, match="does not follow"):
        journal.catch_up(Tail())


def test_unknown_features_and_formats_stop_a_reader() -> None:
    for format_, requires in ((2, []), (1, ["tensors2"])):
        raw = msgpack.packb([format_, 0, GENESIS, b"o" * 16, 0, "me", requires, [["novel", 1]]])
        with pytest.raises(UnsupportedFormat, match="upgrade"):
            entries.decode(raw, "k")


@given(st.binary(max_size=200))
def test_garbage_is_corrupt(raw: bytes) -> None:
    with pytest.raises((CorruptObject, UnsupportedFormat)):
        entries.decode(raw, "k")


@given(st.recursive(st.none() | st.integers() | st.binary() | st.text(), st.lists, max_leaves=20))
def test_other_structures_are_corrupt(value: object) -> None:
    try:
        raw = msgpack.packb(value)
    except (OverflowError, UnicodeEncodeError):
        return
    with pytest.raises((CorruptObject, UnsupportedFormat)):
        entries.decode(raw, "k")


def test_deep_nesting_is_corrupt() -> None:
    with pytest.raises(CorruptObject):
        entries.decode(b"\x91" * 60_000, "k")


def test_too_long_a_note_is_refused_before_anything_is_written() -> None:
    journal = Journal(MemoryBackend(), "j")
    with pytest.raises(InvalidInput, match="too long for the journal"):
        journal.commit(Tail(), lambda: [note("x" * 70_000)], "me")
    assert journal.read(0) is None


class LostAnswers(MemoryBackend):
    """Applies every create, and loses the answer of some."""

    def __init__(self, lose: int) -> None:
        super().__init__()
        self.left = lose

    def create(self, key: str, data: bytes) -> bool:
        made = super().create(key, data)
        if self.left:
            self.left -= 1
            raise Unavailable("connection reset")
        return made


def test_a_lost_answer_commits_once() -> None:
    journal = Journal(LostAnswers(3), "j")
    fold = Tail()
    for text in ("a", "b", "c", "d"):
        journal.commit(fold, lambda text=text: [note(text)], "me")  # type: ignore[misc]
    assert texts(journal) == ["a", "b", "c", "d"]


def test_a_create_that_fails_is_tried_again_with_the_same_bytes() -> None:
    tried: list[bytes] = []

    class Failing(MemoryBackend):
        def create(self, key: str, data: bytes) -> bool:
            tried.append(data)
            if len(tried) < 3:
                raise Unavailable("timeout")
            return super().create(key, data)

    journal = Journal(Failing(), "j")
    journal.commit(Tail(), lambda: [note("a")], "me")
    assert len(tried) == 3
    assert len(set(tried)) == 1
    assert texts(journal) == ["a"]


def test_no_answer_at_all_is_unknown() -> None:
    class Silent(MemoryBackend):
        def create(self, key: str, data: bytes) -> bool:
            raise Unavailable("timeout")

    with pytest.raises(CommitUnknown):
        Journal(Silent(), "j").commit(Tail(), lambda: [note("a")], "me")


def test_a_late_write_of_a_failed_create_is_found() -> None:
    class Late(MemoryBackend):
        waiting: tuple[str, bytes] | None = None

        def create(self, key: str, data: bytes) -> bool:
            if self.waiting is None:
                self.waiting = (key, data)
                raise Unavailable("timeout")
            super().create(*self.waiting)
            return super().create(key, data)

    journal = Journal(Late(), "j")
    journal.commit(Tail(), lambda: [note("a")], "me")
    assert texts(journal) == ["a"]


def test_an_unclear_create_stays_unclear_when_the_next_try_finds_the_disk_full() -> None:
    backend = FaultyBackend(MemoryBackend(), Script(create=[late(), FULL]))
    journal = Journal(backend, "j")
    operation = Operation(0)
    with pytest.raises(CommitUnknown):
        journal.commit(Tail(), lambda: [note("a")], "me", operation)
    assert operation.undecided
    backend.apply_late()
    assert texts(journal) == ["a"]


def test_an_operation_that_is_tried_again_is_committed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def decide(verb: str, key: str, number: int) -> Fault | None:
        if verb == "create" and not creates:
            creates.append(key)
            return late()
        if verb == "create" and len(creates) == 1:
            backend.apply_late()  # the first try arrives just before the second
        return None

    monkeypatch.setattr("mvfs.store.journal._PLACE_ATTEMPTS", 1)
    monkeypatch.setattr("mvfs.store.journal.time.time_ns", itertools.count(step=1000).__next__)
    creates: list[str] = []
    backend = FaultyBackend(MemoryBackend(), decide)
    journal = Journal(backend, "j")
    operation = Operation(0)
    with pytest.raises(CommitUnknown):
        journal.commit(Tail(), lambda: [note("a")], "me", operation)
    ours = journal.commit(Tail(), lambda: [note("a")], "me", operation)
    assert ours is not None
    assert ours.seq == 0
    assert texts(journal) == ["a"]


def test_a_plan_is_evaluated_anew_after_a_lost_race() -> None:
    backend = MemoryBackend()
    other = Journal(backend, "j")
    asked: list[int] = []
    fold = Tail()

    def plan() -> list[fx.AnyEffect]:
        if not asked:
            other.commit(Tail(), lambda: [note("theirs")], "them")
        asked.append(fold.seq)
        return [note(f"mine at {fold.seq}")]

    Journal(backend, "j").commit(fold, plan, "me")
    assert asked == [0, 1]
    assert texts(other) == ["theirs", "mine at 1"]


def test_racing_writers_lose_nothing(tmp_path: Path) -> None:
    def write(number: int) -> None:
        journal, fold = Journal(LocalBackend(tmp_path), "j"), Tail()
        for count in range(20):
            journal.commit(fold, lambda count=count: [note(f"{number}.{count}")], "me")  # type: ignore[misc]

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = texts(Journal(LocalBackend(tmp_path), "j"))
    assert sorted(found) == sorted(f"{n}.{c}" for n in range(4) for c in range(20))


def test_a_refused_write_is_not_called_unknown() -> None:
    class Full(MemoryBackend):
        def create(self, key: str, data: bytes) -> bool:
            from mvfs.errors import NoSpace

            raise NoSpace("disk full")

    with pytest.raises(MvfsError, match="disk full"):
        Journal(Full(), "j").commit(Tail(), lambda: [note("a")], "me")
