"""Whatever is in a store: no control byte arrives on a screen, nothing crashes, frames have their size."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.catalog.catalog import open_catalog
from mvfs.settings import StoreLocation
from tests.hostile import AT_LENGTH, EXAMPLES, WORDS, fill, hostile, leaks
from tests.tui import tour
from tests.tui.showing import UI, Shop, showing
from tui import picture

SIZES = ((120, 40), (60, 20), (43, 11), (170, 50))


def looking(pilot: UI) -> Callable[[str], None]:
    """Look at the present frame; say where, if something is wrong with it."""

    def look(where: str) -> None:
        size = pilot.app.size
        rows = picture.strips(pilot.app)
        assert len(rows) == size.height, where
        for row in rows:
            assert not leaks(row.text), (where, leaks(row.text)[:3])
            assert row.cell_length == size.width, (where, row.text)

    return look


@pytest.mark.parametrize("half", [0, 1])
async def test_every_key_of_every_view(empty: Shop, half: int) -> None:
    there = fill(empty.catalog, empty.folder / "sources", WORDS)
    async with showing(empty, size=SIZES[half]) as pilot:
        for place in itertools.islice(tour.places(there), half, None, 2):
            await tour.press_everything(pilot, place, looking(pilot))


async def test_every_kind_of_file(empty: Shop) -> None:
    there = fill(empty.catalog, empty.folder / "sources", WORDS)
    async with showing(empty) as pilot:
        look = looking(pilot)
        for place in tour.files(there):
            await tour.go(pilot, place)
            look(str(place))


@settings(max_examples=EXAMPLES, **AT_LENGTH)
@given(st.lists(hostile, min_size=3, max_size=12), st.sampled_from(SIZES), st.integers(0, 100))
async def test_any_words(words: list[str], size: tuple[int, int], which: int) -> None:
    with tempfile.TemporaryDirectory() as made:
        shop = Shop(Path(made), open_catalog(StoreLocation(Path(made, "store"), None)))
        there = fill(shop.catalog, Path(made, "sources"), words)
        async with showing(shop, size=size) as pilot:
            look = looking(pilot)
            every = [*tour.places(there), *tour.files(there)]
            for place in every[which % 5 :: 5]:
                await tour.go(pilot, place)
                look(str(place))
            await tour.press_everything(pilot, every[which % len(every)], look)
