"""Indexes of far stores: few requests, and the same state as if every entry were folded."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mvfs.catalog import pointers
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.checking.history import fold_anew
from mvfs.catalog.project import Project
from mvfs.errors import Conflict, CorruptObject, NotFound
from mvfs.index import checkpoint, queries
from mvfs.index.fresh import fresh
from mvfs.index.index import Index
from mvfs.store import effects as fx
from mvfs.store import keys, tails
from mvfs.store.backend.counting import CountingBackend
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.journal import Journal
from tests.unit.acceleration import FOLDER, PROJECT, logged, rows, write

Machine = Callable[[str], Catalog]


@pytest.fixture
def far() -> CountingBackend:
    return CountingBackend(MemoryBackend())


@pytest.fixture
def machine(far: CountingBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Opens the store as from a machine of that name: each has a cache of its own. Checkpoints are near."""
    monkeypatch.setattr(checkpoint, "_APART", 128)

    def opened(name: str) -> Catalog:
        monkeypatch.setenv("MVFS_CACHE_DIR", str(tmp_path / name))
        return Catalog(far)

    return opened


def commit(project: Project, entries: list[list[fx.AnyEffect]]) -> None:
    for effects in entries:
        project.commit(lambda effects=effects: effects)  # type: ignore[misc]


def same_as_entries(index: Index, backend: CountingBackend) -> bool:
    return rows(index) == rows(fresh(Journal(backend.inner, index.journal.folder)))


def test_whoever_comes_at_whatever_time_has_the_state_of_the_entries(
    far: CountingBackend, machine: Machine
) -> None:
    writer = machine("writer").make_project("p")
    late = {at: machine(f"late {at}").project("p") for at in (0,)}
    entries = logged(394)
    for at, effects in enumerate(entries):
        commit(writer, [effects])
        if at in (2, 5, 127, 128, 254, 255, 256, 260, 393):
            late[at] = machine(f"late {at}").project("p")
            assert late[at].index.seq == at + 1
    for at, project in late.items():
        project.refresh()
        assert project.index.seq == len(entries), at
        assert same_as_entries(project.index, far), at


def test_requests_of_a_long_journal(far: CountingBackend, machine: Machine) -> None:
    writer = machine("writer").make_project("p")
    commit(writer, logged(300))
    for turn in range(tails.EVERY):
        pointers.set_note(writer, "iv3", 3, f"note {turn}")
        far.requests.clear()
        machine(f"cold {turn}").project("p")
        assert len(far.requests) <= 10
        far.requests.clear()
        machine(f"cold {turn}").project("p")
        assert far.requests == [f"list {keys.project_journal(writer.id)}/"]
    far.requests.clear()
    for turn in range(4 * tails.EVERY):
        pointers.set_note(writer, "iv3", 3, f"again {turn}")
    assert len(far.requests) <= 3 * 4 * tails.EVERY
    copies = [info.key for info in far.inner.list(keys.checkpoints(writer.journal.folder))]
    assert len(copies) <= 4


def test_requests_where_there_are_many_projects(far: CountingBackend, machine: Machine) -> None:
    catalog = machine("writer")
    for number in range(20):
        catalog.make_project(f"p{number}")
    far.requests.clear()
    assert len(machine("reader").projects()) == 20
    assert len(far.requests) == 4  # identity, listing, tail, and the last entry, which shows that it is good
    root = Catalog(far)._index()
    assert root is not None
    assert same_as_entries(root, far)


@pytest.mark.parametrize("what", ["garbage", "gone", "of another history"])
def test_copies_that_are_not_good_are_not_believed(far: CountingBackend, machine: Machine, what: str) -> None:
    writer = machine("writer").make_project("p")
    commit(writer, logged(290))
    others = CountingBackend(MemoryBackend())
    commit(Project(others, "other", "p", writer.id), logged(290, salt=1))
    for info in [*far.inner.list(keys.checkpoints(writer.journal.folder))]:
        if what == "garbage":
            far.inner.put(info.key, b"garbage")
        else:
            far.inner.delete(info.key)
    for info in others.inner.list(keys.checkpoints(writer.journal.folder)) if what.startswith("of") else ():
        far.inner.put(info.key, others.inner.get(info.key, 1 << 30) or b"")
    reader = machine("reader").project("p")
    assert reader.index.seq == 290
    assert same_as_entries(reader.index, far)


def test_planted_copies_hide_no_good_ones(far: CountingBackend, machine: Machine) -> None:
    writer = machine("writer").make_project("p")
    commit(writer, logged(290))
    folder = writer.journal.folder
    far.inner.put(keys.tail(folder, 280, 300, "0" * 16), b"of the future")
    far.inner.put(keys.checkpoint(folder, 299, "0" * 16), b"of the future, too")
    far.requests.clear()
    assert machine("reader").project("p").index.seq == 290
    assert len(far.requests) < 20


def test_a_planted_entry_in_a_listing_is_passed_over(far: CountingBackend, machine: Machine) -> None:
    project = machine("one").make_project("p")
    commit(project, logged(3))
    far.inner.put(f"{project.journal.folder}/000000000002.mp.bak", b"")
    far.inner.put(f"{project.journal.folder}/000000000009.mp", b"beyond a gap")
    assert machine("two").project("p").index.seq == 3


def test_an_entry_that_does_not_follow_is_damage(far: CountingBackend, machine: Machine) -> None:
    project = machine("one").make_project("p")
    commit(project, logged(3))
    second = far.inner.get(keys.entry(project.journal.folder, 1), 99999)
    far.inner.put(keys.entry(project.journal.folder, 3), second or b"")
    with pytest.raises(CorruptObject, match="does not follow"):
        project.refresh()


def test_a_store_that_was_put_back_is_read_anew(far: CountingBackend, machine: Machine) -> None:
    project = machine("one").make_project("p")
    commit(project, logged(5))
    writer = machine("two").project("p")
    for seq in (3, 4):
        far.inner.delete(keys.entry(project.journal.folder, seq))
    assert len(machine("one").project("p").versions("iv3")) == 3
    with pytest.raises(CorruptObject, match="not what was read before"):
        writer.commit(lambda: [fx.NoteWritten("iv3", 0, "x")])


def test_a_bucket_that_holds_another_store_by_now(far: CountingBackend, machine: Machine) -> None:
    catalog = machine("one")
    commit(catalog.make_project("p"), logged(5))
    first = catalog.make().store_id
    for info in [*far.inner.list("")]:
        far.inner.delete(info.key)
    assert machine("one").projects() == []
    again = machine("one")
    commit(again.make_project("p"), logged(2))
    assert again.make().store_id != first
    assert len(machine("one").project("p").versions("iv3")) == 2
    with pytest.raises(NotFound):
        catalog.project("nobody")
    assert len(catalog.project("p").versions("iv3")) == 2


def test_a_renamed_project_is_noticed_at_once(far: CountingBackend, machine: Machine) -> None:
    one, two = machine("one"), machine("two")
    commit(one.make_project("old"), logged(2))
    assert two.project("old").index.seq == 2
    one.rename_project("old", "new")
    with pytest.raises(NotFound):
        two.project("old")
    assert len(two.project("new").versions("iv3")) == 2
    assert same_as_entries(two.project("new").index, far)
    far.requests.clear()
    two.project("new")
    assert len(far.requests) == 1


def test_who_commits_from_an_old_state_is_asked_again(far: CountingBackend, machine: Machine) -> None:
    """The base is a guess until the entry is created: neither a refusal nor "nothing to do" rests on it."""
    one = machine("one").make_project("p")
    commit(one, logged(2))
    two = machine("two").project("p")
    pointers.set_aliases(one, "iv3", 1, ["production"])
    pointers.set_aliases(two, "iv3", 0, ["production"], 1)  # as of the state of `two`, it is nowhere
    with pytest.raises(Conflict):
        pointers.set_aliases(one, "iv3", 1, ["production"], 1)
    pointers.set_aliases(one, "iv3", 1, ["production"])
    pointers.set_aliases(two, "iv3", 0, ["production"])  # as of the state of `two`, it is there already
    assert machine("three").project("p").aliases("iv3")["production"] == 0


def test_racing_writers_all_land_once(far: CountingBackend, machine: Machine) -> None:
    machine("one").make_project("p").commit(lambda: logged(1)[0])

    def race(project: Project, number: int) -> None:
        for turn in range(10):
            pointers.set_note(project, "iv3", 0, f"{number} {turn}")

    racers = [
        threading.Thread(target=race, args=(machine(f"racer {number}").project("p"), number))
        for number in range(4)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    seen = machine("two").project("p")
    notes = [change.text for change in queries.note_history(seen.index, "iv3", 0)]
    assert sorted(map(str, notes)) == sorted(f"{n} {turn}" for n in range(4) for turn in range(10))
    assert same_as_entries(seen.index, far)


def test_fsck_looks_at_tails(far: CountingBackend, machine: Machine) -> None:
    project = machine("one").make_project("p")
    commit(project, logged(14))
    folder = project.journal.folder
    assert fold_anew(far.inner, folder).findings == []
    tail = tails.listed(far.inner, folder).tails[0]
    raws = tails.read(far.inner, tail)
    for first, entries in ((tail.first, raws[1:] + raws[:1]), (20, raws)):
        tails.write(far.inner, folder, first, entries, tails.Marks([], []))
    far.inner.put(keys.tail(folder, 1, 9, "0" * 16), b"garbage")
    wrong = {one.object: one.message for one in fold_anew(far.inner, folder).findings}
    assert len(wrong) == 3
    assert sorted(why.partition(";")[0] for why in wrong.values()) == [
        "it has other entries",
        f"{keys.tail(folder, 1, 9, '0' * 16)} was changed: its bytes do not match its name",
        "the journal has no such entries",
    ]


def test_a_forked_process_looks_for_itself(far: CountingBackend, machine: Machine) -> None:
    project = machine("one").make_project("p")
    commit(project, logged(3))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if not project.index.is_followed:
                pointers.set_note(project, "iv3", 0, "of the child")
                code = 0 if project.index._owner == os.getpid() else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    project.refresh()  # the child's store was a copy of ours, and went with it; its index did not
    assert same_as_entries(project.index, far)


def test_who_polls_asks_for_the_next_entry(far: CountingBackend, machine: Machine) -> None:
    writer, reader = machine("one").make_project("p"), machine("two").project("p")
    commit(writer, logged(2))
    reader.reach.patience = 1
    reader.refresh()
    far.requests.clear()
    assert not reader.refresh()
    assert far.requests == [f"get {keys.entry(writer.journal.folder, 2)}"]
    pointers.set_note(writer, "iv3", 0, "new")
    assert reader.refresh()
    reader.reach.patience = 1_000_000_000
    far.requests.clear()
    assert not reader.refresh()
    assert far.requests == []
    assert same_as_entries(reader.index, far)


def test_a_long_journal_without_copies(far: CountingBackend, tmp_path: Path) -> None:
    write(far.inner, logged(1300))
    index = Index(tmp_path / "index.db", Journal(far, FOLDER))
    index.refresh()
    assert same_as_entries(index, far)
    assert PROJECT in FOLDER
