"""The user's own keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tui.showing import Shop, frame, press, showing, text
from tui import keymap, keys
from tui.screens.browse import BrowseScreen


def write(written: str) -> Path:
    path = keymap.keymap_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(written)
    return path


def test_keys_are_named_by_character_or_name() -> None:
    path = write('filter = "f"\nmark = ["space", "ctrl+space", ","]\ndown = "s"\nsort = "Z"\nhelp = "F1"\n')
    assert keymap.read(path)[0] == {
        "filter": ("f",),
        "mark": ("space", "ctrl+space", "comma"),
        "down": ("s",),
        "sort": ("Z",),
        "help": ("f1",),
    }


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('fliter = "f"', "no such action"),
        ("filter = 7", "a key, or a list of keys"),
        ("filter = []", "a key, or a list of keys"),
        ('filter = "ctlr+f"', "there is no key 'ctlr+f'"),
        ('filter = "banana"', "there is no key 'banana'"),
        ('filter = "y"', "'y' is the key for 'copy' already"),
        ('filter = "j"', "'j' is the key for 'down' already"),
        ("filter = ", "Invalid value"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(entry: str, reason: str) -> None:
    found, trouble = keymap.read(write(entry))
    assert found == {}
    (line,) = trouble
    assert reason in line
    assert "\n" not in line


async def test_own_keys_do_and_are_shown(shop: Shop) -> None:
    write('filter = "f"\nlast = "e"\nnote = "E"\nnonsense = "x"\n')
    async with showing(shop, "vision/classifier:v3") as pilot:
        assert "f filter" in frame(pilot)[-1]
        assert "E note" in frame(pilot)[-1]
        (notice,) = pilot.app._notifications
        assert "nonsense: there is no such action" in notice.message
        await press(pilot, "slash", "G")
        assert "classifier:v3" in frame(pilot)[0]
        await press(pilot, "f", *"0.6", "enter")
        assert "1 of 4" in text(pilot)
        await press(pilot, "escape", "g", "question_mark", *"show only rows")
        assert re.search(r"\bf +show only rows", text(pilot))
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, BrowseScreen)
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "e")
        assert "classifier:v0" in frame(pilot)[0]
    keymap.keymap_file().unlink()
    async with showing(shop, "vision/classifier:v3") as pilot:
        assert "/ filter" in frame(pilot)[-1]
        assert keys.find("filter").keys == ("slash",)
