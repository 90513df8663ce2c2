"""Boxes over the screen, and the line to type in, look as they did."""

from __future__ import annotations

import pytest

from tests.tui import golden_frames
from tests.tui.golden_frames import compare_at
from tests.tui.showing import Shop

still = golden_frames.still

SIZE = (80, 24)
BOXES = {
    "alias": "a down",
    "best": "b",
    "delete": "x",
    "metadata": "m down",
    "tags": "t n e w",
    "note": "e",
    "trash": "U",
    "copy": "y down",
    "sort": "s down",
    "palette": "ctrl+p a l i",
    "jump": "colon d i f f space tab",
    "filter": "slash a c c greater_than_sign full_stop 7",
}
"""Keys by the name of the frame: boxes, and what is typed into the line."""


@pytest.mark.parametrize("name", BOXES)
async def test_boxes(still: Shop, name: str) -> None:
    await compare_at(still, f"box-{name}", ("vision/model/classifier:v4", BOXES[name]), SIZE)
