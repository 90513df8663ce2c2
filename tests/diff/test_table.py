"""Tables by row: by a key, by place and content, and what is no table."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.diff import rows
from mvfs.diff.model import Kind
from mvfs.diff.rows import Table, read
from mvfs.diff.table import KEPT, Cell, TableDiff, diff, token
from mvfs.errors import InvalidInput

CELLS = st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.floats(), st.text("ab", max_size=2))
NESTED = CELLS | st.lists(CELLS, max_size=2) | st.dictionaries(st.text("ab", max_size=1), CELLS, max_size=2)
ROWS = st.lists(st.tuples(CELLS, NESTED), max_size=20)


def marks(table: list[tuple[Any, ...]]) -> list[Any]:
    return [tuple(map(token, row)) for row in table]


def applied(old: Table, found: TableDiff) -> list[tuple[Any, ...]]:
    """New, in any order of rows, by the key or by places."""
    if found.key is not None:
        at = old.columns.index(found.key)
        made = {token(row[at]): row for row in old.rows}
        for change in found.rows:
            if change.kind is Kind.REMOVED:
                assert made.pop(token(change.key)) == change.old
            else:
                assert change.new is not None
                assert (token(change.key) in made) == (change.kind is Kind.CHANGED)
                made[token(change.key)] = change.new
        return list(made.values())
    rows_made: list[tuple[Any, ...]] = []
    at = 0
    for change in found.rows:
        same = change.key - (at if change.kind is Kind.REMOVED else len(rows_made))
        assert same >= 0
        rows_made += old.rows[at : at + same]
        at += same
        if change.old is not None:
            assert old.rows[at] is change.old
            at += 1
        if change.new is not None:
            rows_made.append(change.new)
    return rows_made + old.rows[at:]


@given(ROWS, ROWS)
@settings(max_examples=200, deadline=None)
def test_rows_without_a_key_make_new_out_of_old(old: list[Any], new: list[Any]) -> None:
    before, after = Table(("a", "b"), old), Table(("a", "b"), new)
    found = diff(before, after)
    made = applied(before, found)
    if found.key is None:
        assert marks(made) == marks(new)
    else:
        assert Counter(marks(made)) == Counter(marks(new))
    assert found.is_same == (marks(old) == marks(new)) or found.key is not None
    assert found.same == len(old) - found.removed - found.changed == len(new) - found.added - found.changed


KEYED = st.dictionaries(st.integers(0, 30), st.tuples(CELLS, NESTED), max_size=20)


@given(KEYED, KEYED)
@settings(max_examples=200, deadline=None)
def test_rows_with_a_key_make_new_out_of_old(old: dict[int, Any], new: dict[int, Any]) -> None:
    tables = [Table(("id", "a", "b"), [(key, *row) for key, row in one.items()]) for one in (old, new)]
    found = diff(*tables, key="id")
    assert {token(row[0]): marks([row]) for row in applied(tables[0], found)} == {
        token(row[0]): marks([row]) for row in tables[1].rows
    }
    for change in found.rows:
        if change.kind is Kind.CHANGED:
            assert change.cells
            assert change.old is not None
            assert change.new is not None
            pairs = zip(("id", "a", "b"), change.old, change.new, strict=True)
            assert change.cells == tuple(Cell(*pair) for pair in pairs if token(pair[1]) != token(pair[2]))


def as_csv(table: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    return out.getvalue().encode()


def test_csv_of_ten_thousand_rows() -> None:
    head = ["image", "label", "score"]
    old = [[f"{i}.png", "ab"[i % 2], f"{i / 7:.4f}"] for i in range(10_000)]
    new = [list(row) for row in old if row[0] != "17.png"]
    new[5_000][1] = "c"
    new.reverse()
    new.append(["new.png", "a", "0.5"])
    found = diff(read(as_csv([head, *old]), "x.csv"), read(as_csv([head, *new]), "x.csv"))
    assert (found.key, found.added, found.removed, found.changed, found.same) == ("image", 1, 1, 1, 9_998)
    removed, changed, added = found.rows
    assert removed.key == "17.png"
    assert (changed.key, changed.cells) == ("5001.png", (Cell("label", "b", "c"),))
    assert added.new == ("new.png", "a", "0.5")


def test_which_column_is_the_key() -> None:
    def key(columns: str, *table: str, other: str | None = None) -> str | None:
        one = Table(tuple(columns.split()), [tuple(row.split()) for row in table])
        two = Table(one.columns, one.rows if other is None else [tuple(other.split())])
        return diff(one, two).key

    assert key("score sample_id", "1 a", "2 b") == "sample_id"
    assert key("word imageId", "x a", "y b") == "imageId"
    assert key("word score", "x 0.5", "y 0.25") == "word"
    assert key("score loss", "0.5 1e-3", "0.25 1e-2") is None  # measurements name nothing
    assert key("id word", "1 x", "1 y") == "word"
    assert key("id word", "1 x", "1 x") is None
    assert key("index word", "0 x", "1 x") is None  # the place of a row
    assert key("id", "a", "b", other="c") is None  # nothing would be found again


def test_a_wrong_key_is_said() -> None:
    one = Table(("id", "a"), [(1, 2), (1, 3)])
    with pytest.raises(InvalidInput, match="has a value twice"):
        diff(one, one, key="id")
    with pytest.raises(InvalidInput, match="has no column 'x'; it has id, a"):
        diff(one, one, key="x")


def test_columns_that_come_go_and_move() -> None:
    old = Table(("id", "a", "b"), [("x", 1, 2), ("y", 3, 4)])
    new = Table(("b", "id", "c"), [(2, "x", 9), (5, "y", 9)])
    found = diff(old, new)
    assert [(change.key, change.cells) for change in found.rows] == [("y", (Cell("b", 4, 5),))]
    assert not diff(old, Table(("id", "b", "a"), [("x", 2, 1), ("y", 4, 3)])).is_same


def test_what_is_kept_is_capped_and_the_rest_counted() -> None:
    old = Table(("id", "a"), [(i, 0) for i in range(KEPT + 5)])
    new = Table(("id", "a"), [(i, 1) for i in range(KEPT + 5)])
    found = diff(old, new)
    assert (len(found.rows), found.left_out, found.changed) == (KEPT, 5, KEPT + 5)


def test_formats() -> None:
    wanted = Table(("a", "b"), [("1", "x"), ("2", "")])
    assert read(b"\xef\xbb\xbfa,b\r\n1,x\r\n\r\n2\r\n", "t.CSV").rows == [("1", "x"), ("2", None)]
    assert read(b"a\tb\n1\tx\n2\t\n", "t.tsv") == wanted
    assert read(b"a;b\n1;x\n2;\n", "t.csv") == wanted
    lines = b'{"a": 1, "b": [1]}\n\n{"b": null, "c": true}\n'
    assert read(lines, "t.jsonl") == Table(("a", "b", "c"), [(1, [1], None), (None, None, True)])
    logged = json.dumps({"_type": "table", "columns": ["a", 0], "data": [[1, "x"]]}).encode()
    assert read(logged, "t.table.json") == Table(("a", "0"), [(1, "x")])
    assert read(b"a,a,b\n1,2,3\n", "t.csv").columns == ("a", "a.1", "b")


def test_the_tables_of_the_sdk() -> None:
    from mvfs.sdk.media.table import Table as Logged
    from mvfs.sdk.media.table_files import to_json

    made = Logged(columns=["id", "guess"], data=[["a", 1], ["b", 2]])
    assert read(json.dumps(to_json(made)).encode(), "t.table.json").rows == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "t.csv"),
        (b"a,b\n1,2,3\n", "t.csv"),
        (b"\xff\xfe", "t.csv"),
        (b'a\n"' + b"x" * 200_000, "t.csv"),
        (b"[1, 2]\n", "t.jsonl"),
        (b'{"a": 1}\n{', "t.jsonl"),
        (b"[" * 100_000, "t.jsonl"),
        (b'{"columns": 3, "data": 4}', "t.table.json"),
        (b'{"columns": ["a"], "data": [3]}', "t.table.json"),
        (b"[]", "t.table.json"),
        (b"PAR1", "t.parquet"),
    ],
)
def test_what_is_no_table(data: bytes, name: str) -> None:
    with pytest.raises(InvalidInput):
        read(data, name)


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_ROWS", 3)
    assert len(read(b"a\n1\n2\n3\n", "t.csv").rows) == 3
    for data, name in ((b"a\n1\n2\n3\n4\n", "t.csv"), (b"{}\n" * 4, "t.jsonl")):
        with pytest.raises(InvalidInput, match="more than 3 rows"):
            read(data, name)
