"""Segments: they save requests, and change nothing."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest
import zstandard
from blake3 import blake3

from mvfs.errors import CorruptObject, NoPermission
from mvfs.index.fresh import fresh
from mvfs.index.index import Index
from mvfs.store import effects as fx
from mvfs.store import keys, segments
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.entry import GENESIS, Entry
from mvfs.store.journal import Journal
from tests.unit.acceleration import FOLDER, PROJECT, logged, rows, write


class Counting(MemoryBackend):
    """Remembers which objects were read and listed."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[str] = []

    def get(self, key: str, limit: int) -> bytes | None:
        self.got.append(key)
        return super().get(key, limit)


def read(journal: Journal) -> list[tuple[Entry, bytes]]:
    return list(journal.entries(0, GENESIS))


def only_segment(backend: MemoryBackend) -> str:
    (info,) = backend.list(keys.segments(FOLDER))
    return info.key


def plant(backend: MemoryBackend, frame: bytes, seq: int = 0) -> None:
    """Put a segment with a right name in the place of what is there."""
    for info in list(backend.list(keys.segments(FOLDER, seq))):
        backend.delete(info.key)
    backend.put(keys.segment(FOLDER, seq, segments.ENTRIES, blake3(frame).hexdigest(length=8)), frame)


@pytest.fixture
def backend() -> Counting:
    return Counting()


@pytest.fixture
def journal(backend: Counting) -> Journal:
    """300 entries, the first 128 of them in a segment too."""
    journal = write(backend, logged(300))
    segments.write(backend, FOLDER, 0)
    return journal


def test_the_entry_that_completes_a_segment_writes_it(backend: Counting) -> None:
    journal = write(backend, logged(127))
    index = Index(None, journal)
    index.refresh()
    assert list(backend.list(keys.segments(FOLDER))) == []
    journal.commit(index, lambda: [fx.NoteWritten("iv3", 0, "hi")], "me")
    assert only_segment(backend).startswith(f"p/{PROJECT}/seg/000000000000-000000000127.")
    journal.commit(index, lambda: [fx.NoteWritten("iv3", 0, "ho")], "me")
    assert len(list(backend.list(keys.segments(FOLDER)))) == 1


def test_a_segment_stands_in_for_its_entries(backend: Counting, journal: Journal) -> None:
    expected = read(Journal(backend, FOLDER, trusting=False))
    backend.got.clear()
    assert read(journal) == expected
    numbers = [int(key[-15:-3]) for key in backend.got if key.startswith(FOLDER)]
    assert not set(range(1, 127)) & set(numbers)


def test_it_holds_the_entries_as_they_are(backend: Counting, journal: Journal) -> None:
    data = zstandard.decompress(backend.get(only_segment(backend), 1 << 20) or b"")
    assert data == b"".join(journal.read(seq) or b"" for seq in range(128))


def test_who_keeps_up_lists_nothing(
    backend: Counting, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        pytest.fail("a LIST")

    items = read(journal)
    monkeypatch.setattr(backend, "list", refused)
    assert len(list(journal.entries(256, items[255][1]))) == 44


def frame_of(raws: list[bytes]) -> bytes:
    return zstandard.compress(b"".join(raws))


def raws_of(journal: Journal) -> list[bytes]:
    return [journal.read(seq) or b"" for seq in range(128)]


def swapped(journal: Journal) -> bytes:
    raws = raws_of(journal)
    raws[3], raws[4] = raws[4], raws[3]
    return frame_of(raws)


def other_history(journal: Journal) -> bytes:
    return frame_of(raws_of(write(MemoryBackend(), logged(128, salt=9))))


def other_project(journal: Journal) -> bytes:
    folder = "p/01BX5ZZKBKACTAV9WEVGEMMVRZ/journal"
    return frame_of(raws_of(write(MemoryBackend(), logged(128, name="other"), folder)))


def forged_inside(journal: Journal) -> bytes:
    """The last entry is the journal's, one before it is not."""
    raws = raws_of(journal)
    raws[5] = raws_of(write(MemoryBackend(), logged(128, salt=9)))[5]
    return frame_of(raws)


def bomb(journal: Journal) -> bytes:
    return zstandard.compress(bytes(segments.MAX_SEGMENT + 1))


WRONG: list[Callable[[Journal], bytes]] = [
    swapped, other_history, other_project, forged_inside, bomb,
    lambda journal: frame_of(raws_of(journal)[:-1]),
    lambda journal: frame_of([*raws_of(journal), journal.read(128) or b""]),
    lambda journal: frame_of(raws_of(journal))[:-7],
    lambda journal: frame_of([b"\x91" * 60_000]),
    lambda journal: zlib.compress(b"not zstd"),
    lambda journal: b"",
]  # fmt: skip


@pytest.mark.parametrize("forge", WRONG)
def test_a_wrong_segment_is_passed_over(
    backend: Counting, journal: Journal, forge: Callable[[Journal], bytes]
) -> None:
    expected = read(Journal(backend, FOLDER, trusting=False))
    plant(backend, forge(journal))
    with pytest.raises(CorruptObject):
        segments.read(backend, FOLDER, only_segment(backend), 0, GENESIS)
    assert read(journal) == expected


def test_changed_bytes_are_passed_over(backend: Counting, journal: Journal) -> None:
    expected = read(Journal(backend, FOLDER, trusting=False))
    key = only_segment(backend)
    backend.put(key, frame_of(raws_of(journal)) + b"\0")
    with pytest.raises(CorruptObject, match="do not match its name"):
        segments.read(backend, FOLDER, key, 0, GENESIS)
    assert read(journal) == expected


@pytest.mark.parametrize("name", ["x", "000000000001-000000000128.0123456789abcdef.mpz", "0-127.aa.mpz"])
def test_keys_of_other_forms_are_passed_over(backend: Counting, journal: Journal, name: str) -> None:
    backend.put(keys.segments(FOLDER) + name, b"?")
    assert len(read(journal)) == 300


def test_a_segment_does_not_hide_the_tail(backend: Counting) -> None:
    journal = write(backend, logged(130))
    segments.write(backend, FOLDER, 0)
    backend.delete(keys.entry(FOLDER, 129))
    assert len(read(journal)) == 129


def test_deleting_them_changes_nothing(backend: Counting, journal: Journal) -> None:
    accelerated = Index(None, journal)
    accelerated.refresh()
    backend.delete(only_segment(backend))
    plain = Index(None, journal)
    plain.refresh()
    assert rows(accelerated) == rows(plain) == rows(fresh(journal))


def test_fresh_reads_every_entry_itself(backend: Counting, journal: Journal) -> None:
    backend.delete(keys.entry(FOLDER, 64))
    backend.got.clear()
    index = fresh(journal)
    assert index.seq == 64
    assert set(backend.got) <= {keys.entry(FOLDER, seq) for seq in range(65)}


def test_a_store_that_takes_no_segment_takes_commits() -> None:
    class OnlyEntries(MemoryBackend):
        def put(self, key: str, data: object) -> None:
            if "/seg/" in key:
                raise NoPermission("no")
            super().put(key, data)  # type: ignore[arg-type]

    backend = OnlyEntries()
    journal = write(backend, logged(127))
    index = Index(None, journal)
    index.refresh()
    assert journal.commit(index, lambda: [fx.NoteWritten("iv3", 0, "hi")], "me") is not None
    assert list(backend.list(keys.segments(FOLDER))) == []


def test_the_root_journal_has_its_own_folder() -> None:
    assert keys.segment(keys.ROOT_JOURNAL, 0, 128, "0" * 16).startswith("projects-seg/000000000000-")
    assert keys.checkpoint(keys.ROOT_JOURNAL, 1, "0" * 16) == f"projects-ckpt/999999999998.{'0' * 16}.mpz"
