"""A frame of the UI as text: what ``mvfs tui --frame`` prints, and what tests compare."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from textual.app import App
from textual.strip import Strip

from tui.background import Background
from tui.screens.view import View

if TYPE_CHECKING:
    from textual.pilot import Pilot

_PATIENCE = 30.0
"""Seconds after which the frame is taken whatever is still being read."""


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until nothing is read any more."""
    quiet = 0
    deadline = time.monotonic() + _PATIENCE
    while quiet < 2 and time.monotonic() < deadline:
        await pilot.pause(0)
        screens = [screen for screen in pilot.app.screen_stack if isinstance(screen, View)]
        busy = any(not worker.is_finished for worker in pilot.app.workers)
        holding = isinstance(pilot.app, Background) and pilot.app.is_holding
        settled = not busy and not holding and all(screen.is_settled for screen in screens)
        quiet = quiet + 1 if settled else 0
        await asyncio.sleep(0 if settled else 0.01)


def strips(app: App[Any]) -> list[Strip]:
    """The rows of the screen as they go to the terminal."""
    update = app.screen._compositor.render_update(  # noqa: SLF001 - there is no public way to a frame
        full=True,
        screen_stack=app._background_screens,  # noqa: SLF001
    )
    return [Strip.join(row) for row in update.strips]  # type: ignore[union-attr]


def plain(app: App[Any]) -> Iterator[str]:
    """The rows without colours, and without spaces at their ends."""
    for strip in strips(app):
        yield strip.text.rstrip()


def coloured(app: App[Any]) -> Iterator[str]:
    """The rows with colours as terminals take them."""
    for strip in strips(app):
        pieces = (
            segment.style.render(segment.text, color_system=ColorSystem.TRUECOLOR)
            if segment.style
            else segment.text
            for segment in strip
        )
        yield "".join(pieces)
