"""Every action of the registry is done by each of its keys: what is on the screen, before and after."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mvfs.catalog import runs
from tests.tui.showing import UI, Shop, press, showing, text
from tests.tui.training import trained
from tui import keys
from tui.app import MvfsApp
from tui.place import Place
from tui.screens.view import View

V, N = "vision/model/classifier", "vision/model/net"
TRAIN = f"diff {N}:v1/train.py {N}:v2/train.py"
CONFIG = f"diff {N}:v1/config.json {N}:v2/config.json"
SIZE = (120, 40)


def app(ui: UI) -> MvfsApp:
    assert isinstance(ui.app, MvfsApp)
    return ui.app


def at(ui: UI) -> str:
    """The label of the version under the cursor."""
    return (app(ui).view.subject() or "").rpartition(":")[2]


def where(ui: UI) -> str:
    return str(app(ui).view.where())


def view(ui: UI) -> str:
    return app(ui).view.WORD


def focus(ui: UI) -> str:
    return (app(ui).focused and app(ui).focused.id) or ""  # type: ignore[union-attr]


def box(ui: UI) -> str:
    return "" if isinstance(app(ui).screen, View) else type(app(ui).screen).__name__


def line(ui: UI) -> str:
    """What the line to type in is for."""
    return app(ui).view.prompt.kind


def marked(ui: UI) -> list[str]:
    return [ref.rpartition(":")[2] for ref in app(ui).view.marked_refs()]


def unlocked(ui: UI) -> bool:
    return app(ui).is_unlocked


def footer(ui: UI) -> str:
    return text(ui).splitlines()[-1].strip()


def row(ui: UI) -> int:
    """The number of the row under the cursor."""
    found = app(ui).view.rows
    return -1 if found is None else found.cursor


def has_ended(ui: UI) -> bool:
    return bool(app(ui)._exit)


def has(words: str) -> Callable[[UI], bool]:
    return lambda ui: words in text(ui)


@dataclass(frozen=True)
class Scenario:
    """Where an action is done, what is pressed before it, and what then becomes of what."""

    place: str
    seen: Callable[[UI], object]
    becomes: object
    before: str = ""


SCENARIOS = {
    # Move
    "down": Scenario(f"{V}:v20", at, "v19"),
    "up": Scenario(f"{V}:v20", at, "v21"),
    "half_down": Scenario(f"{V}:v40", at, "v22"),
    "half_up": Scenario(f"{V}:v20", at, "v38"),
    "page_down": Scenario(f"{V}:v50", at, "v15"),
    "page_up": Scenario(f"{V}:v5", at, "v40"),
    "first": Scenario(f"{V}:v20", at, "v59"),
    "last": Scenario(f"{V}:v20", at, "v0"),
    "open": Scenario(f"{V}:v20", focus, "details"),
    "back": Scenario(f"{V}:v20", where, f"{V}:v50", "slash 5 0 enter"),
    "next_pane": Scenario(f"{V}:v20", focus, "details"),
    "previous_pane": Scenario(f"{V}:v20", focus, "tree"),
    "next_match": Scenario(f"{V}:v20", at, "v14", "slash 1 4 enter escape g"),
    "previous_match": Scenario(f"{V}:v20", at, "v14", "slash 1 4 enter escape G"),
    # Go
    "view_browse": Scenario("runs vision", view, "browse"),
    "view_runs": Scenario(f"{V}:v20", where, "runs vision"),
    "view_lineage": Scenario(f"{V}:v20", where, f"lineage {V}:v20"),
    "view_diff": Scenario(f"{V}:v20", where, f"diff {V}:v19 {V}:v20"),
    "view_file": Scenario(f"{V}:v20", where, f"file {V}:v20"),
    "jump": Scenario(f"{V}:v20", line, "jump"),
    "earlier": Scenario(f"{V}:v20", where, f"{V}:v20", "2"),
    "later": Scenario(f"{V}:v20", view, "runs", "2 left_square_bracket"),
    "last_place": Scenario(f"{V}:v20", where, "runs vision", "2 left_square_bracket"),
    # Look
    "filter": Scenario(f"{V}:v20", line, "filter"),
    "sort": Scenario(f"{V}:v20", box, "SortBox"),
    "mark": Scenario(f"{V}:v20", marked, ["v20"]),
    "copy": Scenario(f"{V}:v20", box, "CopyBox"),
    "refresh": Scenario(f"{V}:v20", footer, "✓ read again"),
    "unlock": Scenario(f"{V}:v20", unlocked, False),
    "palette": Scenario(f"{V}:v20", box, "PaletteBox"),
    "help": Scenario(f"{V}:v20", box, "HelpBox"),
    "quit": Scenario(f"{V}:v20", has_ended, True),
    # Details
    "details_alone": Scenario(f"{V}:v20", where, f"{V}:v20 as:details"),
    "next_version": Scenario(f"{V}:v20", at, "v19", "enter"),
    "previous_version": Scenario(f"{V}:v20", at, "v21", "enter"),
    # Runs
    "columns": Scenario("runs vision", box, "ColumnBox"),
    "curves": Scenario("runs vision", where, "runs vision as:curves"),
    "log_axis": Scenario("runs vision as:curves", has("curves over steps, log"), True),
    "time_axis": Scenario("runs vision as:curves", has("curves over time"), True),
    # Lineage
    "parent": Scenario(f"lineage {N}:v2", at, "v0", "G"),
    "child": Scenario(f"lineage {N}:v2", at, "v2", "g"),
    "shape": Scenario(f"lineage {N}:v2", where, f"lineage {N}:v2 as:graph"),
    "explode": Scenario(f"lineage {N}:v2", where, f"lineage {N}:v2 as:runs"),
    "direction": Scenario(f"lineage {N}:v2", where, f"lineage {N}:v2 as:up"),
    "deeper": Scenario(f"lineage {N}:v2", where, f"lineage {N}:v2 as:6"),
    "shallower": Scenario(f"lineage {N}:v2", where, f"lineage {N}:v2 as:4"),
    # Diff
    "next_difference": Scenario(TRAIN, row, 5, "g"),
    "previous_difference": Scenario(TRAIN, row, 5, "g n n"),
    "toggle_split": Scenario(TRAIN, where, f"{TRAIN} as:unified"),
    "by_line": Scenario(CONFIG, where, f"{CONFIG} as:lines"),
    "swap": Scenario(f"diff {N}:v1 {N}:v2", where, f"diff {N}:v2 {N}:v1"),
    "slide_right": Scenario(TRAIN, has("from column 9"), True, "H"),
    "slide_left": Scenario(TRAIN, has("from column"), False, "H H L"),
    # File
    "file_as": Scenario(f"file {N}:v2/config.json", where, f"file {N}:v2/config.json as:text"),
    "next_file": Scenario(f"file {N}:v2/config.json", where, f"file {N}:v2/train.py"),
    "previous_file": Scenario(f"file {N}:v2/train.py", where, f"file {N}:v2/config.json"),
    # Change
    "note": Scenario(f"{V}:v20", box, "NoteBox"),
    "alias": Scenario(f"{V}:v20", box, "AliasBox"),
    "tags": Scenario(f"{V}:v20", box, "TagsBox"),
    "metadata": Scenario(f"{V}:v20", box, "MetadataBox"),
    "best": Scenario(f"{V}:v20", box, "BestBox"),
    "delete": Scenario(f"{V}:v20", box, "DeleteBox"),
    "trash": Scenario(f"{V}:v20", box, "TrashBox"),
    "undo": Scenario(f"{V}:v20", footer, "✓ undone: tags of classifier:v20", "t x enter"),
    "get": Scenario(f"{V}:v20", box, "GetBox"),
    "transfers": Scenario(f"{N}:v2", box, "CopiesBox", "c enter"),
    "mount": Scenario(f"{V}:v20", box, "MountBox"),
}
"""By the name of the action. What its boxes then do is tested beside each of them."""


@pytest.fixture
def world(empty: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shop:
    """Sixty versions with runs, and something to see in every view."""
    ids = (f"run{number:05}" for number in itertools.count())
    monkeypatch.setattr(runs, "new_run_id", lambda: next(ids))
    monkeypatch.chdir(tmp_path)
    photos = empty.log("photos", type_="dataset", metadata={"images": 1200})
    for number in range(4):
        run = trained(
            empty, f"net-{number}", steps=30, printed=["epoch 1"], lr=0.1 / (number + 1), depth=number
        )
        runs.use(empty.project(), run, empty.project(), photos.name, photos.number)
    empty.many("classifier", 60)
    for number in range(3):
        script = "\n".join(
            f"step {line} of {number if line % 9 == 4 else 'all'} " + "x" * 200 for line in range(40)
        )
        files = {
            "config.json": f'{{"depth": {number}, "width": 7}}',
            "train.py": script,
            "vocab.txt": "a\nb\n",
        }
        empty.log("net", files, run="run00003", metadata={"acc": number / 3})
    return empty


async def arrive(ui: UI, scenario: Scenario) -> None:
    """Have a view as if it was shown for the first time."""
    while box(ui) or line(ui):
        await press(ui, "escape")
    app(ui).is_unlocked = True
    app(ui).go(Place.parse(scenario.place))
    await press(ui)
    if view(ui) == "browse" and focus(ui) in ("tree", "details"):
        app(ui).view.query_one("#versions").focus()
        await press(ui)
    if app(ui).view.rows is not None:
        app(ui).view.rows.unmark()
    await press(ui, *scenario.before.split())


def test_every_action_has_a_scenario() -> None:
    assert {*SCENARIOS} == {action.name for action in keys.ACTIONS}


VIEWS = sorted({Place.parse(one.place).view for one in SCENARIOS.values()})


@pytest.mark.parametrize("word", VIEWS)
async def test_every_key_does_what_is_said_of_it(world: Shop, word: str) -> None:
    here = [name for name, one in SCENARIOS.items() if Place.parse(one.place).view == word and name != "quit"]
    async with showing(world, SCENARIOS[here[0]].place, SIZE) as ui:
        for name in here:
            for key in pressed(name, word):
                await check(ui, name, key)


@pytest.mark.parametrize("key", keys.find("quit").keys)
async def test_every_key_to_leave(world: Shop, key: str) -> None:
    async with showing(world, SCENARIOS["quit"].place, SIZE) as ui:
        await check(ui, "quit", key)


def pressed(name: str, word: str) -> tuple[str, ...]:
    """All keys of an action; in the view of its scenario it has all of them."""
    found = next(action.keys for action in keys.of(word) if action.name == name)
    assert found == keys.find(name).keys
    return found


async def check(ui: UI, name: str, key: str) -> None:
    scenario = SCENARIOS[name]
    await arrive(ui, scenario)
    assert scenario.seen(ui) != scenario.becomes, f"{name} would change nothing:\n{text(ui)}"
    await press(ui, key)
    assert scenario.seen(ui) == scenario.becomes, f"{name} by {key}: {footer(ui)}\n{text(ui)}"
