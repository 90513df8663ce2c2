"""Checkpoints: they save folding, and change nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject, NoPermission
from mvfs.index import checkpoint, schema
from mvfs.index.fresh import fresh
from mvfs.index.index import Index
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.journal import Journal
from tests.unit.acceleration import FOLDER, PROJECT, History, logged, rows, write


def folded(journal: Journal) -> Index:
    index = Index(None, journal)
    index.refresh()
    return index


def leave(journal: Journal) -> str:
    """Write a checkpoint of the whole journal; return its key."""
    index = folded(journal)
    checkpoint.write(journal, checkpoint.take(journal, index.db))
    return next(info.key for info in journal.backend.list(keys.checkpoints(FOLDER)))


def loaded(journal: Journal) -> Index:
    """An index that was filled from a checkpoint alone."""
    index = Index(None, journal)
    assert checkpoint.load(journal, index.db)
    return index


@pytest.fixture
def journal() -> Journal:
    """1,100 entries: so many that a new index looks for a checkpoint."""
    return write(MemoryBackend(), logged(1100))


def test_a_new_index_begins_at_the_checkpoint(journal: Journal) -> None:
    leave(journal)
    write(journal.backend, [[fx.NoteWritten("iv3", 7, "later")]])
    seen: list[str] = []
    backend = journal.backend
    get, backend.get = backend.get, lambda key, limit: seen.append(key) or get(key, limit)  # type: ignore[method-assign,func-returns-value]
    index = folded(journal)
    numbers = {int(key[-15:-3]) for key in seen if key.startswith(FOLDER)}
    assert numbers == {1024, 1099, 1100, 1101}
    assert rows(index) == rows(fresh(journal))


def test_its_key_counts_down(journal: Journal) -> None:
    assert leave(journal).startswith(f"p/{PROJECT}/ckpt/999999998899.")


def test_an_index_far_behind_skips_ahead(journal: Journal, tmp_path: Path) -> None:
    behind = Index(tmp_path / "a.db", write(MemoryBackend(), logged(50)))
    behind.refresh()
    behind.close()
    leave(journal)
    journal.backend.delete(keys.entry(FOLDER, 70))  # folding would end here
    index = Index(tmp_path / "a.db", journal)
    assert index.seq == 50
    index.refresh()
    assert index.seq == 1100


def test_an_index_that_is_ahead_is_not_set_back(journal: Journal) -> None:
    index = folded(journal)
    leave(journal)
    write(journal.backend, [[fx.NoteWritten("iv3", 7, "later")]])
    index.refresh()
    assert not checkpoint.load(journal, index.db)
    assert index.seq == 1101


def test_fresh_uses_none(journal: Journal) -> None:
    key = leave(journal)
    journal.backend.delete(keys.entry(FOLDER, 70))
    assert fresh(journal).seq == 70
    journal.backend.delete(key)
    assert fresh(journal).seq == 70


def test_deleting_it_changes_nothing(journal: Journal) -> None:
    key = leave(journal)
    before = rows(folded(journal))
    journal.backend.delete(key)
    assert rows(folded(journal)) == before


# --- wrong ones


def replant(journal: Journal, frame: bytes, seq: int = 1100) -> str:
    for info in list(journal.backend.list(keys.checkpoints(FOLDER))):
        journal.backend.delete(info.key)
    key = keys.checkpoint(FOLDER, seq, blake3(frame).hexdigest(length=8))
    journal.backend.put(key, frame)
    return key


def body(journal: Journal) -> list[Any]:
    """A good checkpoint as plain lists: schema, journal, seq, head, tables."""
    frame = journal.backend.get(leave(journal), 1 << 30)
    found: list[Any] = msgspec.msgpack.decode(zstandard.decompress(frame or b""))
    return found


Change = Callable[[list[Any]], object]
TABLE = {name: i for i, name in enumerate(checkpoint.tables.Tables.__struct_fields__)}


def put(table: str, column: str, value: object, row: int = 0) -> Change:
    """Change one value of one table."""

    def change(state: list[Any]) -> None:
        kind = dict(checkpoint.tables._kinds())[table]
        at = kind.__struct_fields__.index(column)
        if state[4][TABLE[table]][at] is None:
            state[4][TABLE[table]][at] = [None] * len(state[4][TABLE[table]][0])
        state[4][TABLE[table]][at][row] = value

    return change


WRONG: dict[str, Change] = {
    "newer schema": lambda s: s.__setitem__(0, schema.VERSION + 1),
    "other journal": lambda s: s.__setitem__(1, "p/01BX5ZZKBKACTAV9WEVGEMMVRZ/journal"),
    "other seq": lambda s: s.__setitem__(2, 1099),
    "other head": lambda s: s.__setitem__(3, bytes(16)),
    "one table less": lambda s: s[4].pop(),
    "one column less": lambda s: s[4][TABLE["versions"]].pop(),
    "a column cut short": lambda s: s[4][TABLE["versions"]][0].pop(),
    "one more item": lambda s: s.append(1),
    "name that is a path": put("names", "name", "../x"),
    "type that is hidden": put("names", "type", ".x"),
    "mode of no kind": put("names", "mode", "most"),
    "key outside": put("versions", "manifest", "../../etc/passwd"),
    "two keys in one": put("versions", "manifest", f"p/{PROJECT}/manifests/{'0' * 16}.{'0' * 8}.mf\n"),
    "short hash": put("versions", "digest", bytes(31)),
    "text for a hash": put("versions", "manifest_hash", "x" * 32),
    "negative size": put("versions", "size", -1),
    "size beyond 63 bits": put("versions", "size", 2**63),
    "float": put("versions", "files", 1.0),
    "null": put("versions", "actor", None),
    "metadata that is a list": put("versions", "metadata", "[]"),
    "metadata that is no JSON": put("versions", "metadata", "{"),
    "two maps in one": put("versions", "metadata", '{"a":1},{"b":2}'),
    "metadata without end": put("versions", "metadata", '{"a":' + "[" * 50_000),
    "alias that is a path": put("aliases", "alias", "a/b"),
    "alias of no version": put("aliases", "number", 5000),
    "alias of no name": put("aliases", "name_id", 77),
    "version of no name": put("versions", "name_id", 77),
    "the same version twice": put("versions", "number", 1),
    "a gap in the numbers": put("versions", "number", 4000, row=-1),
    "a wrong count": put("names", "live", 3),
    "a wrong last": put("names", "last", 3),
    "an alias that is a path, protected": lambda s: s[4].__setitem__(TABLE["protected"], [[1], ["a/b"]]),
    "protection of no name": lambda s: s[4].__setitem__(TABLE["protected"], [[77], ["a"]]),
    "a retention of no version": lambda s: s[4].__setitem__(TABLE["retention"], [[1], [0], None]),
    "a remark of no kind": lambda s: s[4].__setitem__(
        TABLE["alias_remarks"], [[1], ["a"], [0], [2], None, [0], ["me"]]
    ),
    "a hidden deletion": put("versions", "deleted", 9),
}


@pytest.fixture(scope="module")
def template() -> tuple[Journal, bytes, dict[str, list[tuple[object, ...]]]]:
    journal = write(MemoryBackend(), logged(1100))
    return journal, msgspec.msgpack.encode(body(journal)), rows(fresh(journal))


@pytest.mark.parametrize("what", WRONG)
def test_a_lying_checkpoint_is_passed_over(
    template: tuple[Journal, bytes, dict[str, list[tuple[object, ...]]]], what: str
) -> None:
    journal, good, expected = template
    state = msgspec.msgpack.decode(good)
    WRONG[what](state)
    replant(journal, zstandard.compress(msgspec.msgpack.encode(state)))
    index = Index(None, journal)
    assert not checkpoint.load(journal, index.db)
    index.refresh()
    assert rows(index) == expected


@pytest.mark.parametrize("cut", [1, 100, -1])
def test_a_cut_or_changed_checkpoint_is_passed_over(journal: Journal, cut: int) -> None:
    key = leave(journal)
    frame = journal.backend.get(key, 1 << 30) or b""
    journal.backend.put(key, frame[:cut])
    with pytest.raises(CorruptObject, match="do not match its name"):
        checkpoint.read(journal, key, 1100)
    replant(journal, frame[:cut])
    index = Index(None, journal)
    assert not checkpoint.load(journal, index.db)
    assert rows(index)["versions"] == []


def test_a_bomb_is_not_expanded(journal: Journal) -> None:
    key = replant(journal, zstandard.compress(bytes(300 << 20)))
    with pytest.raises(CorruptObject, match="refused"):
        checkpoint.read(journal, key, 1100)


def test_one_of_another_history_of_the_same_length_is_passed_over(journal: Journal) -> None:
    other = write(MemoryBackend(), logged(1100, salt=3))
    replant(journal, other.backend.get(leave(other), 1 << 30) or b"")
    assert rows(folded(journal)) == rows(fresh(journal))
    assert rows(folded(journal)) != rows(fresh(other))


def test_the_next_one_is_tried(journal: Journal) -> None:
    leave(journal)
    write(journal.backend, [[fx.NoteWritten("iv3", 7, "later")]])
    journal.backend.put(keys.checkpoint(FOLDER, 1101, "0" * 16), b"?")
    assert loaded(journal).seq == 1100


def test_one_beyond_the_tail_is_passed_over(journal: Journal) -> None:
    leave(journal)
    journal.backend.delete(keys.entry(FOLDER, 1099))
    assert not checkpoint.load(journal, Index(None, journal).db)


# --- writing


def test_a_writer_leaves_one_when_it_is_due() -> None:
    journal = write(MemoryBackend(), logged(1151))
    index = folded(journal)
    for count in (0, 1, 1):
        index.leave_checkpoint()
        assert len(list(journal.backend.list(keys.checkpoints(FOLDER)))) == count
        if index.seq < 1152:
            journal.commit(index, lambda: [fx.NoteWritten("iv3", 0, "hi")], "me")


@pytest.mark.parametrize(("seq", "newest", "due"), [
    (1024, 0, False), (1152, 0, True), (2048, 1024, False), (2176, 1024, True),
    (32_000, 30_080, False), (32_128, 30_080, True), (1152, 2000, True),
])  # fmt: skip
def test_the_distance_grows_with_the_journal(seq: int, newest: int, due: bool) -> None:
    backend = MemoryBackend()
    backend.put(keys.checkpoint(FOLDER, newest, "0" * 16), b"?")
    assert checkpoint.is_due(Journal(backend, FOLDER), seq) is due


def test_two_are_kept_and_nothing_else_is_deleted() -> None:
    journal = write(MemoryBackend(), logged(3))
    backend = journal.backend
    ahead = keys.checkpoint(FOLDER, 500, "0" * 16)
    backend.put(ahead, b"another writer's")
    backend.put(keys.checkpoints(FOLDER) + "README", b"?")
    for number in range(4):
        leave(journal)
        write(backend, [[fx.NoteWritten("iv3", 0, str(number))]])
    found = [info.key for info in backend.list(keys.checkpoints(FOLDER))]
    assert found[0] == ahead
    assert [keys.checkpoint_seq(FOLDER, key) for key in found[1:3]] == [6, 5]
    assert found[3:] == [keys.checkpoints(FOLDER) + "README"]
    assert fresh(journal).seq == 7


def test_a_store_that_takes_none_takes_commits() -> None:
    class OnlyEntries(MemoryBackend):
        def put(self, key: str, data: object) -> None:
            if "/ckpt/" in key:
                raise NoPermission("no")
            super().put(key, data)  # type: ignore[arg-type]

    journal = write(OnlyEntries(), logged(1152))
    index = folded(journal)
    index.leave_checkpoint()
    assert list(journal.backend.list(keys.checkpoints(FOLDER))) == []


def test_projects_leave_them(project: Project) -> None:
    backend = project.backend
    write(backend, logged(1151), project.journal.folder)
    project.refresh()
    project.commit(lambda: [fx.NoteWritten("iv3", 0, "hi")])
    assert len(list(backend.list(keys.checkpoints(project.journal.folder)))) == 1
    assert len(list(backend.list(keys.segments(project.journal.folder)))) == 1


READ = """
import sys
from mvfs.catalog.catalog import open_catalog
from mvfs.index import queries
project = open_catalog().project("vision")
print(project.index.seq, len(queries.versions(project.index, "iv3")))
"""


def test_processes_that_start_together_share_one_cache(project: Project) -> None:
    write(project.backend, logged(1200), project.journal.folder)
    project.refresh()
    checkpoint.write(project.journal, checkpoint.take(project.journal, project.index.db))
    project.index.close()
    for file in Path(project.index._path or "").parent.iterdir():
        file.unlink()
    started = [
        subprocess.Popen([sys.executable, "-c", READ], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0] for process in started] == ["1200 1200\n"] * 3
    again = open_catalog().project("vision")
    assert rows(again.index) == rows(fresh(again.journal))


# --- any journal

steps = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 500)), min_size=1, max_size=60)


@settings(deadline=None, max_examples=60)
@given(steps, st.integers(0, 60))
def test_checkpoint_and_tail_say_what_the_entries_say(moves: list[tuple[int, int]], at: int) -> None:
    history, backend = History(), MemoryBackend()
    entries = [history.entry(*move) for move in moves]
    at = max(1, min(at, len(entries)))
    leave(write(backend, entries[:at]))
    journal = write(backend, entries[at:])
    index = loaded(journal)
    assert index.seq == at
    index.refresh()
    assert rows(index) == rows(fresh(journal))
    assert checkpoint.take(journal, index.db) == checkpoint.take(journal, fresh(journal).db)
