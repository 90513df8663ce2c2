"""The view of one run, by its keys."""

from __future__ import annotations

from mvfs.catalog import runs
from tests.tui.showing import UI, Shop, press, said, showing, text, until
from tests.tui.training import points, trained
from tui.screens.run import RunScreen


def screen(pilot: UI) -> RunScreen:
    found = pilot.app.screen
    assert isinstance(found, RunScreen)
    return found


async def test_a_run_by_id_by_name_and_by_a_path(empty: Shop) -> None:
    run = trained(empty, "alpha", lr=0.1)
    for ref in (f"vision:{run}", f"vision/{run}", "vision:alpha"):
        async with showing(empty, f"run {ref}", (140, 40)) as pilot:
            assert "alpha  ✓ finished" in text(pilot)
            assert "loss" in screen(pilot).grid.curves.metrics
            assert str(screen(pilot).where()) == f"run vision:{run}", "the place has the id"


async def test_what_is_no_run_is_told(empty: Shop) -> None:
    trained(empty, "twin")
    trained(empty, "twin")
    for ref, reason in (
        ("vision:nobody", "no run 'nobody'"),
        ("vision:twin", "2 runs"),
        ("nobody", "no run;"),
    ):
        async with showing(empty, f"run {ref}") as pilot:
            assert reason in said(pilot, "footer")


async def test_long_sections_open_and_rows_are_filtered(empty: Shop) -> None:
    printed = [f"step {n}" for n in range(60)]
    run = trained(
        empty, "alpha", printed=printed, metrics=[f"m{n:02}" for n in range(30)], wide={"a": [1, 2]}
    )
    async with showing(empty, f"run vision:{run}", (140, 60)) as pilot:
        lines = screen(pilot).lines
        assert "step 59" in text(pilot), "the last lines are shown"
        assert "step 40" not in text(pilot)
        assert lines.move_to(("more", "summary"))
        await press(pilot, "enter")
        assert "m29" in text(pilot)
        assert lines.move_to(("more", "output"))
        await press(pilot, "enter", "slash")
        pilot.app.focused.value = "step 3"  # type: ignore[union-attr]
        await press(pilot, "enter")
        assert [row.spans[0][0] for row in lines._shown] == [f"step {n}" for n in range(60) if "3" in str(n)]
        assert screen(pilot).where().filter == "step 3"
        await press(pilot, "escape")
        assert screen(pilot).where().filter == ""


async def test_curves_beside_the_rows_and_alone(empty: Shop) -> None:
    run = trained(empty, "alpha")
    async with showing(empty, f"run vision:{run}", (140, 40)) as pilot:
        view = screen(pilot)
        assert "alpha" in text(pilot)
        assert view.grid.size.width < 100
        await press(pilot, "v")
        assert view.where().shape == "curves"
        assert view.grid.has_focus
        assert view.grid.size.width > 120
        await press(pilot, "enter", "X", "T")
        assert view.grid.is_large
        assert "over time, log" in said(pilot, "side-title")
        await press(pilot, "escape", "escape")
        assert view.lines.has_focus
        assert view.where().shape == ""
        await press(pilot, "tab")
        assert view.grid.has_focus
        await press(pilot, "tab")
        assert view.lines.has_focus
        await press(pilot, "escape")
        assert str(pilot.app.screen.where()) == "runs vision", "with nowhere to go back to"  # type: ignore[attr-defined]


async def test_a_place_says_which_pane_is_seen(empty: Shop) -> None:
    run = trained(empty, "alpha")
    async with showing(empty, f"run vision:{run} as:curves", (100, 30)) as pilot:
        assert screen(pilot).grid.has_focus
        assert screen(pilot).grid.size.width > 90
        await press(pilot, "v")
        assert screen(pilot).lines.has_focus
    async with showing(empty, "runs vision as:curves", (60, 20)) as pilot:
        assert "curves over steps" in text(pilot)
        await press(pilot, "escape")
        assert "1 run" in text(pilot)


async def test_in_a_narrow_terminal_there_is_one_pane(empty: Shop) -> None:
    run = trained(empty, "alpha")
    async with showing(empty, f"run vision:{run}", (60, 20)) as pilot:
        assert "curves" not in text(pilot).splitlines()[1]
        await press(pilot, "tab")
        assert "curves over steps" in text(pilot)
        assert "alpha  ✓" not in text(pilot)
        await press(pilot, "tab")
        assert "alpha  ✓" in text(pilot)


async def test_a_run_at_work_is_followed_to_its_end(empty: Shop) -> None:
    run = trained(empty, "omega", state="running")
    async with showing(empty, f"run vision:{run}", (140, 40)) as pilot:
        view = screen(pilot)
        assert "▶ running" in text(pilot)
        assert "so far" in text(pilot)
        points(empty, run, 77)
        runs.finish(empty.project(), run, {"loss": 0.5}, "finished")
        view._look_at = 0
        view.look()
        await until(pilot, lambda: "✓ finished" in text(pilot))
        await until(pilot, lambda: view.grid.curves.histories[run].curves["loss"].points == 77)
        assert not view.is_live()


async def test_keys_turn_from_models_to_runs_and_back(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "2")
        assert str(pilot.app.screen.where()) == "runs vision"  # type: ignore[attr-defined]
        assert "run-3" in text(pilot)
        await press(pilot, "enter")
        assert screen(pilot).subject() == "vision/model/classifier:v3"
        assert screen(pilot).reason_against("mark") == "there is nothing to mark"
        await press(pilot, "y")
        assert "mvfs run show vision/" in text(pilot)
        await press(pilot, "escape", "1")
        assert "classifier" in str(pilot.app.screen.where())  # type: ignore[attr-defined]


async def test_a_run_that_made_nothing_leads_nowhere(empty: Shop) -> None:
    run = trained(empty, "alpha")
    async with showing(empty, f"run vision:{run}") as pilot:
        assert screen(pilot).reason_against("view_lineage") == "the run made no version"
