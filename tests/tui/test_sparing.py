"""What is sent of a row of which a part is painted anew."""

from __future__ import annotations

import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from tui.sparing import SparingUpdate


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
    assert SparingUpdate.of(update).render_segments(Console(color_system=None)) == sent


def test_of_widgets_side_by_side_each_what_is_its_own() -> None:
    chops: list[dict[int, Strip | None]] = [
        {0: Strip([Segment("left")]), 4: None, 6: Strip([Segment("right")])}
    ]
    update = ChopsUpdate(chops, [(0, 2, 8)], [[4, 6, 11]])
    assert SparingUpdate.of(update).render_segments(Console(color_system=None)) == "\x1b[1;3Hft\x1b[1;7Hri"
