"""Every screen at every size from 40 by 10 to 300 by 80, and from any to any other: whole, with its bars."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile import AT_LENGTH, EXAMPLES, Places, fill
from tests.tui import tour
from tests.tui.showing import UI, Shop, frame, press, said, settle, showing

SIZES = ((40, 10), (300, 80), (60, 20), (41, 80), (80, 24), (300, 10), (111, 30), (200, 60))
WORDS = ["word", "longer words of a note", "some-name"]
BOXES = ("question_mark", "ctrl+p", "y", "colon", "slash")


def check(pilot: UI, size: tuple[int, int], where: str) -> None:
    """The frame has its size, and shows header and footer."""
    rows = frame(pilot)
    assert {(len(rows), len(row)) for row in rows} == {(size[1], size[0])}, where
    assert rows[0].startswith(" mvfs "), (where, rows[0])
    assert rows[-1].strip(), where


@pytest.fixture
def filled(empty: Shop) -> tuple[Shop, Places]:
    return empty, fill(empty.catalog, empty.folder / "sources", WORDS)


async def resize(pilot: UI, size: tuple[int, int]) -> None:
    await pilot.resize_terminal(*size)
    await settle(pilot)


async def test_every_screen_at_some_sizes_in_turn(filled: tuple[Shop, Places]) -> None:
    shop, there = filled
    sizes, boxes = itertools.cycle(SIZES), itertools.cycle(BOXES)
    async with showing(shop, size=(120, 40)) as pilot:
        for place in tour.places(there):
            await tour.go(pilot, place)
            for keys in ("", "tab"):
                size = next(sizes)
                await resize(pilot, size)
                await press(pilot, *keys.split())
                check(pilot, size, f"{place} {keys} at {size}")
            await press(pilot, next(boxes))
            for size in ((300, 80), (40, 10)):  # a box may cover all of the latter
                await resize(pilot, size)
                assert {(len(frame(pilot)), len(row)) for row in frame(pilot)} == {(size[1], size[0])}
            await press(pilot, "escape")
            check(pilot, (40, 10), f"{place} when what was over it is closed")
            assert said(pilot, "footer"), place


@settings(max_examples=EXAMPLES * 4, **AT_LENGTH)
@given(
    st.integers(0, 50),
    st.lists(st.tuples(st.integers(40, 300), st.integers(10, 80)), min_size=1, max_size=4),
    st.lists(
        st.sampled_from(["j", "G", "tab", "v", "enter", "slash", "escape", "space", "n", "z"]), max_size=4
    ),
)
async def test_any_size_of_any_screen(
    filled: tuple[Shop, Places], which: int, sizes: list[tuple[int, int]], keys: list[str]
) -> None:
    shop, there = filled
    known = list(tour.places(there))
    place = known[which % len(known)]
    async with showing(shop, str(place), sizes[0]) as pilot:
        check(pilot, sizes[0], f"{place} at {sizes[0]}")
        now = sizes[0]
        for size, key in itertools.zip_longest(sizes[1:], keys):
            if size is not None:
                now = size
                await resize(pilot, now)
            if key is not None:
                await press(pilot, key)
            check(pilot, now, f"{place} {key} at {now}")
