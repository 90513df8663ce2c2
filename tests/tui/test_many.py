"""Ten thousand versions."""

from __future__ import annotations

import time

import pytest
from textual.scrollbar import ScrollBar

from tests.tui.showing import Shop, frame, press, showing, text
from tui.screens.browse import BrowseScreen
from tui.widgets.rows import RowList
from tui.widgets.versions import Versions

COUNT = 10_000


@pytest.fixture
def crowd(empty: Shop) -> Shop:
    empty.many("iv3", COUNT)
    return empty


async def test_ten_thousand_versions_are_usable(crowd: Shop) -> None:
    async with showing(crowd, "vision/iv3", (80, 24)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        assert "10,000 versions" in text(pilot)
        assert screen.versions.counts == (COUNT, COUNT)
        await press(pilot, "G")
        assert "iv3:v0" in frame(pilot)[0]
        await press(pilot, "g", "pagedown", "ctrl+d")
        assert "iv3:v9970" in frame(pilot)[0]
        await press(pilot, "slash", *"v1234")
        assert f"1 of {COUNT:,}" in text(pilot)
        began = time.process_time()
        screen.versions.narrow("acc=0.5 v9")
        assert time.process_time() - began < 0.5
        await press(pilot, "escape")
        assert "iv3:v1234" in frame(pilot)[0]


async def test_a_version_far_down_is_shown_at_once(crowd: Shop) -> None:
    async with showing(crowd, "vision/iv3:v5000", (80, 24)) as pilot:
        assert "iv3:v5000" in frame(pilot)[0]
        assert any(row[20:].lstrip(" │▌").startswith("v5000 ") for row in frame(pilot))


async def test_a_move_of_the_cursor_paints_two_rows(crowd: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with showing(crowd, "vision/iv3", (80, 24)) as pilot:
        await press(pilot, "j")
        painted: list[int] = []
        render = Versions.render_line

        def counting(self: Versions, y: int) -> object:
            painted.append(y)
            return render(self, y)

        monkeypatch.setattr(Versions, "render_line", counting)
        await press(pilot, "j")
        assert sorted(set(painted)) == [1, 2]


async def test_a_line_to_type_in_paints_nothing_else_again(
    crowd: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with showing(crowd, "vision/iv3", (120, 24)) as pilot:
        painted: list[tuple[str | None, int]] = []
        render = RowList.render_line

        def counting(self: RowList[object], y: int) -> object:
            painted.append((self.id, y))
            return render(self, y)

        monkeypatch.setattr(RowList, "render_line", counting)
        bars = ScrollBar.render
        monkeypatch.setattr(ScrollBar, "render", lambda self: (painted.append(("bar", 0)), bars(self))[1])
        for keys in (["colon"], ["v", "i"], ["escape"], ["slash"], ["escape"]):
            await press(pilot, *keys)
        assert set(painted) <= {("versions", 0)}
