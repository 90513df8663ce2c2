"""Sizes of the terminal, lines drawn by the mouse, and ASCII."""

from __future__ import annotations

import itertools

import pytest
from textual import events

from tests.tui.showing import Shop, frame, press, settle, showing, text
from tui.screens.browse import BrowseScreen
from tui.widgets.panes import NAMES, visible, widths


async def test_any_size_can_become_any_other(shop: Shop) -> None:
    sizes = itertools.cycle([(300, 80), (59, 14), (60, 15), (20, 4), (112, 30), (80, 24), (200, 12)])
    async with showing(shop, "vision/classifier:v1", (120, 40)) as pilot:
        for keys in (
            "g",
            "question_mark",
            "escape slash",
            "escape y",
            "escape colon",
            "escape s",
            "escape tab",
        ):
            await press(pilot, *keys.split())
            for size in (next(sizes), (40, 10), next(sizes)):
                await pilot.resize_terminal(*size)
                await settle(pilot)
                rows = frame(pilot)
                assert (len(rows), len(rows[0])) == (size[1], size[0])


async def test_small_screens_show_one_pane(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1", (59, 20)) as pilot:
        assert "projects" not in text(pilot)
        await pilot.resize_terminal(80, 14)
        await settle(pilot)
        assert "projects" not in text(pilot)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "projects" in text(pilot)
        assert "classifier:v1" in frame(pilot)[0]


@pytest.mark.parametrize("width", [60, 80, 112, 120, 300])
@pytest.mark.parametrize("pane", NAMES)
@pytest.mark.parametrize(
    "drawn", [{}, {"tree": 1, "details": 500}, {"tree": 500}, {"tree": 40, "details": 40}]
)
def test_panes_fill_the_screen(width: int, pane: str, drawn: dict[str, int]) -> None:
    shown = visible(width, pane)
    room = widths(width, shown, drawn)
    assert sum(room.values()) == width
    assert min(room.values()) >= 12


async def test_a_line_between_panes_is_drawn_by_the_mouse(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1", (130, 30)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        pane = screen.query_one("#versions-pane")
        before = pane.region.x
        for kind, x in (
            (events.MouseDown, before),
            (events.MouseMove, before + 12),
            (events.MouseUp, before + 12),
        ):
            await pilot._post_mouse_events([kind], "#panes", offset=(x, 5), button=1)
        await settle(pilot)
        assert pane.region.x == before + 12
        assert frame(pilot)[3][before + 12] == "│"
        await pilot._post_mouse_events([events.MouseMove], "#panes", offset=(60, 5), button=1)
        await settle(pilot)
        assert pane.region.x == before + 12


@pytest.mark.parametrize("theme", ["dark", "ansi"])
async def test_ascii_is_ascii(shop: Shop, theme: str) -> None:
    for number in range(40):
        shop.log(f"other-{number}")
    async with showing(shop, "vision/classifier:v3", (120, 20), ascii=True, theme=theme) as pilot:
        for keys in ("g", "tab", "question_mark", "escape y", "escape a", "escape e", "escape", "s", "escape",
                     "slash", "escape", "colon", "escape", "shift+tab", "shift+tab"):  # fmt: skip
            await press(pilot, *keys.split())
            assert text(pilot).isascii(), keys
        assert "* latest" not in text(pilot)
        assert "o latest" in text(pilot)
