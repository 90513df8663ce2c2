"""Each screen looks as it did, at three sizes and in three looks."""

from __future__ import annotations

import pytest

from tests.tui import golden_frames
from tests.tui.golden_frames import LOOKS, SIZES, check, looks, posed, rows
from tests.tui.showing import Shop

still = golden_frames.still

SCREENS = {
    "browse": ("vision/model/classifier:v4", ""),
    "diff": ("diff vision/classifier:v3 vision/classifier:v4", "n j"),
    "diff-text": ("diff zoo/script:v0/train.py zoo/script:v1/train.py", "n"),
    "lineage": ("lineage vision/dataset/photos:v0", "j space j"),
    "network": ("lineage vision/dataset/photos:v0 as:graph,runs", "right j"),
    "help": ("vision/model/classifier:v4", "question_mark"),
}
"""A place and keys by the name of the frame."""


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", SCREENS)
async def test_frames(still: Shop, name: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    place, keys = SCREENS[name]
    texts, parts = [], []
    for look in LOOKS:
        async with posed(still, place, keys, size, look, monkeypatch) as pilot:
            texts.append(rows(pilot))
            again = texts[-1] + "\n" if texts[-1] != texts[0] else ""
            parts.append(f"== {look}\n{again}{looks(pilot)}")
    check(f"{name}-{size[0]}x{size[1]}", "\n".join([texts[0], *parts, ""]))
