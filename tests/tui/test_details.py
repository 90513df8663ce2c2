"""Everything about a version: each section, what opens, and where one gets to from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvfs.catalog import describing, expiry, linking, pointers, policy, run_objects, runs
from mvfs.catalog.policy import Change
from mvfs.catalog.protection import Insistence
from mvfs.catalog.recording import Draft, log
from mvfs.catalog.referring import scan_references
from mvfs.catalog.rules import set_rule
from mvfs.index.rows import Rule
from tests.tui.showing import UI, Shop, frame, press, showing, text
from tui.screens.browse import BrowseScreen
from tui.viewmodel.details import Fold

NOW = 4_000_000_000_000_000


def screen(pilot: UI) -> BrowseScreen:
    found = pilot.app.screen
    assert isinstance(found, BrowseScreen)
    return found


async def alone(shop: Shop, place: str = "vision/classifier:v3", size: tuple[int, int] = (100, 90)) -> str:
    """The details of a version over the whole screen."""
    async with showing(shop, f"{place} as:details", size) as pilot:
        return text(pilot)


async def test_aliases_have_a_history_with_reasons_and_a_lock(shop: Shop) -> None:
    project = shop.project()
    policy.set_policy(project, "classifier", Change(protect=["production"]))
    insisting = Insistence(force=True, reason="v1 was never tested")
    pointers.set_aliases(project, "classifier", 3, ["production"], insistence=insisting)
    shown = await alone(shop)
    assert "▲ production ▣" in shown
    assert "▲ production  v1 → v3" in shown
    assert "“v1 was never tested”" in shown
    assert "▣ protected" in shown
    assert "by " in shown


async def test_the_rule_of_best_says_where_a_version_ranks(shop: Shop) -> None:
    set_rule(shop.project(), "classifier", Rule("acc", "max"))
    assert "★ 1st of 4" in await alone(shop)
    assert "3rd of 4; v3 has 0.8" in await alone(shop, "vision/classifier:v1")
    set_rule(shop.project(), "classifier", Rule("loss", "min"))
    assert "2nd of 4; v3 has 0.25" in await alone(shop, "vision/classifier:v2")


async def test_a_version_that_lacks_the_metric_is_not_ranked(shop: Shop) -> None:
    shop.log("classifier", metadata={"other": 1})
    set_rule(shop.project(), "classifier", Rule("acc", "max"))
    assert "not ranked; v3 has 0.8" in await alone(shop, "vision/classifier:v4")


async def test_policies_and_time_to_live(shop: Shop) -> None:
    policy.set_policy(shop.project(), "classifier", Change(keep_last=7, ttl=3 * 86_400_000_000))
    expiry.set_expiry(shop.project(), "classifier", 2, NOW)
    shown = await alone(shop, "vision/classifier:v2")
    assert "keeps the newest 7, each for 3 d, and what has an alias" in shown
    assert "expires" in shown
    assert "2096-10-0" in shown


async def test_numbers_have_a_picture_over_the_versions_and_over_the_run(shop: Shop) -> None:
    project = shop.project()
    version = project.version("classifier")
    assert version.run is not None
    rows = [{"_step": step, "loss": 1.0 - step / 10} for step in range(8)]
    run_objects.write_points(project, version.run, run_objects.new_writer(), 0, rows)
    lines = (await alone(shop)).split("\n")
    over_versions = next(row for row in lines if row.strip().startswith("acc"))
    assert "▁" in over_versions
    assert "█" in over_versions
    assert not any(bar in next(row for row in lines if row.strip().startswith("epoch")) for bar in "▁▂▃▄▅▆▇█")
    over_run = next(row for row in lines if row.strip().startswith("loss "))
    assert over_run.index("█") < over_run.index("▁")


async def test_the_run_tells_how_it_was_started_and_its_patch_opens(shop: Shop) -> None:
    project = shop.project()
    facts = {
        "argv": ["train.py", "--name", "a b"], "host": "gpu-3", "user": "ann", "python": "3.11.7", "cpus": 8,
        "git": {"commit": "c0ffee" * 6, "branch": "main", "remote": "https://git.example/x", "dirty": True},
    }  # fmt: skip
    start = runs.RunStart(runs.new_run_id(), "with-code", "train", None, {}, facts)
    runs.start(project, start)
    patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-old line\n+new line\n+more\n"
    run_objects.write_record(project, start.id, run_objects.SURROUNDINGS, "w001", {"diff": patch})
    shop.log("coded", run=start.id)
    async with showing(shop, "vision/coded:v0 as:details", (100, 60)) as pilot:
        shown = text(pilot)
        for part in ("train.py --name 'a b'", "c0ffeec0ffee on main, with changes +2 -1", "ann@gpu-3",
                     "https://git.example/x", "uncommitted.patch"):  # fmt: skip
            assert part in shown, part
        screen(pilot).details.move_to("patch")
        await press(pilot, "enter")
        assert f"file  vision:{start.id}/uncommitted.patch" in frame(pilot)[0]
        assert "+new line" in text(pilot)
        await press(pilot, "escape")
        assert "changes  uncommitted.patch" in text(pilot)
    async with showing(shop, f"file vision:{start.id}/uncommitted.patch", (80, 24)) as pilot:
        assert "+new line" in text(pilot)


async def test_links_and_what_is_said_of_the_name(shop: Shop) -> None:
    project = shop.project()
    source = project.version("classifier")
    linking.link(project, source, shop.project("registry"), "champion")
    describing.describe(project, "classifier", "# Digits\nall of them", ["vit"])
    project.refresh()
    shown = await alone(shop)
    assert "linked as registry/champion:v0" in shown
    assert "about classifier" in shown
    assert "all of them" in shown
    async with showing(shop, "registry/champion:v0 as:details", (100, 60)) as pilot:
        assert "stands for vision/classifier:v3" in text(pilot)
        screen(pilot).details.move_to(("link", 0))
        await press(pilot, "enter")
        assert "vision/model/classifier:v3" in frame(pilot)[0]


async def test_users_lead_to_what_they_made(shop: Shop) -> None:
    project = shop.project()
    run = shop.run("evaluate")
    runs.use(project, run, project, "classifier", 3)
    shop.log("scores", type_="result", run=run)
    async with showing(shop, "vision/classifier:v3 as:details", (100, 90)) as pilot:
        assert "↘ scores:v0" in text(pilot)
        screen(pilot).details.move_to(("made", 0, "scores", 0))
        await press(pilot, "enter")
        assert "vision/result/scores:v0" in frame(pilot)[0]


async def test_values_fold_and_stay_folded_when_the_version_is_read_again(shop: Shop) -> None:
    shop.log("nested", metadata={"deep": {"er": {"value": 7}}, "many": list(range(30))})
    async with showing(shop, "vision/nested:v0 as:details", (100, 60)) as pilot:
        assert "value  7" in text(pilot)
        assert "[30 items]" in text(pilot)
        screen(pilot).details.move_to(("metadata", "deep"))
        await press(pilot, "enter")
        assert "value  7" not in text(pilot)
        await press(pilot, "r")
        assert "{1 key}" in text(pilot)
        screen(pilot).details.move_to(("metadata", "many"))
        await press(pilot, "enter")
        details = screen(pilot).details.details
        assert details is not None
        assert details.bounds.folds == {Fold("metadata", ("deep",)), Fold("metadata", ("many",))}
        assert "… " in text(pilot)


async def test_a_long_note_is_shown_in_part_and_then_whole(shop: Shop) -> None:
    shop.log("noted", note="\n".join(f"line {n}" for n in range(60)))
    async with showing(shop, "vision/noted:v0 as:details", (80, 100)) as pilot:
        assert "line 40" not in text(pilot)
        assert "… 46 lines more" in text(pilot)
        screen(pilot).details.move_to(("more", "note"))
        await press(pilot, "enter")
        assert "line 59" in text(pilot)


async def test_references_say_where_they_lead_and_can_be_looked_into(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(tmp_path))
    (tmp_path / "out.txt").write_text("outside of the store")
    scanned = scan_references((tmp_path / "out.txt").as_uri())
    log(shop.project(), Draft("outer", "dataset", scanned))
    async with showing(shop, "vision/outer:v0 as:details", (120, 60)) as pilot:
        assert "↗ out.txt" in text(pilot)
        assert "file:///" in text(pilot)
        screen(pilot).details.move_to(("uri", "out.txt"))
        await press(pilot, "enter")
        assert "outside of the store" in text(pilot)
        assert "↗ file:///" in frame(pilot)[1]
        (tmp_path / "out.txt").write_text("something else entirely")
        await press(pilot, "r")
        assert "out.txt' is a reference: " in text(pilot)
        assert "outside of the store" not in text(pilot)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (140, 40)])
async def test_v_gives_the_details_the_whole_screen_and_takes_it_back(
    shop: Shop, size: tuple[int, int]
) -> None:
    async with showing(shop, "vision/classifier:v3", size) as pilot:
        await press(pilot, "v")
        assert screen(pilot).panes.shown == ("details",)
        assert str(screen(pilot).place) == "vision/model/classifier:v3 as:details"
        assert "classifier:v3" in frame(pilot)[2]
        await press(pilot, "J")
        assert "classifier:v2" in frame(pilot)[2]
        await press(pilot, "K", "escape")
        assert screen(pilot).panes.pane == "details"
        assert str(screen(pilot).place) == "vision/model/classifier:v3"
