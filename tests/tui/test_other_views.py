"""Changes and live news in views that know a version only by its ref, and in views that are not shown."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult

from mvfs.catalog import pointers
from tests.tui.showing import Shop, press, showing, text, until
from tui.place import Place
from tui.screens import table, view
from tui.screens.deleting import DeleteBox
from tui.widgets.bars import Bar

_arrivals: list[str] = []


class Plain(view.View):
    """A view of one ref."""

    WORD = "lineage"
    IS_LIVE = True

    def body(self) -> ComposeResult:
        yield Bar(id="plain")

    def arrive(self, place: Place) -> None:
        self._shown = place
        _arrivals.append(str(place))

    def where(self) -> Place:
        return self._shown

    def subject(self) -> str | None:
        return self._shown.refs[0]


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    _arrivals.clear()
    monkeypatch.setitem(table.VIEWS, "lineage", f"{__name__}:Plain")
    monkeypatch.setattr(
        table, "load", lambda word, load=table.load: Plain if word == "lineage" else load(word)
    )
    monkeypatch.setattr("tui.watching.LOCAL", 0.03)


async def test_a_version_known_by_its_ref_is_changed(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "3")
        assert isinstance(pilot.app.screen, Plain)
        await press(pilot, "t", *"seen", "enter")
        shop.project().refresh()
        assert set(shop.project().versions("classifier")[3].tags) == {"ema", "seen"}
        await press(pilot, "u")
        assert "undone" in text(pilot)
        await press(pilot, "x")
        assert isinstance(pilot.app.screen, DeleteBox)
        assert "delete classifier:v3?" in text(pilot)


async def test_a_live_view_is_read_again_and_a_hidden_one_when_it_is_shown(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "3")
        assert len(_arrivals) == 1
        pointers.set_note(shop.project(), "classifier", 3, "news")
        await until(pilot, lambda: len(_arrivals) == 2)
        await press(pilot, "1")
        assert "news" in text(pilot)
        pointers.set_note(shop.project(), "classifier", 3, "later news")
        await until(pilot, lambda: "later news" in text(pilot))
        assert len(_arrivals) == 2
        await press(pilot, "3")
        assert len(_arrivals) == 3
