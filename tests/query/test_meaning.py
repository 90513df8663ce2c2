"""What is compared with what: one row for each kind of value."""

from __future__ import annotations

import pytest

from mvfs.index.index import Index
from mvfs.query.fields import RUNS
from mvfs.store import effects as fx
from tests.query.worlds import NOW, ask, by_sql, folded, in_memory

VALUES = {
    "five": 5, "real": 5.0, "text": "5", "big": 6, "true": True, "false": False, "one": 1, "zero": 0,
    "null": None, "nan": float("nan"), "list": [5], "map": {"lr": 5}, "flat": "Adam",
}  # fmt: skip


@pytest.fixture(scope="module")
def index() -> Index:
    runs = [fx.RunStarted(name, name, None, None, {"x": value}) for name, value in VALUES.items()]
    dotted = fx.RunStarted("dotted", "dotted", None, None, {"x.lr": 7, "x": {"lr": 8}})
    return folded([(NOW, "me@here", [*runs, dotted, fx.RunStarted("none", "none", None, None, {})])])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("config.x=5", "five real"),
        ("config.x='5'", "text"),
        ("config.x>=5", "big five real"),
        ("config.x<1", "zero"),
        ("config.x>'5'", "flat"),
        ("config.x<='5'", "text"),
        ("config.x=true", "true"),
        ("config.x=false", "false"),
        ("config.x=1", "one"),
        ("config.x in (1, true, adam)", "one true"),
        ("config.x=null", "nan none null"),
        ("not has config.x", "nan none null"),
        ("config.x~AD", "flat"),
        ("config.x~/^A/", "flat"),
        ("config.x!=5 has config.x", "big dotted false flat list map one text true zero"),
        ("config.x.lr=5", "map"),
        ("config.x.lr=7", "dotted"),
        ('config."x.lr"=7', "dotted"),
        ("config.x.lr=8", ""),
    ],
)
def test_values(index: Index, query: str, found: str) -> None:
    asked = ask(RUNS, query)
    assert sorted(key for (key,) in by_sql(index, RUNS, asked)) == found.split()
    assert in_memory(index, RUNS, asked) == by_sql(index, RUNS, asked)


def test_order(index: Index) -> None:
    """Numbers, text, then all else; what is missing is last in both directions."""
    asked = ask(RUNS, "not config.x in (1, 0, 6) and not config.x.lr>0", "config.x")
    rising = [key for (key,) in by_sql(index, RUNS, asked)]
    assert rising == ["five", "real", "text", "flat", "list", "false", "true", "nan", "none", "null"]
    falling = ask(RUNS, "not config.x in (1, 0, 6) and not config.x.lr>0", "-config.x")
    assert [key for (key,) in by_sql(index, RUNS, falling)] == [
        "true", "false", "list", "flat", "text", "five", "real", "nan", "none", "null",
    ]  # fmt: skip
