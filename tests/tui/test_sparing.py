"""What is sent of what is painted anew."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.sparing import Sheet, SparingUpdate


@pytest.mark.parametrize(
    ("text", "span", "sent"),
    [
        ("abcdef", (2, 4), "\x1b[4;3Hcd"),
        ("abcdef", (0, 6), "\x1b[4;1Habcdef"),
        ("abcdef", (4, 60), "\x1b[4;5Hef"),
        ("a漢字b", (3, 4), "\x1b[4;4H字"),
        ("a漢字b", (2, 4), "\x1b[4;2H漢字"),
        ("a漢字b", (5, 6), "\x1b[4;6Hb"),
    ],
)
def test_only_the_columns_that_are_painted_and_no_half_of_a_character(
    text: str, span: tuple[int, int], sent: str
) -> None:
    strip = Strip([Segment(text, Style())])
    chops: list[dict[int, Strip | None]] = [{}, {}, {}, {0: strip}]
    update = ChopsUpdate(chops, [(3, *span)], [[], [], [], [strip.cell_length]])
    assert SparingUpdate(update, Sheet()).render_segments(Console(color_system=None)) == sent


def test_of_widgets_side_by_side_each_what_is_its_own() -> None:
    chops: list[dict[int, Strip | None]] = [
        {0: Strip([Segment("left")]), 4: None, 6: Strip([Segment("right")])}
    ]
    update = ChopsUpdate(chops, [(0, 2, 8)], [[4, 6, 11]])
    assert (
        SparingUpdate(update, Sheet()).render_segments(Console(color_system=None)) == "\x1b[1;3Hft\x1b[1;7Hri"
    )


WIDTH = 12
STYLES = [
    "",
    "bold",
    "red",
    "#102030",
    "on #405060",
    "#a0b0c0 on #405060",
    "bold underline default on blue",
    "reverse",
]
"""As Rich parses them."""
PIECES = st.tuples(st.sampled_from(["a", "b", " ", "é", "e\u0301", "한", "漢"]), st.sampled_from(STYLES))


def strip_of(pieces: list[tuple[str, str]]) -> Strip:
    """A row of `WIDTH` columns."""
    segments = [Segment(text, Style.parse(style)) for text, style in pieces]
    return Strip(segments).adjust_cell_length(WIDTH, Style())


@given(st.lists(st.lists(PIECES, max_size=WIDTH), min_size=1, max_size=6))
def test_what_is_sent_makes_the_row_what_it_is(rows: list[list[tuple[str, str]]]) -> None:
    console, sheet = Console(color_system="truecolor", force_terminal=True), Sheet()
    spared, plain = pyte.Screen(WIDTH, 2), pyte.Screen(WIDTH, 2)
    for row in map(strip_of, rows):
        update = LayoutUpdate([[row]], Region(0, 0, WIDTH, 1))
        pyte.Stream(plain).feed(update.render_segments(console))
        pyte.Stream(spared).feed(SparingUpdate(update, sheet).render_segments(console))
        assert spared.display == plain.display
        assert [spared.buffer[0][x] for x in range(WIDTH)] == [plain.buffer[0][x] for x in range(WIDTH)]
        assert SparingUpdate(update, sheet).render_segments(console) == ""


def test_what_somebody_else_may_have_painted_is_sent_again() -> None:
    console, sheet = Console(color_system=None), Sheet()
    update = LayoutUpdate([[Strip([Segment("all of it")])]], Region(0, 0, 9, 1))
    first = SparingUpdate(update, sheet).render_segments(console)
    sheet.forget()
    assert SparingUpdate(update, sheet).render_segments(console) == first == "\x1b[1;1Hall of it"
