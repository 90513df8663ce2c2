"""What is left on a terminal by many small repaints is what one large one would show."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pyte
import pytest
from textual._compositor import CompositorUpdate
from textual.geometry import Size
from textual.pilot import Pilot

from tests.tui.showing import Shop, press, settle
from tui import app
from tui.opening import open_at
from tui.place import Place
from tui.sparing import SparingUpdate

SIZE = Size(120, 40)

WALK = [
    *("j", "j", "k", "down", "up", "pagedown", "pagedown", "pageup", "ctrl+d", "left", "right", "g", "G"),
    *("J", "K", "tab", "tab", "enter", "space", "slash v 1 enter", "slash a c c enter", "escape", "escape"),
    *("v", "1", "1", "2", "3", "5", "question_mark"),
]
"""Keys that go about and change nothing in the store."""

_AGE = 9_000_000_000_000
"""Nanoseconds by which all is older: ages of hours stay as they are while one looks."""


@pytest.fixture(autouse=True)
def _of_all_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


class Watched(app.MvfsApp):
    """The UI, with a terminal that pyte emulates."""

    CSS_PATH = Path(app.__file__).with_name("app.tcss")

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.terminal = pyte.Screen(*SIZE)
        self._stream = pyte.Stream(self.terminal)

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        if isinstance(renderable, CompositorUpdate) and not self._batch_count:
            self._stream.feed(SparingUpdate(renderable, self._sheet).render_segments(self.console))

    def cells(self) -> list[list[Any]]:
        """What the terminal shows: characters with colours."""
        return [[self.terminal.buffer[y][x] for x in range(SIZE.width)] for y in range(SIZE.height)]

    def paint(self) -> None:
        """Send everything again, and nothing as it was rendered before."""
        for screen in self.screen_stack:
            for widget in screen.walk_children(with_self=True):
                widget._styles_cache.clear()
        update = self.screen._compositor.render_update(full=True, screen_stack=self._background_screens)
        self._stream.feed(update.render_segments(self.console))  # type: ignore[union-attr]


async def agree(pilot: Pilot[None], pressed: list[str]) -> None:
    """Check that the terminal shows what it would show if it were painted anew."""
    ui = pilot.app
    assert isinstance(ui, Watched)
    await settle(pilot)
    await pilot.pause(0.05)
    shown, left = list(ui.terminal.display), ui.cells()
    ui.paint()
    for y, (one, other) in enumerate(zip(left, ui.cells(), strict=True)):
        assert one == other, f"row {y} after {pressed}:\n{shown[y]}\n{ui.terminal.display[y]}"


@pytest.mark.parametrize("seed", range(3))
async def test_small_repaints_add_up_to_the_whole(
    empty: Shop, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns
    with monkeypatch.context() as past:
        past.setattr(time, "time_ns", lambda: now() - _AGE)
        for number in range(60):
            empty.log(f"n{number:02}", metadata={"acc": number / 60}, note="한글 note" * (number % 3))
        for number in range(3):
            empty.run(f"run {number}", lr=10**-number)
        empty.many("iv3", 300)
    chance, pressed = random.Random(seed), list[str]()
    ui = Watched(open_at(empty.catalog, Place.parse("vision/iv3")))
    async with ui.run_test(size=SIZE) as pilot:
        await agree(pilot, pressed)
        for _ in range(30):
            pressed.append(chance.choice(WALK))
            await press(pilot, *pressed[-1].split())
            await agree(pilot, pressed)


async def test_what_somebody_else_wrote_there_is_painted_over(shop: Shop) -> None:
    ui = Watched(open_at(shop.catalog, Place.parse("vision/classifier")))
    async with ui.run_test(size=SIZE) as pilot:
        await agree(pilot, [])
        pyte.Stream(ui.terminal).feed("\x1b[3;3HGARBAGE\x1b[20;60HGARBAGE")
        await press(pilot, "ctrl+l")
        await agree(pilot, ["ctrl+l"])
        assert "GARBAGE" not in "".join(ui.terminal.display)
