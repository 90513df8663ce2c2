"""Themes, help, and the UI where there is no colour."""

from __future__ import annotations

import pytest

from tests.tui.showing import Shop, frame, press, showing, text
from tui import theme
from tui.screens.browse import BrowseScreen
from tui.screens.help import HelpBox


@pytest.mark.parametrize("variable", ["NO_COLOR", "SSH_TTY"])
async def test_without_colour_and_over_ssh_everything_is_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    async with showing(shop, "vision/classifier:v1") as pilot:
        assert pilot.app.theme == theme.ANSI
        assert "▲ production" in text(pilot)
        assert "▌v1" in text(pilot)
        for keys in ("y", "a", "e", "question_mark"):
            await press(pilot, keys)
            await press(pilot, "escape")
        assert isinstance(pilot.app.screen, BrowseScreen)


async def test_help_opens_searches_and_closes(shop: Shop) -> None:
    async with showing(shop, size=(80, 24)) as pilot:
        await press(pilot, "question_mark")
        assert isinstance(pilot.app.screen, HelpBox)
        await press(pilot, *"alias")
        assert "point an alias at this version" in text(pilot)
        assert "half a page" not in text(pilot)
        await press(pilot, "down", "up", "pagedown", "escape")
        assert isinstance(pilot.app.screen, BrowseScreen)


async def test_the_footer_follows_the_pane(shop: Shop) -> None:
    async with showing(shop) as pilot:
        assert "e note" not in frame(pilot)[-1]
        await press(pilot, "tab")
        assert "e note" in frame(pilot)[-1]
        await press(pilot, "tab")
        assert "esc back" in frame(pilot)[-1]


async def test_q_quits(shop: Shop) -> None:
    async with showing(shop) as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert not pilot.app.is_running or pilot.app._exit
