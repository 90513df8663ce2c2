"""Every screen, and every key on each of them: for tests that look at all frames for something."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.hostile import Places
from tests.tui.showing import UI, press
from tui import keys
from tui.app import MvfsApp
from tui.place import Place
from tui.screens.view import View

LEAVING = {
    "quit",
    "view_browse",
    "view_runs",
    "view_lineage",
    "view_diff",
    "view_file",
    "earlier",
    "later",
    "last_place",
    "unlock",
}
"""Actions that end the visit of a view, or of everything."""


def places(there: Places) -> Iterator[Place]:
    """Places of all views in a store that `tests.hostile.fill` filled."""
    old, new = f"{there.name}:v1", f"{there.name}:v2"
    yield Place("browse", (there.project,))
    yield Place("browse", (new,))
    yield Place("browse", (there.linked,))
    yield Place("browse", (new,), shape="details")
    yield Place("runs", (there.project,))
    yield Place("runs", (there.project,), shape="curves")
    for run in (there.runs[0], there.runs[-1]):
        yield Place("run", (run.replace("/", ":"),))
    yield Place("lineage", (new,))
    yield Place("lineage", (new,), shape="graph")
    yield Place("diff", (old, new))
    yield Place("file", (new,))


def files(there: Places) -> Iterator[Place]:
    """Places of all files and of what differs in them."""
    for file in there.files:
        yield Place("file", (f"{there.name}:v2/{file}",))
        yield Place("diff", (f"{there.name}:v1/{file}", f"{there.name}:v2/{file}"))


async def go(pilot: UI, place: Place) -> None:
    """Visit a place from wherever one is."""
    app = pilot.app
    assert isinstance(app, MvfsApp)
    app.go(place)
    await press(pilot)
    assert place.view == app.view.WORD


async def press_everything(pilot: UI, place: Place, look: Callable[[str], None]) -> None:
    """Press the first key of every action of a view once, and look at each frame."""
    app = pilot.app
    assert isinstance(app, MvfsApp)
    await go(pilot, place)
    look(str(place))
    for action in keys.of(place.view):
        if action.name in LEAVING:
            continue
        await press(pilot, action.keys[0])
        look(f"{place} {action.name}")
        for _ in range(5):
            if isinstance(app.screen, View) and not app.view.prompt.kind:
                break
            await press(pilot, "down", "escape")
            look(f"{place} {action.name}, and back")
        if place.view != app.view.WORD:
            await go(pilot, place)
