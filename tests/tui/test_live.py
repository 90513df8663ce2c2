"""What others do appears by itself, and the cursor stays where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvfs.catalog import deletion, pointers, runs
from mvfs.store import effects as fx
from mvfs.store.backend import breaker
from tests.tui.showing import UI, Shop, frame, press, showing, text, until
from tests.unit.unreachable import Far
from tui import watching
from tui.library import Library
from tui.screens.browse import BrowseScreen
from tui.watching import News, Watcher, news_of


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOCAL", 0.03)
    monkeypatch.setattr(watching, "FAR", 0.03)


def browser(pilot: UI) -> BrowseScreen:
    assert isinstance(pilot.app.screen, BrowseScreen)
    return pilot.app.screen


async def test_a_new_version_appears_marked_and_the_cursor_stays(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1") as pilot:
        shop.log("classifier", metadata={"acc": 0.99}, aliases=["fresh"])
        await until(pilot, lambda: "◇ fresh" in text(pilot))
        assert "•v4" in text(pilot)
        assert "• 1 new" in text(pilot)
        assert "classifier:v1" in frame(pilot)[0]
        version = browser(pilot).version
        assert version is not None
        assert version.number == 1
        await press(pilot, "g", "j")
        assert "•" not in text(pilot)


async def test_in_a_list_longer_than_the_screen_no_row_moves(shop: Shop) -> None:
    for number in range(40):
        shop.log("many", metadata={"n": number})
    async with showing(shop, "vision/many:v20", (80, 24)) as pilot:
        await press(pilot, "j", "k")
        before = [row[21:60] for row in frame(pilot)[3:-1]]
        shop.log("many", metadata={"n": 99})
        await until(pilot, lambda: "• 1 new" in text(pilot))
        assert [row[21:60] for row in frame(pilot)[3:-1]] == before


async def test_aliases_notes_names_projects_and_deletions_appear(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1", (130, 50)) as pilot:
        project = shop.project()
        pointers.set_aliases(project, "classifier", 3, ["production"])
        await until(pilot, lambda: any("v3" in row and "▲ production" in row for row in frame(pilot)))
        pointers.set_note(project, "classifier", 1, "written by others")
        await until(pilot, lambda: "written by others" in text(pilot))
        shop.log("newcomer")
        await until(pilot, lambda: "newcomer" in text(pilot))
        shop.log("voice", project="sound")
        await until(pilot, lambda: "sound" in text(pilot))
        deletion.delete(project, [deletion.target(project, "classifier", 0)])
        await until(pilot, lambda: "3 versions" in text(pilot))
        assert "classifier:v1" in frame(pilot)[0]


async def test_a_run_that_uses_the_version_appears_in_its_details(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1", (130, 60)) as pilot:
        run = shop.run("eval-of-others")
        runs.use(shop.project(), run, shop.project(), "classifier", 1)
        await until(pilot, lambda: "eval-of-others" in text(pilot))


async def test_the_first_version_of_an_empty_store_appears(empty: Shop) -> None:
    async with showing(empty, size=(80, 24)) as pilot:
        assert "mvfs log" in text(pilot)
        empty.log("first")
        await until(pilot, lambda: "first" in text(pilot))


async def test_nothing_is_told_while_nothing_happens(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1") as pilot:
        app = pilot.app
        told: list[object] = []
        looked = 0
        look = Watcher.look

        def counting(self: Watcher) -> tuple[list[News], bool]:
            nonlocal looked
            looked += 1
            return look(self)

        Watcher.look = counting  # type: ignore[method-assign]
        try:
            app.on_heard = told.append  # type: ignore[attr-defined]
            await until(pilot, lambda: looked > 5)
        finally:
            Watcher.look = look  # type: ignore[method-assign]
        assert told == []


def test_a_look_at_a_far_store_is_one_request_for_each_project(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(breaker, "PAUSE", 0.0)
    far = Far()
    (tmp_path / "shop").mkdir()
    writer = Shop(tmp_path / "shop", far.open())
    writer.log("iv3")
    library = Library(far.open())
    library.names("vision")
    told: list[object] = []
    watcher = Watcher(library, lambda *words: told.append(words))
    watcher.follow(["vision"])
    assert watcher.look() == ([], False)
    assert watcher.look() == ([], False)
    before = len(far.counting.requests)
    assert watcher.look() == ([], False)
    assert len(far.counting.requests) - before == 1
    pointers.set_note(writer.project(), "iv3", 0, "new")
    writer.log("iv3", metadata={"n": 2})
    ((news,), moved) = watcher.look()
    assert (news.names, news.made, moved) == (frozenset({"iv3"}), {("iv3", 1)}, False)
    far.is_down = True
    assert watcher.look() == ([], False)
    far.is_down = False
    writer.log("iv4")
    ((news,), _) = watcher.look()
    assert news.made == {("iv4", 0)}


def test_what_effects_are_news_of() -> None:
    news = news_of("vision", [
        fx.NameRenamed("old", "new"), fx.Used("r1", None, "data", 1), fx.RunFinished("r2", "finished"),
        fx.Tagged("iv3", 1, ["a"], []), fx.SweepDone("s"), fx.Undeleted("iv5", 2),
    ])  # fmt: skip
    assert news == News("vision", frozenset({"old", "new", "data", "iv3", "iv5"}), frozenset({"r1", "r2"}))


async def test_the_ui_goes_on_while_a_far_store_is_away_and_catches_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(breaker, "PAUSE", 0.0)
    monkeypatch.setattr("tui.widgets.banner._TRY", 0.5)
    far = Far()
    (tmp_path / "shop").mkdir()
    writer = Shop(tmp_path / "shop", far.open())
    writer.log("iv3", metadata={"n": 1})
    writer.log("iv3", metadata={"n": 2})
    async with showing(Shop(tmp_path / "shop", far.open()), "vision/iv3:v0", (80, 24)) as pilot:
        far.is_down = True
        await until(pilot, lambda: "out of reach" in frame(pilot)[1])
        await press(pilot, "k")
        assert "iv3:v1" in frame(pilot)[0]
        far.is_down = False
        writer.log("iv3", metadata={"n": 3})
        await until(pilot, lambda: "v2 " in text(pilot))
        assert "out of reach" not in text(pilot)
