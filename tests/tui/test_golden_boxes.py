"""The boxes of changes look as they did."""

from __future__ import annotations

import pytest

from tests.tui import golden_frames
from tests.tui.golden_frames import LOOKS, check, looks, posed, rows
from tests.tui.showing import Shop

still = golden_frames.still

SIZE = (80, 24)
BOXES = {"alias": "a down", "best": "b", "delete": "x", "metadata": "m down"}
"""Keys by the name of the frame."""


@pytest.mark.parametrize("name", BOXES)
async def test_boxes(still: Shop, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, parts = [], []
    for look in LOOKS:
        place = "vision/model/classifier:v4"
        async with posed(still, place, BOXES[name], SIZE, look, monkeypatch) as pilot:
            texts.append(rows(pilot))
            again = texts[-1] + "\n" if texts[-1] != texts[0] else ""
            parts.append(f"== {look}\n{again}{looks(pilot)}")
    check(f"box-{name}", "\n".join([texts[0], *parts, ""]))
