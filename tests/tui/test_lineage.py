"""The lineage screen by keyboard, over the example of 33 nodes."""

from __future__ import annotations

import base64

import pytest

from mvfs.catalog import liveness, runs
from mvfs.store import effects as fx
from tests.tui.descent import commit, example
from tests.tui.showing import UI, Shop, frame, is_clean, press, said, showing, text, until
from tests.tui.test_evil import EVIL
from tui.place import Place
from tui.reading import lineage as reading
from tui.screens.browse import BrowseScreen
from tui.screens.lineage import LineageScreen
from tui.viewmodel.lineage import Walked


@pytest.fixture
def family(empty: Shop) -> Shop:
    example(empty)
    return empty


def screen(pilot: UI) -> LineageScreen:
    found = pilot.app.screen
    assert isinstance(found, LineageScreen)
    return found


def at(pilot: UI) -> str:
    node = screen(pilot).node
    return "" if node is None else node.name


def place(pilot: UI) -> str:
    return str(screen(pilot).where())


async def go(pilot: UI, where: str) -> None:
    screen(pilot).ui.go(Place.parse(where))
    await press(pilot)


def body(pilot: UI) -> list[str]:
    """The rows between the bars, without age and size."""
    return [row[:90].rstrip() for row in frame(pilot)[2:-2] if row.strip()]


async def test_a_tree_with_cross_links_on_the_version_that_was_asked_for(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:best as:7") as pilot:
        assert body(pilot) == [
            " ◆ corpus:v0  ● latest",
            " └─ ● base:v0",
            "    └─ ● base:v1",
            "       ├─ ● base:v2  ● latest",
            "       │  └─ ● sft:v2  ╾ corpus:v0",
            "       │     └─ ● dpo:v1",
            "       └─ ● sft:v0",
            "          └─ ● sft:v1",
            "             └─ ● dpo:v0",
            "                └─▌● merge:v0 ◀ ○3  ★ best  ╾ dpo:v1",
            "                   ├─ ● int4:v0 ○2  ▲ production",
            "                   └─ ● int8:v0 ○1",
        ]
        assert said(pilot, "lineage-title") == "tree of versions · up and down · depth 7"
        assert said(pilot, "lineage-facts").startswith("● model vision/model/merge:v0 · ")
        assert said(pilot, "lineage-facts").endswith("· 4.0 MiB · by train-10, finished")


async def test_arrows_walk_the_tree_and_unfold_results(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:v0 as:7") as pilot:
        await press(pilot, "l")
        assert "├─ ○ eval-13:v0" in text(pilot)
        assert at(pilot) == "merge:v0"
        await press(pilot, "right")
        assert at(pilot) == "eval-13:v0"
        await press(pilot, "h")
        assert at(pilot) == "merge:v0"
        await press(pilot, "left")
        assert "eval-13" not in text(pilot)
        await press(pilot, "left")
        assert at(pilot) == "dpo:v0"
        await press(pilot, "g", "j", "k", "left")
        assert at(pilot) == "corpus:v0"


async def test_the_graph_walks_along_edges_and_finds_back(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:v0 as:7") as pilot:
        await press(pilot, "v")
        assert place(pilot) == "lineage vision/merge:v0 as:graph,7"
        assert any("─● merge:v0 ◀ ○3  ★ best─┬──● int4" in row for row in frame(pilot))
        await press(pilot, "left", "up", "down")
        assert at(pilot) == "dpo:v1"
        await press(pilot, "left")
        assert at(pilot) == "sft:v2"
        await press(pilot, "left")
        assert at(pilot) == "base:v2"
        await press(pilot, "l", "l", "l")
        assert at(pilot) == "merge:v0"
        await press(pilot, "g")
        assert at(pilot) == "corpus:v0"
        assert body(pilot)[0].startswith(" ◆ corpus:v0  ● latest─┬──● base:v0──")
        await press(pilot, "G", "k", "ctrl+d")
        assert at(pilot) == "int8:v0"
        await press(pilot, "v")
        assert at(pilot) == "int8:v0"


async def test_z_goes_through_the_forms_and_the_cursor_keeps_its_place(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:v0 as:7") as pilot:
        await press(pilot, "z")
        assert "└─ ▷ train-10 train  ╾ dpo:v1" in text(pilot)
        assert at(pilot) == "merge:v0"
        await press(pilot, "k")
        assert said(pilot, "lineage-facts").startswith("▷ run vision:r0010 train-10 · ")
        await press(pilot, "z")
        assert "● base 3 versions" in text(pilot)
        assert "● merge ◀ ○3" in text(pilot)
        await press(pilot, "z")
        assert place(pilot) == "lineage vision/merge:v0 as:7"


async def test_direction_and_depth_and_how_much_is_beyond(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:v0 as:2") as pilot:
        assert "7 nodes  … 3 more beyond depth 2" in frame(pilot)[1]
        await press(pilot, "plus")
        assert "depth 3" in frame(pilot)[1]
        await press(pilot, "underscore", "underscore", "underscore")
        assert "at least one step" in text(pilot) or "less than one step" in text(pilot)
        assert place(pilot) == "lineage vision/merge:v0 as:1"
        await press(pilot, "i")
        assert "int4" not in text(pilot)
        assert "what it came from" in frame(pilot)[1]
        await press(pilot, "i")
        assert "int4" in text(pilot)
        assert "dpo:v0" not in text(pilot)
        assert place(pilot) == "lineage vision/merge:v0 as:down,1"
        await press(pilot, "left")
        assert "i changes the direction" in text(pilot)
        await press(pilot, "i", "g", "left")
        assert "more it came from: + shows" in text(pilot)


async def test_the_filter_keeps_a_tree_and_dims_a_graph(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:v0 as:7", (160, 30)) as pilot:
        await press(pilot, "slash", *"sft", "enter")
        assert [row.split("●")[-1].split()[0] for row in body(pilot) if "sft" in row] == [
            "sft:v2", "sft:v0", "sft:v1",
        ]  # fmt: skip
        assert "merge" not in "".join(body(pilot)[:-1])
        await press(pilot, "g", "n")
        assert at(pilot) == "sft:v2"
        await press(pilot, "n")
        assert at(pilot) == "sft:v0"
        await press(pilot, "v")
        assert place(pilot) == "lineage vision/merge:v0 as:graph,7 /sft"
        assert "● merge:v0" in text(pilot)
        await press(pilot, "N", "N")
        assert at(pilot) == "sft:v1"
        await press(pilot, "N")
        assert at(pilot) == "sft:v0"
        await press(pilot, "slash", "down")
        assert at(pilot) == "base:v2"
        await press(pilot, "escape")
        assert place(pilot) == "lineage vision/merge:v0 as:graph,7"


async def test_a_filter_that_is_kept_unfolds_the_results_that_it_finds(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:v0 as:7") as pilot:
        await press(pilot, "slash", *"eval-14")
        assert "nothing passes the filter" in text(pilot)
        await press(pilot, "enter")
        assert at(pilot) == "eval-14:v0"
        assert body(pilot)[-1].endswith("└─▌○ eval-14:v0")
        await press(pilot, "escape")
        assert "eval-13" in text(pilot)
        assert "● int4:v0 ○2" in text(pilot)


async def test_enter_opens_and_the_way_back_leads_to_the_same_node(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:v0 as:graph,7") as pilot:
        await press(pilot, "left", "j", "enter")
        assert isinstance(pilot.app.screen, BrowseScreen)
        assert "vision/model/dpo:v1" in frame(pilot)[0]
        await press(pilot, "3")
        assert place(pilot) == "lineage vision/model/dpo:v1"
        assert at(pilot) == "dpo:v1"
        await press(pilot, "left_square_bracket", "left_square_bracket")
        assert place(pilot) == "lineage vision/merge:v0 as:graph,7"
        assert at(pilot) == "dpo:v1"


async def test_marks_are_versions_and_show_in_both_shapes(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:v0 as:7") as pilot:
        await press(pilot, "space")
        assert any(row.startswith("✓") and "merge:v0" in row for row in body(pilot))
        await press(pilot, "v", "g", "space")
        assert list(screen(pilot).marked_refs()) == ["vision/model/merge:v0", "vision/dataset/corpus:v0"]
        assert "✓ corpus:v0" in text(pilot)
        await press(pilot, "z", "right", "space")
        assert "only versions" in text(pilot)
        await press(pilot, "z", "z", "escape")
        assert not screen(pilot).marked_refs()
        assert "✓ corpus" not in text(pilot)


async def test_in_a_graph_only_what_passes_the_filter_can_be_marked(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:v0 as:graph,7 /sft") as pilot:
        await press(pilot, "G", "space")
        assert "does not pass the filter" in text(pilot)
        assert not screen(pilot).marked_refs()


async def test_the_mouse_selects_and_opens(family: Shop) -> None:
    async with showing(family, "lineage vision/merge:v0 as:graph,7") as pilot:
        await press(pilot, "g")
        network = screen(pilot).canvas.network
        assert network is not None
        spot = next(spot for key, spot in network.spots.items() if key.endswith("base:v1"))
        await pilot.click("#network", offset=(spot.column, spot.row))
        await press(pilot)
        assert at(pilot) == "base:v1"
        await pilot.click("#network", offset=(spot.column + 1, spot.row), times=2)
        await press(pilot)
        assert "vision/model/base:v1" in frame(pilot)[0]
        assert isinstance(pilot.app.screen, BrowseScreen)


async def test_y_copies_ref_and_drawings_for_other_programs(
    family: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with showing(family, "lineage vision/merge:v0 as:up,1") as pilot:
        copied: list[str] = []
        monkeypatch.setattr(pilot.app, "copy_to_clipboard", copied.append)
        for key in "vpmg":
            await press(pilot, "y", key)
    assert copied[0] == "vision/model/merge:v0"
    assert copied[1] == "lineage vision/merge:v0 as:up,1"
    assert copied[2].startswith("flowchart LR")
    assert copied[3].startswith("digraph lineage {")
    assert "merge:v0" in copied[3]
    assert base64.b64encode(copied[3].encode())


async def test_what_is_gone_says_so_and_cannot_be_opened(family: Shop) -> None:
    project = family.project()
    project.commit(lambda: [fx.Deleted("dpo", 1)])
    start = runs.RunStart("lost", "lost", "train", None, {}, {})
    runs.start(project, start)
    liveness.sign(project, "lost", "w001")
    project.commit(
        lambda: [fx.Used("lost", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "ghost", 7), fx.Used("lost", None, "merge", 0)]
    )
    async with showing(family, "lineage vision/merge:v0 as:7") as pilot:
        assert "✗ dpo:v1 (deleted)" in text(pilot)
        await press(pilot, "slash", *"dpo:v1", "enter", "enter")
        assert "it is deleted" in text(pilot)
        assert isinstance(pilot.app.screen, LineageScreen)
        assert "dpo:v1  ·  deleted" in text(pilot)
        await press(pilot, "escape", "z")
        assert "▷ lost train running" in text(pilot)


async def test_foreign_versions_are_named_with_their_project(family: Shop) -> None:
    base = family.log("teacher", project="zoo")
    project = family.project()
    start = runs.RunStart("distil", "distil", "train", None, {}, {})
    runs.start(project, start)
    runs.use(project, "distil", family.project("zoo"), "teacher", base.number)
    project.commit(lambda: [fx.Used("distil", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "ghost", 7)])
    family.log("pupil", run="distil")
    async with showing(family, "lineage vision/pupil:v0") as pilot:
        assert "● zoo/teacher:v0  ● latest" in text(pilot)
        assert "✗ 01ARZ3NDEKTSV4RRFFQ69G5FAV/ghost:v7 (missing)" in text(pilot)
        await press(pilot, "slash", *"teacher", "enter", "enter")
        assert "zoo/model/teacher:v0" in frame(pilot)[0]


async def test_trouble_is_told_and_what_was_there_stays(family: Shop) -> None:
    async with showing(family, "lineage") as pilot:
        assert "press 3 on one" in text(pilot)
        await go(pilot, "lineage vision/nope")
        assert "no name or type 'nope'" in text(pilot)
        await press(pilot, "v", "z", "i", "right", "left", "space", "y", "enter", "r")
        await go(pilot, "lineage vision/merge:v0")
        assert at(pilot) == "merge:v0"
        await go(pilot, "lineage vision/merge:v0 as:circle")
        assert "not shown as 'circle'" in text(pilot)
        assert at(pilot) == "merge:v0"


async def test_a_newer_request_voids_an_older_and_esc_stops(
    family: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    gate = threading.Event()
    around = reading.around

    def slow(library: object, ref: str, way: object, depth: int) -> Walked:
        if depth == 3:
            gate.wait(20)
        return around(library, ref, way, depth)  # type: ignore[arg-type]

    async with showing(family, "lineage vision/merge:v0 as:2") as pilot:
        monkeypatch.setattr(reading, "around", slow)
        await pilot.press("plus")
        await until(pilot, lambda: "esc stops" in text(pilot))
        await pilot.press("k", "j", "escape")
        await until(pilot, lambda: "esc stops" not in text(pilot))
        assert place(pilot) == "lineage vision/merge:v0 as:2"
        await pilot.press("plus")
        await pilot.press("plus")
        await until(pilot, lambda: "depth 4" in frame(pilot)[1] and "nodes" in frame(pilot)[1])
        gate.set()
        await press(pilot, "z")
        assert place(pilot) == "lineage vision/merge:v0 as:runs,4"
        assert "12 nodes" not in frame(pilot)[1]


@pytest.mark.parametrize("size", [(40, 10), (300, 80)])
@pytest.mark.parametrize("shape", ["tree", "graph"])
async def test_every_size(family: Shop, size: tuple[int, int], shape: str) -> None:
    async with showing(family, f"lineage vision/merge:v0 as:{shape},7", size) as pilot:
        for keys in ("left", "z", "g", "G", "z"):
            await press(pilot, keys)
            assert at(pilot).split(":")[0] in text(pilot)
            assert all(is_clean(row) for row in frame(pilot))


async def test_a_key_repaints_little(family: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The label that was left, the one that was entered, the lines that lead there, and the facts."""
    async with showing(family, "lineage vision/merge:v0 as:7", (120, 40)) as pilot:
        await press(pilot, "k")
        areas: list[int] = []
        for widget in (screen(pilot).rows, screen(pilot).query_one("#lineage-facts")):
            refresh = widget.refresh

            def counting(*regions: object, refresh: object = refresh, **more: object) -> object:
                areas.extend(region.area for region in regions)  # type: ignore[attr-defined]
                return refresh(*regions, **more)  # type: ignore[operator]

            monkeypatch.setattr(widget, "refresh", counting)
        await press(pilot, "k")
        assert 0 < sum(areas) < 200


async def test_a_deep_tree_shifts_so_that_the_label_is_seen(empty: Shop) -> None:
    made = [("base:v0", [])] + [(f"base:v{n}", [f"base:v{n - 1}"]) for n in range(1, 60)]
    commit(empty, made)
    async with showing(empty, "lineage vision/base:v59 as:99", (80, 24)) as pilot:
        assert any("● base:v59 ◀" in row for row in body(pilot))
        await press(pilot, "g")
        assert body(pilot)[0].startswith("▌● base:v0")


async def test_two_marked_models_of_other_data_say_so(empty: Shop) -> None:
    commit(empty, [("corpus:v0", []), ("corpus:v1", []), ("evalset:v0", []), ("a:v0", ["corpus:v0"]),
                   ("b:v0", ["corpus:v1"]), ("c:v0", ["a:v0", "b:v0"])])  # fmt: skip
    async with showing(empty, "lineage vision/c:v0") as pilot:
        await press(pilot, "slash", *"a:v0", "enter", "space", "escape", "escape")
        assert screen(pilot).marked_refs() == []
        ids = {twig.node.name: twig.node.id for twig in screen(pilot).rows.descent}
        for name in ("a:v0", "b:v0", "c:v0"):
            assert screen(pilot).rows.move_to(ids[name])
            await press(pilot, "space")
            if name == "b:v0":
                assert said(pilot, "lineage-marks") == "✓ a:v0 b:v0 ≠ other data: corpus v0 | v1"
        assert said(pilot, "lineage-marks") == "✓ a:v0 b:v0 c:v0"
        assert screen(pilot).rows.move_to(ids["a:v0"])
        await press(pilot, "space")
        assert said(pilot, "lineage-marks") == "✓ b:v0 c:v0 same data: corpus:v1"


async def test_hostile_runs_are_drawn_and_never_obeyed(empty: Shop) -> None:
    before = empty.log("thing")
    for written in EVIL:
        project, storable = empty.project(), written.encode("utf-8", "replace").decode()
        start = runs.RunStart(runs.new_run_id(), storable or "r", storable, None, {}, {})
        runs.start(project, start)
        runs.use(project, start.id, project, "thing", before.number)
        before = empty.log("thing", {"a": storable + "."}, run=start.id)
        runs.finish(project, start.id, {}, "failed")
    async with showing(empty, f"lineage vision/thing:v{before.number} as:runs,99", (100, 30)) as pilot:
        for keys in ("g", "v", "z", "z", "z", "y", "escape", "slash x enter", "escape", "v"):
            await press(pilot, *keys.split())
            assert all(is_clean(row) for row in frame(pilot)), keys
        for _ in range(6):
            await press(pilot, "k")
            assert all(is_clean(row) for row in frame(pilot))
