"""What the index answers is what looking at every row says, for any query and any rows."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mvfs.errors import InvalidInput
from mvfs.index import picked
from mvfs.index.index import Index
from mvfs.query import parser
from mvfs.query.fields import RUNS, VERSIONS, Fields
from mvfs.store import effects as fx
from tests.query.worlds import DAY, NOW, ask, by_sql, folded, in_memory, version

KEYS = ("lr", "a.b", "a", "x", "val/acc", 'q"k', "ü")
TEXTS = (
    "",
    "adam",
    "Adam",
    "5",
    "nan",
    "true",
    "Ünïcode",
    "ß",
    "a b",
    "x\x00y",
    "v1",
    "'; drop table runs --",
)
numbers = st.one_of(
    st.integers(-3, 3),
    st.sampled_from(
        [0.5, -0.5, 1e-3, float("nan"), float("inf"), -float("inf"), 2**53 + 1, 2**63, 2**64 - 1, 1e30]
    ),
)
leaves = st.one_of(numbers, st.sampled_from(TEXTS), st.booleans(), st.none())
values = st.one_of(leaves, st.lists(leaves, max_size=2), st.dictionaries(st.sampled_from(["b", "a"]), leaves))
maps = st.dictionaries(st.sampled_from(KEYS), values, max_size=4)
actors = st.sampled_from(["me@here", "you@there", "nobody", "a@b@c"])
times = st.integers(NOW - 3 * DAY, NOW)
words = st.lists(st.sampled_from(["golden", "raw", "v 1"]), max_size=2, unique=True)
texts = st.sampled_from(TEXTS)


@st.composite
def worlds(draw: st.DrawFn) -> Index:
    entries: list[tuple[int, str, list[fx.AnyEffect]]] = []

    def add(*effects: fx.AnyEffect) -> None:
        entries.append((draw(times), draw(actors), list(effects)))

    runs = [f"r{number}" for number in range(draw(st.integers(1, 4)))]
    for run in runs:
        add(fx.RunStarted(run, draw(texts), draw(st.none() | texts), draw(st.none() | texts), draw(maps)))
        if draw(st.booleans()):
            add(fx.RunSummary(run, draw(maps)))
        if draw(st.booleans()):
            add(fx.RunLabelled(run, draw(texts), None, "g", draw(words), draw(st.none() | texts)))
        if draw(st.booleans()):
            add(fx.RunFinished(run, draw(st.sampled_from(["finished", "failed"]))))
    for name, kind in (("iv3", "model"), ("photos", "dataset")):
        made = draw(st.integers(1, 3))
        add(fx.NameMade(name, kind))
        for number in range(made):
            run = draw(st.sampled_from([*runs, None, "gone"]))
            add(version(name, number, draw(maps), run, draw(st.integers(0, 3)) << 29))
            add(
                fx.Tagged(name, number, draw(words), []),
                fx.NoteWritten(name, number, draw(st.none() | texts)),
            )
        for alias in draw(st.sets(st.sampled_from(["best", "latest", "golden"]))):
            add(fx.AliasMoved(name, alias, draw(st.integers(0, made - 1)), None))
        add(fx.Used(draw(st.sampled_from(runs)), None, name, draw(st.integers(0, 2))))
    return folded(entries)


SPELLED = ("lr", "a.b", '"a.b"', "a", "x", "val/acc", "'q\"k'", "ü", "a.a")
LITERALS = (
    "0", "1", "-1.5", "0.5", "1e-3", "nan", "inf", "-inf", "true", "false", "null", "9007199254740993",
    "1e30", "18446744073709551616", "adam", "'5'", "'nan'", '""', "Ünïcode", "'x\x00y'",
    '"\'; drop table runs --"',
    "iv3", "iv3:v1", "r1", "golden", "'v 1'", "v1", "512M", "1G", "1d", "36h", "7", "2027-01-14",
    "2027-01-14T12:00", "me", "finished",
)  # fmt: skip
PLAIN = {
    RUNS.subject: ["id", "name", "state", "job_type", "group", "tag", "note", "created", "age", "ended",
                   "duration", "by", "user", "host", "project", "input", "output", "inputs", "outputs"],
    VERSIONS.subject: ["name", "type", "version", "alias", "best", "latest", "tag", "note", "size", "files",
                       "created", "age", "expires", "digest", "run", "by", "user", "host", "project"],
}  # fmt: skip
MAPS = {RUNS.subject: ["config", "summary"], VERSIONS.subject: ["metadata", "config", "summary"]}


def spelled(fields: Fields) -> st.SearchStrategy[str]:
    value = st.builds("{}.{}".format, st.sampled_from(MAPS[fields.subject]), st.sampled_from(SPELLED))
    return st.sampled_from(PLAIN[fields.subject]) | value


def comparisons(fields: Fields) -> st.SearchStrategy[str]:
    field, literal = spelled(fields), st.sampled_from(LITERALS)
    return st.one_of(
        st.builds("{} {} {}".format, field, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), literal),
        st.builds(
            "{} ~ {}".format, field, st.sampled_from(["a", "ü", "SS", "/^a/", "/[5n]|x.y$/", "!", "''"])
        ),
        st.builds("{} in ({}, {}, {})".format, field, literal, literal, literal),
        st.builds("has {}".format, field),
        st.sampled_from(["adam", "best", "v1", "'golden'", "ß", "R1"]),
    )


def queries_of(fields: Fields) -> st.SearchStrategy[str]:
    return st.recursive(
        comparisons(fields),
        lambda inner: st.one_of(
            st.builds("({} and {})".format, inner, inner),
            st.builds("({} or {})".format, inner, inner),
            st.builds("not {}".format, inner),
            st.builds("({} {})".format, inner, inner),
        ),
        max_leaves=4,
    )


def compared(index: Index, fields: Fields, query: str, sort: str) -> bool:
    """Compare both answers; return whether the query was one."""
    try:
        asked = ask(fields, query, sort)
    except InvalidInput:
        return False
    found = by_sql(index, fields, asked)
    assert found == in_memory(index, fields, asked), query
    return True


@pytest.mark.parametrize("fields", [RUNS, VERSIONS], ids=["runs", "versions"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_sql_says_what_memory_says(fields: Fields, data: st.DataObject) -> None:
    index = data.draw(worlds())
    few = data.draw(st.sampled_from([0, picked.FEW]))
    sorts = spelled(fields).filter(lambda field: field not in ("input", "output", "tag", "alias"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picked, "FEW", few)
        for query in data.draw(st.lists(queries_of(fields), min_size=4, max_size=12)):
            sign = data.draw(st.sampled_from(["", "-"]))
            compared(index, fields, query, sign + data.draw(sorts))
    index.close()


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([RUNS, VERSIONS]).flatmap(lambda fields: st.tuples(st.just(fields), queries_of(fields)))
)
def test_an_error_says_where(case: tuple[Fields, str]) -> None:
    fields, query = case
    try:
        parser.parse(query, fields)
    except InvalidInput as exc:
        assert "position" in exc.fields
