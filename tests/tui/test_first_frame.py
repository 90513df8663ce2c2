"""What comes first: the frame, and only then the threads that read what it lacks."""

from __future__ import annotations

from typing import Any

import pytest

from mvfs.catalog.catalog import Catalog
from tests.tui.showing import Shop, settle, showing, text
from tui import loading
from tui.app import MvfsApp
from tui.library import Library
from tui.opening import open_at
from tui.place import Place
from tui.reading import facts


async def test_threads_start_when_the_first_frame_is_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    painted, guarded, look = MvfsApp.painted, loading._guarded, Library.projects

    def noting_frame(app: MvfsApp) -> None:
        order.append("frame")
        painted(app)

    def noting_thread(*args: Any) -> None:
        order.append("thread")
        guarded(*args)

    def noting_look(library: Library) -> Any:
        order.append("look")
        return look(library)

    app = MvfsApp(open_at(shop.catalog, Place.parse("vision/classifier")))
    monkeypatch.setattr(MvfsApp, "painted", noting_frame)
    monkeypatch.setattr(loading, "_guarded", noting_thread)
    monkeypatch.setattr(Library, "projects", noting_look)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
    assert order[0] == "frame"
    assert "thread" in order


async def test_the_first_details_are_read_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    found = facts.facts

    def counted(library: Library, project: str, version: Any) -> Any:
        read.append(version.label)
        return found(library, project, version)

    monkeypatch.setattr(facts, "facts", counted)
    async with showing(shop, "vision/classifier:v3", (130, 60)) as pilot:
        assert "● latest" in text(pilot)
    assert read == ["v3"]


async def test_of_what_waits_for_the_frame_the_last_is_done(empty: Shop) -> None:
    done: list[int] = []
    app = MvfsApp(open_at(Catalog(empty.catalog.backend)))
    for number in range(3):
        app.when_painted("count", lambda number=number: done.append(number))  # type: ignore[misc]
    assert app.is_holding
    async with app.run_test() as pilot:
        await settle(pilot)
        assert done == [2]
        app.when_painted("count", lambda: done.append(9))
        assert done == [2, 9]
