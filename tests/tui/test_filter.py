"""The filter of each list."""

from __future__ import annotations

from tests.tui.showing import Shop, frame, press, showing, text
from tui.screens.browse import BrowseScreen


async def test_words_narrow_the_versions_and_stay_visible(shop: Shop) -> None:
    async with showing(shop, "vision/classifier") as pilot:
        await press(pilot, "slash", *"note 0.6")
        assert "1 of 4" in text(pilot)
        assert "classifier:v1" in frame(pilot)[0]
        await press(pilot, "enter")
        assert "/note 0.6" in frame(pilot)[0]
        await press(pilot, "escape")
        assert "of 4" not in text(pilot)
        assert "classifier:v1" in frame(pilot)[0]


async def test_aliases_metadata_and_tags_are_found(shop: Shop) -> None:
    async with showing(shop, "vision/classifier") as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        for words, label in (("prod", "v1"), ("acc=0.7", "v2"), ("ema", "v3"), ("run-0", "v0")):
            screen.versions.narrow(words)
            assert screen.version is not None
            assert screen.version.label == label
            assert screen.versions.counts == (1, 4)


async def test_nothing_found_says_so_and_keys_are_harmless(shop: Shop) -> None:
    async with showing(shop, "vision/classifier") as pilot:
        await press(pilot, "slash", *"zzz", "enter")
        assert "0 of 4" in text(pilot)
        await press(pilot, "e", "a", "y", "enter", "j", "G", "ctrl+d")
        assert "no version" in text(pilot)


async def test_names_are_found_also_in_folds(shop: Shop) -> None:
    async with showing(shop) as pilot:
        await press(pilot, "h", "h", "h", "slash", *"photo", "enter", "G")
        assert "photos" in frame(pilot)[0]
        assert "classifier" not in "\n".join(row[:24] for row in frame(pilot))


async def test_arrows_move_while_typing_and_escape_ends_it(shop: Shop) -> None:
    async with showing(shop, "vision/classifier") as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, BrowseScreen)
        await press(pilot, "slash", *"try", "down")
        assert screen.version is not None
        assert screen.version.label == "v2"
        await press(pilot, "escape")
        assert pilot.app.focused is screen.versions
        assert screen.versions.filter_text == ""
