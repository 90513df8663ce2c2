"""What is typed right after a key that opens a line to type in is text, however fast it comes."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from tests.tui.showing import Shop, showing, text


@pytest.mark.parametrize(("opener", "shown"), [("slash", "of 4"), ("a", "alias for")])
async def test_a_burst_of_letters_is_not_taken_for_commands(shop: Shop, opener: str, shown: str) -> None:
    async with showing(shop, "vision/classifier") as pilot:
        app = pilot.app
        for key in (opener, "a", "c", "q", "e"):
            app.post_message(events.Key(key, "/" if key == "slash" else key))
        await pilot.pause()
        await pilot.pause(0.2)
        assert app.is_running
        assert shown in text(pilot)
        assert isinstance(app.focused, Input)
        assert app.focused.value == "acqe"
