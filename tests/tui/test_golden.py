"""Each screen looks as it did, at three sizes and in three looks."""

from __future__ import annotations

import pytest

from tests.tui import golden_frames, test_golden_runs, test_golden_versions
from tests.tui.golden_frames import compare
from tests.tui.showing import Shop
from tui.place import Place
from tui.screens.table import VIEWS

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


@pytest.mark.parametrize("name", SCREENS)
async def test_frames(still: Shop, name: str) -> None:
    await compare(still, name, SCREENS[name])


def test_every_view_has_frames() -> None:
    posed = [*SCREENS.values(), *test_golden_runs.SCREENS.values(), *test_golden_versions.SCREENS.values()]
    assert {Place.parse(place).view for place, _ in posed} == {*VIEWS}
