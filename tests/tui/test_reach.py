"""A store that is out of reach for a while: a banner says so, and what was known stays on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvfs.catalog import pointers
from mvfs.store.backend import breaker
from tests.tui.showing import Shop, frame, press, said, showing, text, until
from tests.unit.unreachable import Far
from tui.widgets import banner


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Far:
    monkeypatch.setattr(breaker, "PAUSE", 0.0)
    monkeypatch.setattr(banner, "_TRY", 1.0)
    return Far()


@pytest.fixture
def shop(far: Far, tmp_path: Path) -> Shop:
    folder = tmp_path / "shop"
    folder.mkdir()
    shop = Shop(folder, far.open())
    shop.log("classifier", note="as it was", metadata={"acc": 0.5})
    shop.log("classifier", metadata={"acc": 0.6})
    return shop


async def test_a_banner_comes_and_goes(far: Far, shop: Shop) -> None:
    writer = far.open().project("vision")
    async with showing(shop, "vision/classifier:v0", (80, 24)) as pilot:
        assert "out of reach" not in text(pilot)
        assert any("as it was" in row for row in frame(pilot))
        far.is_down = True
        await press(pilot, "r")
        await until(pilot, lambda: "✗ out of reach" in frame(pilot)[1])
        assert "showing what was known at " in frame(pilot)[1]
        await until(pilot, lambda: "read again" not in said(pilot, "footer"))
        assert any("as it was" in row for row in frame(pilot))  # not the whole row, which tells an age
        await press(pilot, "j", "k", "tab", "tab")
        assert "vision" in text(pilot)
        far.is_down = False
        pointers.set_note(writer, "classifier", 0, "changed meanwhile")
        await until(pilot, lambda: "out of reach" not in text(pilot))
        await until(pilot, lambda: "changed meanwhile" in text(pilot))


async def test_a_change_is_refused(far: Far, shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v0", (80, 24)) as pilot:
        far.is_down = True
        await press(pilot, "e", *"lost", "ctrl+s")
        await until(pilot, lambda: frame(pilot)[-1].startswith(" ✗ cannot"))
        assert "lost" in text(pilot)  # what was typed is not
        far.is_down = False
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: "saved" in said(pilot, "footer"))


async def test_opened_while_it_is_out_of_reach(far: Far, shop: Shop) -> None:
    far.is_down = True
    async with showing(Shop(shop.folder, far.open()), "vision/classifier", (80, 24)) as pilot:
        assert "✗ out of reach" in frame(pilot)[1]
        assert "as it was" in text(pilot)
