"""The view of runs, by its keys: what they do is on the screen afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mvfs.catalog import liveness, runs
from mvfs.catalog.catalog import open_catalog
from mvfs.index import queries
from mvfs.settings import StoreLocation
from tests.tui.showing import UI, Shop, press, said, settle, showing, text, until
from tests.tui.training import WRITER, points, trained
from tui.place import Place
from tui.screens.runs import RunsScreen
from tui.screens.sorting import KeyList
from tui.viewmodel.run_columns import Key
from tui.widgets.field import SafeInput


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with five runs in one project, made once."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "shop").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MVFS_CACHE_DIR", str(folder / "cache"))
        patched.setenv("MVFS_STATE_DIR", str(folder / "state"))
        _fill(Shop(folder / "shop", open_catalog(StoreLocation(folder / "store", None))))
    return folder / "store"


def _fill(shop: Shop) -> None:
    shop.log("photos", type_="dataset")
    trained(shop, "alpha", lr=0.1, seed=1, opt="sgd")
    facts = {"argv": ["train.py", "--lr", "0.01"], "git": {"commit": "c0ffee" * 6, "branch": "main"}}
    printed = ["step 1", "out of memory"]
    beta = trained(shop, "beta", lr=0.01, seed=2, opt="adam", made=True, printed=printed, facts=facts)
    runs.use(shop.project(), beta, shop.project(), "photos", 0)
    trained(shop, "gamma", lr=0.001, seed=3, opt="adam", state="failed")
    trained(shop, "delta", lr=0.5, seed=4, opt="sgd", state="crashed")
    trained(shop, "omega", lr=0.2, seed=5, opt="sgd", state="running")


@pytest.fixture
def lab(filled: Path, tmp_path: Path) -> Shop:
    """A copy of it."""
    shutil.copytree(filled, tmp_path / "store")
    (tmp_path / "shop").mkdir()
    return Shop(tmp_path / "shop", open_catalog(StoreLocation(tmp_path / "store", None)))


def screen(pilot: UI) -> RunsScreen:
    found = pilot.app.screen
    assert isinstance(found, RunsScreen)
    return found


def names(pilot: UI) -> list[str]:
    return [row.name for row in screen(pilot).run_list._shown]


async def test_the_table_shows_what_tells_runs_apart(lab: Shop) -> None:
    async with showing(lab, "runs vision", (140, 30)) as pilot:
        assert names(pilot) == ["omega", "delta", "gamma", "beta", "alpha"]
        shown = text(pilot)
        assert "▶ running" in shown
        assert "✗ crashed" in shown
        assert "✗ failed" in shown
        header = next(row for row in shown.splitlines() if " age " in row)
        assert {"acc", "loss", "lr", "opt"} <= set(header.split())
        assert "5 runs" in said(pilot, "table-title")


async def test_a_query_finds_runs_and_stays_in_the_place(lab: Shop) -> None:
    async with showing(lab, "runs vision") as pilot:
        await press(pilot, "slash")
        await write(pilot, "config.lr<0.05 state=finished")
        assert names(pilot) == ["beta"]
        assert "1 of 5 runs" in said(pilot, "table-title")
        await press(pilot, "enter")
        assert str(pilot.app.screen.where()) == "runs vision /config.lr<0.05 state=finished"  # type: ignore[attr-defined]
        await press(pilot, "escape")
        assert len(names(pilot)) == 5
        await press(pilot, "n")
        assert screen(pilot).run_list.current.name == "beta", "n goes to what the last query found"  # type: ignore[union-attr]


async def test_half_a_query_says_what_is_missing_and_keeps_the_rows(lab: Shop) -> None:
    async with showing(lab, "runs vision") as pilot:
        await press(pilot, "slash")
        await write(pilot, "state in (failed, crashed")
        assert len(names(pilot)) == 5
        assert "')' is missing" in said(pilot, "table-title")
        await write(pilot, "state in (failed, crashed)")
        assert names(pilot) == ["delta", "gamma"]
        assert "missing" not in said(pilot, "table-title")
        await write(pilot, "acc>")
        assert names(pilot) == ["gamma", "beta", "alpha"], "those that have one"


async def test_a_place_with_a_bad_query_or_order_is_shown_with_the_reason(lab: Shop) -> None:
    for place in ("runs vision /nonsense=3", "runs vision sort:nonsense"):
        async with showing(lab, place) as pilot:
            assert len(names(pilot)) == 5
            assert "nonsense" in said(pilot, "table-title")


async def test_sorting_begins_with_what_is_wanted_and_turns_round(lab: Shop) -> None:
    async with showing(lab, "runs vision") as pilot:
        await sort(pilot, "config.lr")
        assert names(pilot) == ["gamma", "beta", "alpha", "omega", "delta"]
        assert screen(pilot).where().sort == "config.lr"
        assert "↑lr" in text(pilot)
        await sort(pilot, "config.lr")
        assert names(pilot)[0] == "delta"
        await sort(pilot, "summary.val/acc")
        assert screen(pilot).where().sort == "-summary.val/acc", "the largest accuracy first"
        await sort(pilot, "summary.loss")
        assert screen(pilot).where().sort == "summary.loss", "the smallest loss first"


async def sort(pilot: UI, key: str) -> None:
    await press(pilot, "s")
    assert pilot.app.screen.query_one(KeyList).move_to(key)
    await press(pilot, "enter")


async def test_keys_of_values_may_be_written_short(lab: Shop) -> None:
    async with showing(lab, "runs vision sort:-lr /opt=adam acc>.5 !state:finished") as pilot:
        assert names(pilot) == ["gamma"]
    async with showing(lab, "runs vision sort:-lr /opt=sgd") as pilot:
        assert names(pilot) == ["delta", "omega", "alpha"]


async def test_columns_are_chosen_and_remembered(lab: Shop) -> None:
    async with showing(lab, "runs vision") as pilot:
        await press(pilot, "C")
        await write(pilot, "seed")
        await press(pilot, "enter", "escape")
        assert Key("config", "seed") not in screen(pilot).run_list.table.keys  # type: ignore[union-attr]
        assert "seed" not in text(pilot).splitlines()[2]
        await press(pilot, "C")
        await write(pilot, "opt")
        await press(pilot, "down", "up", "enter", "escape")
        assert "opt" not in text(pilot).splitlines()[2]
    async with showing(lab, "runs vision") as pilot:
        assert "seed" not in text(pilot).splitlines()[2], "the next start shows the same columns"
        await press(pilot, "C", "enter")
        assert "seed" in text(pilot).splitlines()[2], "automatic again"


async def test_enter_opens_the_run_and_its_outputs(lab: Shop) -> None:
    async with showing(lab, "runs vision /name=beta", (140, 40)) as pilot:
        shown = text(pilot)
        parts = "▁▂", "↖ photos:v0", "↗ net:v0", "train.py --lr 0.01", "c0ffeec0ffee on main", "out of memory"
        for part in parts:
            assert part in shown
        await press(pilot, "enter")
        where = pilot.app.screen.where()  # type: ignore[attr-defined]
        assert where.view == "run"
        assert where.refs[0].startswith("vision:")
        lines = pilot.app.screen.lines  # type: ignore[attr-defined]
        assert lines.move_to(("outputs", 0))
        await press(pilot, "enter")
        assert str(pilot.app.screen.where()).startswith("vision/model/net:v0")  # type: ignore[attr-defined]
        await press(pilot, "left_square_bracket", "left_square_bracket")
        assert str(screen(pilot).where()) == "runs vision /name=beta"
        assert names(pilot) == ["beta"]


async def test_inputs_in_the_side_pane_lead_to_versions(lab: Shop) -> None:
    async with showing(lab, "runs vision /name=beta", (140, 40)) as pilot:
        await press(pilot, "tab")
        assert screen(pilot).lines.move_to(("inputs", 0))
        await press(pilot, "enter")
        assert str(pilot.app.screen.where()).startswith("vision/dataset/photos:v0")  # type: ignore[attr-defined]


async def test_curves_of_the_marked_runs(lab: Shop) -> None:
    async with showing(lab, "runs vision", (140, 40)) as pilot:
        await press(pilot, "v")
        assert screen(pilot).where().shape == "curves"
        assert "● omega" in said(pilot, "side-title")
        await press(pilot, "space", "j", "space")
        assert "● omega ■ gamma" in said(pilot, "side-title")
        assert "✓●" in text(pilot), "the table says which curve is whose"
        assert {"loss", "val/acc"} == set(screen(pilot).grid.curves.metrics)
        await press(pilot, "escape")
        assert not screen(pilot).run_list.marked
        assert "omega ■" not in said(pilot, "side-title")
        await press(pilot, "v")
        assert screen(pilot).where().shape == ""
        assert "curves" not in said(pilot, "side-title")


async def test_axes_and_the_large_plot(lab: Shop) -> None:
    async with showing(lab, "runs vision as:curves", (140, 40)) as pilot:
        grid = screen(pilot).grid
        await press(pilot, "T")
        assert "over time" in said(pilot, "side-title")
        assert "30 s" in text(pilot)
        await press(pilot, "X")
        assert "over time, log" in said(pilot, "side-title")
        await press(pilot, "X", "T")
        assert "over steps" in said(pilot, "side-title")
        await press(pilot, "tab", "j")
        assert grid.metric == "val/acc"
        assert "▌val/acc" in text(pilot)
        await press(pilot, "enter")
        assert grid.is_large
        assert sum("└" in row for row in text(pilot).splitlines()) == 1, "one plot is seen"
        await press(pilot, "k")
        assert grid.metric == "loss"
        await press(pilot, "escape")
        assert not grid.is_large
        await press(pilot, "escape")
        assert screen(pilot).run_list.has_focus


async def test_a_broken_history_is_told_and_the_others_are_drawn(lab: Shop) -> None:
    project = lab.project()
    found = {run.name: run.id for run in queries.runs(project.index)}
    key = next(i.key for i in project.backend.list("") if f"{found['omega']}/history/" in i.key)
    project.backend.put(key, b"garbage")
    async with showing(lab, "runs vision", (140, 40)) as pilot:
        await press(pilot, "space", "space", "v")
        assert set(screen(pilot).grid.curves.histories) == {found["delta"]}
        assert "history" in said(pilot, "footer")
        assert "loss" in text(pilot)


async def test_the_mouse_chooses_plots_and_runs(lab: Shop) -> None:
    async with showing(lab, "runs vision as:curves", (140, 40)) as pilot:
        grid = screen(pilot).grid
        assert grid.metric == "loss"
        await pilot.click(grid, offset=(60, 4))
        await settle(pilot)
        assert grid.metric == "val/acc"
        await pilot.click(grid, offset=(60, 4), times=2)
        await settle(pilot)
        assert grid.is_large
        await pilot.click(screen(pilot).run_list, offset=(6, 3))
        await settle(pilot)
        assert screen(pilot).run_list.current.name == "beta"  # type: ignore[union-attr]
        assert "● beta" in said(pilot, "side-title")


async def test_axes_are_refused_where_no_curve_is_seen(lab: Shop) -> None:
    async with showing(lab, "runs vision") as pilot:
        await press(pilot, "X")
        assert "v shows them" in said(pilot, "footer")


async def test_runs_that_go_on_are_followed(lab: Shop) -> None:
    async with showing(lab, "runs vision as:curves", (140, 40)) as pilot:
        view = screen(pilot)
        await press(pilot, "j", "j")
        assert view.run_list.current.name == "gamma"  # type: ignore[union-attr]
        omega = next(row for row in view.run_list._shown if row.name == "omega")
        runs.finish(lab.project(), omega.id, {"loss": 0.25}, "finished")
        trained(lab, "zeta", state="running")
        view._look_at = 0
        view.look()
        await until(pilot, lambda: "zeta" in names(pilot))
        assert view.run_list.current.name == "gamma", "the cursor stays"  # type: ignore[union-attr]
        assert next(row for row in view.run_list._shown if row.name == "omega").state == "finished"


async def test_new_points_appear_and_silence_is_noticed(lab: Shop) -> None:
    async with showing(lab, "runs vision as:curves", (140, 40)) as pilot:
        view = screen(pilot)
        omega = view.run_list.current
        assert omega is not None
        assert view.grid.curves.histories[omega.id].curves["loss"].points == 40
        points(lab, omega.id, 90)
        view._look_at = 0
        view.look()
        await until(pilot, lambda: view.grid.curves.histories[omega.id].curves["loss"].points == 90)
        liveness.end(lab.project(), omega.id, WRITER)
        view._look_at = 0
        view.look()
        await until(pilot, lambda: view.run_list.current.state == "crashed")  # type: ignore[union-attr]


async def test_copies_and_turning_to_what_a_run_made(lab: Shop) -> None:
    async with showing(lab, "runs vision /name=beta", (140, 40)) as pilot:
        labels = [choice.label for choice in screen(pilot).copies()]
        assert {"id", "place", "command", "git commit", "config as JSON"} <= set(labels)
        assert screen(pilot).subject() == "vision/net:v0"
        await press(pilot, "y")
        assert "train.py --lr 0.01" in text(pilot)
        await press(pilot, "escape")
    async with showing(lab, "runs vision /name=alpha") as pilot:
        assert screen(pilot).reason_against("view_lineage") == "the run made no version"


async def test_empty_places(empty: Shop) -> None:
    async with showing(empty, "runs") as pilot:
        assert "the store is empty" in text(pilot)
    empty.log("thing")
    async with showing(empty, "runs vision") as pilot:
        assert "there are no runs yet" in text(pilot)
        await press(pilot, "v", "enter", "space", "s", "escape", "C", "escape")
        assert "there are no runs yet" in text(pilot)
    async with showing(empty, "runs nowhere") as pilot:
        assert "nowhere" in said(pilot, "footer")


KEYS = ("tab", "tab", "v", "tab", "space", "tab", "enter", "escape", "v", "enter", "tab", "escape")


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 60)])
async def test_every_size(lab: Shop, size: tuple[int, int]) -> None:
    async with showing(lab, "runs vision", size) as pilot:
        await press(pilot, *KEYS)
        pilot.app.go(Place.parse("runs vision as:curves"))  # type: ignore[attr-defined]
        await press(pilot)
        await pilot.resize_terminal(120, 40)
        await press(pilot)
        assert "vision" in text(pilot)


async def write(pilot: UI, words: str) -> None:
    """Type into the line that has the keys."""
    field = pilot.app.focused
    assert isinstance(field, SafeInput)
    field.value = words
    await press(pilot)
