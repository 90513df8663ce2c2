"""Queries typed as filters, and sorting: the same as the query language says, but fast."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.index.rows import Name, Run, Version
from mvfs.query import evaluate
from mvfs.query.fields import Subject
from tests.tui.showing import Shop, frame, press, said, showing, text, until
from tui.screens.browse import BrowseScreen
from tui.viewmodel.finder import Finder
from tui.viewmodel.versions import VersionTable

DAY = 86_400_000_000
NOW = 1_800_000_000_000_000


def version(number: int, metadata: dict[str, object], **more: object) -> Version:
    values: dict[str, object] = {"note": None, "run": None, "aliases": (), "tags": (), "created": NOW - DAY}
    values |= more
    return Version("iv3", "model", number, "m", b"h", bytes([number % 256]) * 32, 1, 1000 * number,
                   values["run"], metadata, values["note"], values["created"], "me@box",
                   values["aliases"], values["tags"])  # type: ignore[arg-type]  # fmt: skip


RUNS = {"r1": Run("r1", "sunny", "train", None, {"lr": 0.1}, {"loss": 0.5}, "me@box", 1, 2, "finished")}
VERSIONS = [
    version(4, {"acc": 0.9, "val": {"f1": 0.5}}, note="a Note", tags=("ema", "x"), run="r1"),
    version(3, {"acc": "high", "name": "it's"}, aliases=("best", "latest"), created=NOW - 9 * DAY),
    version(2, {"acc": 0.5, "val": {"f1": 0.7}}, note="draft", tags=("ema",)),
    version(1, {"acc": None, "flag": True}),
    version(0, {}),
]
TABLE = VersionTable("vision", Name("iv3", "model", 5, 4, None), VERSIONS, RUNS, NOW)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("acc>.6", {4}),
        ("acc > 0.4", {4, 2}),
        ("acc=high", {3}),
        ("f1>=0.7", {2}),
        ("val.f1<.6", {4}),
        ("metadata.acc=0.5", {2}),
        ("tag:ema", {4, 2}),
        ("!tag:ema", {3, 1, 0}),
        ("tag:ema !draft", {4}),
        ("alias:best", {3}),
        ("best", None),
        ("created<7d", {4, 2, 1, 0}),
        ("created>7d", {3}),
        ("age>7d or acc=0.5", {3, 2}),
        ("tag = ema AND acc > .6", {4}),
        ("NOT (tag = ema OR best)", {1, 0}),
        ("lr=0.1", {4}),
        ("loss<1", {4}),
        ("run:r1", {4}),
        ("note:NOTE", {4}),
        ("note ~ /a N.te/", {4}),
        ("size>=3000", {4, 3}),
        ("has acc", {4, 3, 2}),
        ("flag=true", {1}),
        ("acc in (0.5, high)", {3, 2}),
        ("tag in (x)", {4}),
        ("'a note'", {4}),
        ("!'a note' acc>0", {2}),
        ("name='!x tag:y'", set()),
        ("version>3", {4}),
        ("two words", None),
        ("acc>", {4, 3, 2}),
        ("tag:ema acc !=", {4, 2}),
        ("tag:", {4, 2}),
        ("!tag:", {3, 1, 0}),
        ("nothing:", None),
        ("(acc>1", None),
        ("'open", None),
        ("a:b", None),
        ("!", None),
        ("size>big", None),
        ("https://x", None),
    ],
)
def test_what_is_typed_is_understood(typed: str, found: set[int] | None) -> None:
    assert TABLE.finder.passing(typed) == found


ASKED = st.sampled_from(
    ["acc", "metadata.acc", "val.f1", "tag", "alias", "note", "size", "age", "by", "flag", "nothing", "run",
     "summary.loss", "version"]
)  # fmt: skip
VALUE = st.sampled_from(
    ["0.5", ".9", "high", "ema", "null", "true", "7d", "1", "'a Note'", "best", "3k", "v3"]
)
TEST = st.one_of(
    st.tuples(ASKED, st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~", "!~"]), VALUE).map(" ".join),
    st.tuples(st.just("has"), ASKED).map(" ".join),
    st.sampled_from(["best", "tag in (ema, x)", "note ~ /N/"]),
)
QUERY = st.recursive(
    TEST,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or", ""]), inner).map(" ".join),
        inner.map("not ({})".format),
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(QUERY)
def test_it_is_the_language_of_queries(query: str) -> None:
    finder = VersionTable("vision", TABLE.name, VERSIONS, RUNS, NOW).finder
    found = finder.passing(query)
    if found is None:
        return
    tree = finder.language.tree(query)
    assert tree is not None
    subjects = [Subject(NOW, "vision", RUNS.get(one.run or ""), one) for one in VERSIONS]
    assert found == {s.version.number for s in subjects if evaluate.holds(tree, s)}


@given(st.text(max_size=40))
def test_any_text_is_harmless(typed: str) -> None:
    TABLE.finder.passing(typed)
    TABLE.finder.order(typed)


@pytest.mark.parametrize(
    ("keys", "numbers"),
    [
        ("-acc", [3, 4, 2, 1, 0]),
        ("acc", [2, 4, 3, 1, 0]),
        ("-f1", [2, 4, 3, 1, 0]),
        ("created,-version", [3, 4, 2, 1, 0]),
        ("-metadata.acc,size", [3, 4, 2, 0, 1]),
        ("size", [0, 1, 2, 3, 4]),
    ],
)
def test_sorted_with_null_last(keys: str, numbers: list[int]) -> None:
    order = TABLE.finder.order(keys)
    assert order is not None
    assert [VERSIONS[index].number for index in order] == numbers


ODD = [{"my key": 2.0, "size": 5, "a,b": 1.5, 'q"x': 1.0}, {"my key": 1.0, "size": 7, "a,b": 9.5, 'q"x': 3.0}]


def test_every_key_that_is_offered_sorts() -> None:
    versions = [version(1, ODD[1]), version(0, ODD[0])]
    table = VersionTable("vision", Name("iv3", "model", 2, 1, None), versions, {}, NOW)
    keys = table.sort_keys()
    assert len([key for key in keys if key.startswith("-any.")]) == 4
    assert [table.finder.order(key) for key in keys[:4]] == [
        [0, 1] if ODD[1][metric.path] > ODD[0][metric.path] else [1, 0] for metric in table.metrics
    ]
    assert all(table.finder.order(key) is not None for key in keys)


@pytest.mark.parametrize("keys", ["tag", "acc acc", ",", "-", "'q'"])
def test_what_cannot_be_sorted_by_leaves_the_order(keys: str) -> None:
    assert TABLE.finder.order(keys) is None


def big() -> Finder:
    many = [version(n, {"acc": n / 10_000, "loss": 1 / (n + 1)}, note=f"note {n}") for n in range(10_000)]
    return VersionTable("vision", Name("iv3", "model", 10_000, 9_999, None), many, {}, NOW).finder


def test_ten_thousand_rows_are_answered_while_a_key_waits() -> None:
    finder = big()
    assert finder.is_slow("", "acc>0.5")
    finder.warm()
    assert finder.is_slow("", "acc>0.5")
    assert len(finder.passing("acc>0.5 note") or ()) == 4_999
    assert not finder.is_slow("", "acc>0.7 or acc<0.1")
    assert finder.is_slow("-loss", "acc>0.7")
    assert finder.is_slow("", "note ~ /9+/")


async def test_a_query_narrows_and_says_why_it_is_none(shop: Shop) -> None:
    async with showing(shop, "vision/classifier") as pilot:
        await press(pilot, "slash", *"size>big")
        assert "as words: 'big' is no size" in said(pilot, "footer")
        assert "nothing passes the filter" in text(pilot)
        await press(pilot, *["backspace"] * 8, *"acc>")
        assert "4 of 4" in text(pilot)
        await press(pilot, *"0.6 !tag:ema")
        assert "as words" not in said(pilot, "footer")
        assert "1 of 4" in text(pilot)
        assert "classifier:v2  /acc>0.6 !tag:ema" in frame(pilot)[0]
        await press(pilot, "escape")
        assert "of 4" not in text(pilot)


async def test_a_worker_answers_where_there_are_many(empty: Shop) -> None:
    empty.many("iv3", 3000)
    async with showing(empty, "vision/iv3 sort:acc /acc<0.5 acc>0.4", (80, 24)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        await until(pilot, lambda: screen.versions.counts == (299, 3000))
        rows = [row.split("│")[1].split()[0].strip("▌") for row in frame(pilot)[3:6]]
        assert rows == ["v1201", "v1202", "v1203"]
        await press(pilot, "slash", *" note~/x/", "enter")
        await until(pilot, lambda: screen.versions.counts == (0, 3000))
        await press(pilot, "escape")
        assert screen.versions.counts == (3000, 3000)


async def test_the_sort_menu_sorts_turns_round_and_ends_it(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:

        def labels() -> list[str]:
            return [row.split("│")[1].split()[0].strip("▌") for row in frame(pilot)[3:7]]

        await press(pilot, "s", "j", "enter")
        assert labels() == ["v3", "v2", "v1", "v0"]
        assert "sort:-acc" in frame(pilot)[0]
        await press(pilot, "s", "enter")
        assert labels() == ["v0", "v1", "v2", "v3"]
        assert "classifier:v3  sort:acc" in frame(pilot)[0]
        await press(pilot, "s", "escape")
        assert labels() == ["v0", "v1", "v2", "v3"]
        await press(pilot, "s", "k", "enter")
        assert labels() == ["v3", "v2", "v1", "v0"]
        assert "sort:" not in frame(pilot)[0]


async def test_only_versions_are_sorted(shop: Shop) -> None:
    async with showing(shop) as pilot:
        await press(pilot, "s")
        assert "order of their own" in said(pilot, "footer")
