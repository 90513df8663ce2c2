"""The fold keeps rows back and writes them together, and nobody can tell."""

from __future__ import annotations

from itertools import chain

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.errors import CorruptObject
from mvfs.index import queries, schema
from mvfs.index.index import Index
from mvfs.store import effects as fx
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.entry import FORMAT, GENESIS, Entry
from mvfs.store.journal import Journal
from tests.unit.acceleration import History, logged, rows, version, write

TOO_LARGE = 2**63


def entry_by_entry(journal: Journal) -> Index:
    index = Index(None, journal)
    for item in journal.entries(0, GENESIS):
        index.apply([item])
    return index


def together(journal: Journal) -> Index:
    index = Index(None, journal)
    index.apply(list(journal.entries(0, GENESIS)))
    return index


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 500)), min_size=1, max_size=60), st.integers(1, 9)
)
def test_entries_folded_together_say_what_they_say_one_by_one(
    moves: list[tuple[int, int]], in_each: int
) -> None:
    history = History()
    steps = [history.entry(*move) for move in moves]
    entries = [list(chain(*steps[at : at + in_each])) for at in range(0, len(steps), in_each)]
    journal = write(MemoryBackend(), entries)
    assert rows(together(journal)) == rows(entry_by_entry(journal))


def test_a_rename_in_between_takes_what_is_kept_back_along() -> None:
    entries = [*logged(3), [fx.NameRenamed("iv3", "iv4")], *logged(2)]
    entries[-1].append(fx.AliasMoved("iv4", "latest", 0, 2))
    index = together(write(MemoryBackend(), entries))
    assert queries.aliases(index, "iv4") == {"latest": 0}
    assert queries.numbers(index, "iv4") == [0, 1, 2]
    assert queries.numbers(index, "iv3") == [0, 1]


def test_an_alias_that_comes_and_goes_within_one_entry_is_gone() -> None:
    there, gone = fx.AliasMoved("iv3", "x", 0, None), fx.AliasMoved("iv3", "x", None, 0)
    index = together(write(MemoryBackend(), [*logged(1), [there, gone], [there], [gone]]))
    assert queries.aliases(index, "iv3") == {"latest": 0}
    assert len(queries.alias_history(index, "iv3", "x")) == 4


@pytest.mark.parametrize(
    ("effects", "why"),
    [
        ([version("iv3", 2)], "does not follow"),
        ([version("iv3", 1), version("iv3", 1)], "does not follow"),
        ([fx.AliasMoved("iv3", "x", 1, None)], "no version iv3:v1"),
        ([version("iv3", 1), fx.AliasMoved("iv3", "x", 2, None)], "no version iv3:v2"),
        ([version("iv3", 1), fx.AliasMoved("iv3", "latest", 1, 1)], "was not at 1"),
        ([version("iv3", 1), fx.Deleted("iv3", 1), fx.AliasMoved("iv3", "x", 1, None)], "no version"),
        ([version("iv3", 1), fx.AliasMoved("iv3", "x", 1, None), fx.Deleted("iv3", 1)], "points at it"),
        ([msgspec.structs.replace(version("iv3", 1), size=TOO_LARGE)], "too large"),
        ([fx.AliasMoved("iv3", "x", TOO_LARGE, None)], "too large"),
        ([fx.MetadataSet("iv3", 1, {})], "no version iv3:v1"),
        ([fx.Linked("iv3", 1, None, "iv4", 0)], "no version iv3:v1"),
        ([fx.Linked("iv3", 0, "somewhere", "iv4", 0)], "a project without a proper id"),
        ([fx.Linked("iv3", 0, None, "a/b", 0)], "allowed are"),
        ([fx.Linked("iv3", 0, None, "iv4", -1)], "without a proper number"),
        ([fx.Linked("iv3", 0, None, "iv4", TOO_LARGE)], "too large"),
        ([fx.NameDescribed("iv4", "x", [])], "there is no name 'iv4'"),
        ([fx.NameDescribed("iv3", None, ["a\nb"])], "control character"),
        ([fx.NameRetyped("iv3", "a/b")], "allowed are"),
        ([fx.NameRetyped("iv4", "model")], "there is no name 'iv4'"),
    ],
)
def test_what_is_kept_back_is_held_to_the_same_rules(effects: list[fx.AnyEffect], why: str) -> None:
    journal = write(MemoryBackend(), [*logged(1), effects])
    with pytest.raises(CorruptObject, match=why):
        together(journal)


@pytest.mark.parametrize("effect", [version("iv3", 1), fx.AliasMoved("iv3", "x", 0, None)])
def test_a_time_that_no_table_holds_is_refused(effect: fx.AnyEffect) -> None:
    index = together(write(MemoryBackend(), logged(1)))
    entry = Entry(FORMAT, 1, index.position()[1], bytes(16), TOO_LARGE, "me", [], [effect])
    with pytest.raises(CorruptObject, match="too large"):
        index.apply([(entry, bytes(16))])
    assert index.seq == 1


def test_an_index_of_a_table_is_made_when_it_is_needed() -> None:
    index = together(write(MemoryBackend(), logged(2)))
    made = "select name from sqlite_schema where type = 'index' and sql is not null"
    assert index.db.execute(made).fetchall() == []
    queries.alias_history(index, "iv3")
    assert index.db.execute(made).fetchall() == [("alias_moves_by_alias",)]
    with index.pretend(Entry(FORMAT, 2, GENESIS, bytes(16), 0, "", [], [])):
        queries.users(index, "iv3", 0)  # inside a transaction, which would take it back
    queries.users(index, "iv3", 0)
    assert len(index.db.execute(made).fetchall()) == 2 < len(schema.INDEXES)


def test_after_a_long_fold_lineage_need_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mvfs.index.index.FAR", 5)
    journal = write(MemoryBackend(), logged(4))
    index = Index(None, journal)
    made = "select name from sqlite_schema where type = 'index' and sql is not null order by name"
    index.refresh()
    assert index.db.execute(made).fetchall() == []
    longer = Index(None, write(MemoryBackend(), logged(5)))
    longer.refresh()
    assert longer.db.execute(made).fetchall() == [(name,) for name in schema.OF_LINEAGE]
