"""Moving about: what is shown where, and how one gets there and back."""

from __future__ import annotations

import pytest

from mvfs.catalog import pointers
from tests.tui.showing import Shop, frame, press, settle, showing, text, until
from tui.screens.browse import BrowseScreen
from tui.widgets.panes import visible


async def test_opens_at_the_first_name_with_all_three_panes(shop: Shop) -> None:
    async with showing(shop) as pilot:
        shown = text(pilot)
        assert frame(pilot)[0].startswith(" mvfs  vision/dataset/photos:v0")
        for word in ("projects", "classifier", "photos", "zoo", "details"):
            assert word in shown


async def test_a_place_opens_there_and_the_keys_go_to_its_versions(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:production") as pilot:
        assert frame(pilot)[0].startswith(" mvfs  vision/model/classifier:v1")
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "versions"


async def test_a_place_is_shown_among_its_neighbours(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v2", (80, 24)) as pilot:
        assert "v3  ● latest" in text(pilot)


async def test_versions_show_aliases_metrics_sizes_and_notes(shop: Shop) -> None:
    async with showing(shop, "vision/classifier", (190, 40)) as pilot:
        row = next(row for row in frame(pilot) if "▲ production" in row)
        assert "v1" in row
        assert "0.6" in row
        assert "2.0 KiB" in row
        assert "note of try 1 …" in row
        header = next(row for row in frame(pilot) if " acc " in row)
        assert header.index("acc") + len("acc") == row.index("0.6") + len("0.6")


async def test_details_tell_everything(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", (130, 60)) as pilot:
        shown = text(pilot)
        for part in ("vision/model/classifier:v3", "● latest", "second line", "try 3", "ema", "config.json",
                     "plots/", "loss.png", "run-3", "✓ finished", "0.001", "0.25", "photos:v0"):  # fmt: skip
            assert part in shown, part


async def test_j_and_k_move_and_the_details_follow(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "j")
        assert "classifier:v2" in text(pilot)
        await press(pilot, "G")
        assert "classifier:v0" in frame(pilot)[0]
        await press(pilot, "g", "down", "up")
        assert "classifier:v3" in frame(pilot)[0]


async def test_enter_goes_deeper_and_escape_comes_back(shop: Shop) -> None:
    async with showing(shop, size=(80, 24)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        assert "digest" not in text(pilot)
        await press(pilot, "enter")
        assert screen.panes.pane == "versions"
        await press(pilot, "enter")
        assert screen.panes.pane == "details"
        assert "digest" in text(pilot)
        await press(pilot, "escape")
        assert screen.panes.pane == "versions"
        await press(pilot, "h")
        assert screen.panes.pane == "tree"


async def test_tab_goes_round(shop: Shop) -> None:
    async with showing(shop) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        seen = []
        for _ in range(3):
            await press(pilot, "tab")
            seen.append(screen.panes.pane)
        assert seen == ["versions", "details", "tree"]
        await press(pilot, "shift+tab")
        assert screen.panes.pane == "details"


async def test_another_project_is_read_when_it_is_unfolded(shop: Shop) -> None:
    async with showing(shop) as pilot:
        assert "whisper" not in text(pilot)
        await press(pilot, "G", "enter")
        assert "whisper" in text(pilot)
        await press(pilot, "j", "j")
        assert "zoo/model/whisper:v0" in text(pilot)
        await press(pilot, "h", "h", "h")
        assert "whisper" not in "\n".join(row[:24] for row in frame(pilot))


async def test_an_input_of_the_run_is_followed(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", (130, 60)) as pilot:
        await press(pilot, "tab")
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        screen.details.move_to(("inputs", 0))
        await press(pilot, "enter")
        assert "vision/dataset/photos:v0" in frame(pilot)[0]


async def test_a_directory_folds_and_unfolds(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3", (130, 60)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        await press(pilot, "tab")
        screen.details.move_to(("dir", "plots", 1))
        await press(pilot, "enter")
        assert "loss.png" not in text(pilot)
        await press(pilot, "enter")
        assert "loss.png" in text(pilot)


async def test_many_files_are_bounded_and_more_can_be_had(empty: Shop) -> None:
    files = {f"shard-{number:04}.bin": str(number) for number in range(1000)}
    empty.log("shards", files, type_="dataset")
    async with showing(empty, "vision/shards:v0", (130, 50)) as pilot:
        assert "… 976 more" in text(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        await press(pilot, "tab")
        screen.details.move_to(("more", "files"))
        await press(pilot, "enter")
        await until(pilot, lambda: screen.details.counts[1] > 400)
        await press(pilot, "G")
        assert "… 520 more" in text(pilot)


async def test_refresh_takes_in_what_others_logged_and_leaves_the_cursor(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1") as pilot:
        shop.log("classifier", {"model.safetensors": b"new"}, metadata={"acc": 0.99})
        shop.log("newcomer", project="vision")
        await press(pilot, "r")
        assert "v4" in text(pilot)
        assert "newcomer" in text(pilot)
        assert "classifier:v1" in frame(pilot)[0]


async def test_refresh_shows_an_alias_that_moved(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1") as pilot:
        pointers.set_aliases(shop.project(), "classifier", 0, ["production"])
        await press(pilot, "r")
        row = next(row for row in frame(pilot) if "▲ production" in row)
        assert "v0" in row


async def test_a_click_moves_and_a_second_opens(shop: Shop) -> None:
    async with showing(shop, "vision/classifier") as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        await pilot.click("#versions", offset=(5, 2))
        await settle(pilot)
        assert "classifier:v1" in frame(pilot)[0]
        await pilot.click("#versions", offset=(5, 2), times=2)
        await settle(pilot)
        assert screen.panes.pane == "details"


async def test_an_empty_store_says_how_to_begin(empty: Shop) -> None:
    async with showing(empty, size=(80, 24)) as pilot:
        assert "mvfs log" in text(pilot)
        await press(pilot, "e", "a", "y", "slash", "enter", "tab", "j", "escape")
        empty.log("first")
        await press(pilot, "r")
        assert "vision/model/first:v0" in frame(pilot)[0]


async def test_a_damaged_manifest_is_one_line_and_the_rest_is_shown(shop: Shop) -> None:
    version = shop.project().version("classifier")
    path = next(shop.folder.parent.joinpath("store").rglob(version.manifest.rpartition("/")[2]))
    path.chmod(0o600)
    path.write_bytes(b"rubbish")
    async with showing(shop, "vision/classifier:latest") as pilot:
        shown = text(pilot)
        assert "✗" in shown
        assert "note of try 3" in shown
        assert "run-3" in shown
        await press(pilot, "j")
        assert "✗" not in text(pilot)


@pytest.mark.parametrize(
    ("width", "pane", "shown"),
    [
        (200, "tree", ["tree", "versions", "details"]),
        (80, "tree", ["tree", "versions"]),
        (80, "details", ["versions", "details"]),
        (59, "versions", ["versions"]),
    ],
)
def test_which_panes_fit(width: int, pane: str, shown: list[str]) -> None:
    assert list(visible(width, pane)) == shown


async def test_every_size_is_survived(shop: Shop) -> None:
    async with showing(shop, "vision/classifier") as pilot:
        for width, height in (
            (40, 10),
            (59, 14),
            (60, 15),
            (80, 24),
            (111, 30),
            (112, 30),
            (200, 60),
            (20, 4),
        ):
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            rows = frame(pilot)
            assert len(rows) == height
            assert "mvfs" in rows[0]
            await press(pilot, "tab", "j")
