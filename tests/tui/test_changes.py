"""Notes, aliases and what is copied."""

from __future__ import annotations

import threading

import pytest

from mvfs import notices
from mvfs.catalog import pointers, rules
from mvfs.index.rows import Rule
from tests.tui.showing import UI, Shop, frame, press, said, settle, showing, text
from tui.screens.alias import AliasBox
from tui.screens.browse import BrowseScreen
from tui.screens.conflict import ConflictBox
from tui.screens.note import NoteBox


def note(shop: Shop, number: int) -> str | None:
    shop.project().refresh()
    return shop.project().versions("classifier")[number].note


async def test_a_note_is_written_in_the_box_where_no_editor_can_run(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v2") as pilot:
        await press(pilot, "e")
        assert isinstance(pilot.app.screen, NoteBox)
        await press(pilot, *"good", "ctrl+s")
        assert note(shop, 2) == "good"
        assert "note of classifier:v2 saved" in frame(pilot)[-1]
        assert "good" in text(pilot)


async def test_a_note_left_alone_is_not_written(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1") as pilot:
        seq = shop.project().index.seq
        await press(pilot, "e", "ctrl+s")
        await press(pilot, "e", "escape")
        await press(pilot, "e", "x", "escape")
        assert "not saved" in text(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, BrowseScreen)
        shop.project().refresh()
        assert shop.project().index.seq == seq


async def test_a_note_that_somebody_else_changed_is_not_run_over(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v2") as pilot:
        await press(pilot, "e")
        pointers.set_note(shop.project(), "classifier", 2, "theirs")
        await press(pilot, *"mine", "ctrl+s")
        assert note(shop, 2) == "theirs"
        assert isinstance(pilot.app.screen, ConflictBox)
        shown = text(pilot)
        assert "changed meanwhile by" in shown
        assert "- theirs" in shown
        assert "+ mine" in shown
        await press(pilot, "m")
        assert note(shop, 2) == "mine"


async def set_alias(pilot: UI, alias: str) -> None:
    await press(pilot, "a", *["space" if key == " " else key for key in alias], "enter")


async def test_an_alias_is_set_and_shown(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await set_alias(pilot, "field")
        assert shop.project().aliases("classifier")["field"] == 3
        assert "◇ field" in text(pilot)
        assert "'field' is at classifier:v3" in frame(pilot)[-1]


async def test_an_alias_moves_and_the_box_says_from_where(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "a", *"production")
        assert "moves from v1 to v3" in text(pilot)
        await press(pilot, "enter")
        assert shop.project().aliases("classifier")["production"] == 3


async def test_an_alias_that_somebody_else_moved_is_told_and_can_be_insisted_on(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        pointers.set_aliases(shop.project(), "classifier", 0, ["production"])
        await set_alias(pilot, "production")
        assert isinstance(pilot.app.screen, AliasBox)
        assert "it is at v0 by now, not at v1" in said(pilot, "box-hint")
        assert shop.project().aliases("classifier")["production"] == 0
        await press(pilot, "enter")
        assert shop.project().aliases("classifier")["production"] == 3


async def test_what_the_store_refuses_is_one_line(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        for alias, reason in (
            ("latest", "kept by mvfs"),
            ("a:b", "has a ':'"),
            ("v7", "looks like a version"),
        ):
            await set_alias(pilot, alias)
            assert isinstance(pilot.app.screen, AliasBox)
            assert reason in said(pilot, "box-hint")
            await press(pilot, "escape")
            assert isinstance(pilot.app.screen, BrowseScreen)


async def test_best_is_kept_by_its_rule(shop: Shop) -> None:
    rules.set_rule(shop.project(), "classifier", Rule("acc", "max"))
    async with showing(shop, "vision/classifier:v1") as pilot:
        assert "★ highest acc" in text(pilot)
        await set_alias(pilot, "best")
        assert "kept by the rule acc:max" in said(pilot, "box-hint")


async def test_a_message_leaves_by_itself(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.screens.frame._SAID", 0.05)
    async with showing(shop, "vision/classifier:v1") as pilot:
        await press(pilot, "r")
        await pilot.pause(0.2)
        await settle(pilot)
        assert "q quit" in frame(pilot)[-1]


async def test_what_the_library_has_to_tell_is_shown_above_the_picture(
    shop: Shop, capfd: pytest.CaptureFixture[str]
) -> None:
    async with showing(shop, "vision/classifier:v2") as pilot:
        telling = threading.Thread(target=notices.tell, args=("one writer [b]at a time[/b]\x1b[2J",))
        telling.start()
        telling.join()
        await settle(pilot)
        (shown,) = pilot.app._notifications
        assert shown.message == "one writer [b]at a time[/b]␛[2J"
        assert shown.markup is False
    assert "one writer" not in capfd.readouterr().err
    notices.tell("of no use here")
    assert capfd.readouterr().err == "mvfs: of no use here\n"
