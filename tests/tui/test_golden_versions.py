"""The details of a version over the whole screen, and a file, look as they did."""

from __future__ import annotations

import pytest

from mvfs.catalog import pointers, policy, run_objects
from mvfs.catalog.policy import Change
from mvfs.catalog.protection import Insistence
from tests.tui import golden_frames
from tests.tui.golden_frames import compare
from tests.tui.showing import Shop

still = golden_frames.still

NOTE = """# With warm-up

Trained on **photos:v0**, see [the report](https://example.com/17).

- learning rate `3e-4`, which is *lower*
- [x] evaluated
"""

CONFIG = '{"name": "vit", "layers": {"count": 12, "sizes": [64, 64]}, "dropout": 0.1, "labels": {"0": "cat"}}'

SCREENS = {
    "details": ("vision/model/classifier:v9 as:details", ""),
    "file": ("file vision/model/classifier:v9/config.json", "j enter"),
}
"""A place and keys by the name of the frame."""


@pytest.fixture
def told(still: Shop) -> Shop:
    """A version of which there is something to say in every section."""
    project = still.project()
    run = still.run("run-9", lr=0.0003, optimizer={"name": "adamw", "betas": [0.9, 0.95]})
    points = [{"_step": step, "loss": 1 / (step + 1)} for step in range(40)]
    run_objects.write_points(project, run, "w001", 0, points)
    files = {"model.safetensors": b"w" * 9000, "config.json": CONFIG, "train/log.txt": "a\nb\n"}
    metadata = {"acc": 0.93, "loss": 0.1, "data": {"classes": ["cat", "dog"], "size": 1200}}
    still.log("classifier", files, note=NOTE, metadata=metadata, run=run, tags=["ema"])
    policy.set_policy(project, "classifier", Change(protect=["production"], keep_last=20))
    pointers.set_aliases(project, "classifier", 9, ["production"], insistence=Insistence(True, "v4 was slow"))
    return still


@pytest.mark.parametrize("name", SCREENS)
async def test_frames(told: Shop, name: str) -> None:
    await compare(told, name, SCREENS[name])
