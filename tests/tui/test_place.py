"""Places as text, and going from one to another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.showing import Shop, frame, press, said, showing, text
from tui.history import History
from tui.place import WORDS, Place, turned
from tui.screens.browse import BrowseScreen
from tui.viewmodel.completion import Known, completions
from tui.widgets.prompt import Prompt
from tui.widgets.rows import RowList

ALL = [
    ("", Place()),
    ("browse", Place()),
    ("vision/model/iv3:v7", Place(refs=("vision/model/iv3:v7",))),
    ("vision/model/iv3 sort:-acc /acc>.9", Place(refs=("vision/model/iv3",), sort="-acc", filter="acc>.9")),
    ("runs vision sort:-summary.acc /state = failed",
     Place("runs", ("vision",), "-summary.acc", "", "state = failed")),
    ("run vision:3f2a9c", Place("run", ("vision:3f2a9c",))),
    ("lineage vision/model/iv3:best as:graph", Place("lineage", ("vision/model/iv3:best",), shape="graph")),
    ("diff a/b:v3 a/b:v7", Place("diff", ("a/b:v3", "a/b:v7"))),
    ('file "vision/iv3:v3/my file"', Place("file", ("vision/iv3:v3/my file",))),
    ("browse runs", Place(refs=("runs",))),
    ("vision/iv3:my alias", Place(refs=("vision/iv3:my alias",))),
    ("/stores/lab::vision/iv3", Place(refs=("/stores/lab::vision/iv3",))),
    ("/words that hold", Place(filter="words that hold")),
]  # fmt: skip


def test_the_second_side_of_a_diff_may_be_short() -> None:
    assert Place.parse("diff vision/iv3:v3 v7").refs == ("vision/iv3:v3", "vision/iv3:v7")
    assert Place.parse("diff vision/iv3:v3 best").refs == ("vision/iv3:v3", "vision/iv3:best")
    assert Place.parse("diff v3 v7").refs == ("v3", "v7")


@pytest.mark.parametrize(("written", "place"), ALL)
def test_a_text_is_a_place(written: str, place: Place) -> None:
    assert Place.parse(written) == place
    assert Place.parse(str(place)) == place


REFS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.sampled_from(WORDS), st.lists(REFS, max_size=2), REFS, REFS, REFS)
def test_every_place_is_a_text(view: str, refs: list[str], sort: str, shape: str, words: str) -> None:
    place = Place(view, tuple(refs[: 1 if view == "browse" else 2]), sort, shape, words.strip())
    assert Place.parse(str(place)) == place


@given(st.text(max_size=60))
def test_any_text_is_some_place(written: str) -> None:
    assert Place.parse(str(Place.parse(written))) == Place.parse(written)


def test_short_refs_are_those_of_what_is_looked_at() -> None:
    subject = "vision/model/iv3:v2"
    assert (
        str(Place.parse("diff v3 best").beside(subject)) == "diff vision/model/iv3:v3 vision/model/iv3:best"
    )
    assert str(Place.parse("v3").beside(subject)) == "vision/model/iv3:v3"
    assert str(Place.parse("zoo").beside(subject)) == "zoo"
    assert str(Place.parse("lineage best").beside(None)) == "lineage best"


@pytest.mark.parametrize(
    ("view", "subject", "marked", "refs"),
    [
        ("lineage", "a/b:v1", [], ("a/b:v1",)),
        ("runs", "a/b:v1", [], ("a",)),
        ("diff", "a/b:v1", [], ("a/b:v1",)),
        ("diff", "a/b:v1", ["a/b:v3"], ("a/b:v1", "a/b:v3")),
        ("diff", "a/b:v3", ["a/b:v3"], ("a/b:v3",)),
        ("diff", None, ["a/b:v3"], ("a/b:v3",)),
        ("diff", "a/b:v1", ["a/b:v3", "a/b:v2", "a/b:v4"], ("a/b:v2", "a/b:v3")),
        ("diff", "a/c:v1", ["a/b:v3"], ("a/b:v3", "a/c:v1")),
        ("browse", None, [], ()),
    ],
)
def test_another_view_shows_what_is_selected(
    view: str, subject: str | None, marked: list[str], refs: tuple[str, ...]
) -> None:
    assert turned(view, subject, "a", marked) == Place(view, refs)


def test_a_store_in_a_ref_is_taken_out() -> None:
    assert Place.parse("diff /s::a/b:v1 /s::a/b:v2").within() == ("/s", Place("diff", ("a/b:v1", "a/b:v2")))
    assert Place.parse("a/b").within() == (None, Place(refs=("a/b",)))


def test_history_goes_back_and_forward() -> None:
    history = History("a")
    assert history.step(-1) is None
    history.note("a /x")
    history.go("b")
    history.go("c")
    assert [history.step(-1), history.step(-1), history.step(-1)] == ["b", "a /x", None]
    assert history.step(1) == "b"
    assert history.last == "a /x"
    history.go("d")
    assert not history.has(1)
    assert [history.step(-1), history.step(-1)] == ["b", "a /x"]


async def test_a_typed_place_is_gone_to_and_come_back_from(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "slash", *"note", "enter", "colon", *"zoo/whisper", "enter")
        assert "zoo/model/whisper:v0" in frame(pilot)[0]
        await press(pilot, "left_square_bracket")
        assert "vision/model/classifier:v3  /note" in frame(pilot)[0]
        assert "3 of 4" in text(pilot)
        await press(pilot, "right_square_bracket")
        assert "zoo/model/whisper:v0" in frame(pilot)[0]
        await press(pilot, "minus")
        assert "vision/model/classifier:v3  /note" in frame(pilot)[0]
        await press(pilot, "minus")
        assert "zoo/model/whisper:v0" in frame(pilot)[0]


@pytest.mark.parametrize("typed", ["classifier:v1", "v1", "model/classifier:v1", "vision/classifier:v1"])
async def test_what_one_is_in_may_be_left_out(shop: Shop, typed: str) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "colon", *typed, "enter")
        assert "vision/model/classifier:v1" in frame(pilot)[0]


async def test_a_place_that_is_not_there_is_told_and_nothing_moves(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "colon", *"vision/nobody", "enter")
        assert "no name or type 'nobody'" in said(pilot, "footer")
        assert "vision/model/classifier:v3" in frame(pilot)[0]


async def test_a_project_and_a_filter(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "colon", *"zoo", "enter")
        assert frame(pilot)[0].startswith(" mvfs  zoo ")
        await press(pilot, "colon", *"vision/classifier /0.6", "enter")
        assert "vision/model/classifier:v1  /0.6" in frame(pilot)[0]


async def test_marks_are_made_seen_and_cleared(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "space", "space")
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        assert screen.marked_refs() == ["vision/model/classifier:v3", "vision/model/classifier:v2"]
        assert "✓v3" in text(pilot)
        assert "2 marked" in text(pilot)
        await press(pilot, "r", "escape")
        assert screen.marked_refs() == []
        assert "✓v3" not in text(pilot)


async def test_n_finds_what_was_filtered_before(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "n")
        assert "nothing was looked for" in said(pilot, "footer")
        await press(pilot, "slash", *"note", "enter", "escape")
        seen = []
        for key in ("n", "n", "N", "n"):
            await press(pilot, key)
            seen.append(frame(pilot)[0].split()[1])
        assert [one.rpartition(":")[2] for one in seen] == ["v1", "v0", "v1", "v0"]


async def test_the_palette_does_what_is_chosen(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "ctrl+p", *"last row", "enter")
        assert "classifier:v0" in frame(pilot)[0]
        await press(pilot, "ctrl+p", *"zzz")
        assert "no action is called so" in text(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.focused, RowList)


async def test_nothing_is_changed_before_it_is_unlocked(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", unlocked=False) as pilot:
        assert "e note" not in frame(pilot)[-1]
        for key in ("e", "a"):
            await press(pilot, key)
            assert "read-only: press w to unlock" in frame(pilot)[-1]
            assert isinstance(pilot.app.screen, BrowseScreen)
        await press(pilot, "w", "e")
        assert not isinstance(pilot.app.screen, BrowseScreen)
        await press(pilot, "escape")
        assert "writing unlocked" in frame(pilot)[0]
        await press(pilot, "w", "e")
        assert "read-only" in frame(pilot)[-1]


KNOWN = Known(
    ["vision", "zoo"],
    {"zoo": [("model", "whisper")], "vision": [("dataset", "photos"), ("model", "iv3")]},
    {("vision", "iv3"): ["best", "latest"]},
)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("lin", "lineage"),
        ("lineage ", "lineage best"),
        ("diff best la", "diff best latest"),
        ("photo", "vision/dataset/photos"),
        ("vision/model/iv3:b", "vision/model/iv3:best"),
        ("run", "runs"),
        ("zo", "zoo/model/whisper"),
        ("zoo/model/whisper:", "zoo/model/whisper:latest"),
        ("vision/model/iv3 sort:", "vision/model/iv3 sort:-acc"),
    ],
)
def test_what_is_typed_is_completed(typed: str, first: str) -> None:
    assert completions(typed, KNOWN, "vision/model/iv3:v2", ["-acc"])[0] == first


async def test_the_names_of_another_project_are_read_while_it_is_typed(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "colon", *"zoo/whi")
        assert said(pilot, "footer").endswith("zoo/model/whisper")
        await press(pilot, "tab", "enter")
        assert "zoo/model/whisper:v0" in frame(pilot)[0]


async def test_tab_completes_and_up_recalls_what_was_typed_before(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", (100, 30)) as pilot:
        await press(pilot, "colon", *"class")
        assert "vision/model/classifier" in said(pilot, "footer")
        await press(pilot, "tab", "colon", *"v1", "enter")
        assert "vision/model/classifier:v1" in frame(pilot)[0]
        await press(pilot, "colon", *"photos", "tab", "enter")
        assert "vision/dataset/photos:v0" in frame(pilot)[0]
        await press(pilot, "colon", "up", "up", "enter")
        assert "vision/model/classifier:v1" in frame(pilot)[0]
        await press(pilot, "slash")
        assert frame(pilot)[-1].startswith(" /")
        await press(pilot, "escape", "colon", "up", "down", *"zzz", "tab")
        assert frame(pilot)[-1].startswith(" :zzz")
        assert pilot.app.screen.query_one(Prompt).field.value == "zzz"
        await press(pilot, "escape")
        assert isinstance(pilot.app.focused, RowList)


async def test_one_comes_back_to_the_rows_that_one_saw(empty: Shop) -> None:
    empty.many("iv3", 400)
    empty.log("other")
    async with showing(empty, "vision/iv3:v200", (100, 24)) as pilot:

        def labels() -> list[str]:
            return [row.split("│")[1].split()[0] for row in frame(pilot)[3:20]]

        await press(pilot, "k", "k", "k")
        seen = labels()
        assert seen[0] == "v219"
        await press(pilot, "colon", *"vision/other", "enter")
        assert "vision/model/other:v0" in frame(pilot)[0]
        await press(pilot, "left_square_bracket")
        assert "vision/model/iv3:v203" in frame(pilot)[0]
        assert labels() == seen
