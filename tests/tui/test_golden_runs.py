"""The views of runs look as they did, at three sizes and in three looks."""

from __future__ import annotations

import itertools
import time

import pytest

from mvfs import settings
from mvfs.catalog import runs
from tests.tui.golden_frames import NOW, compare
from tests.tui.showing import Shop
from tests.tui.training import trained
from tui.library import Library

_MINUTE = 60_000_000_000

SCREENS = {
    "runs": ("runs vision sort:-summary.val/acc", "j"),
    "curves": ("runs vision", "space space space v j"),
    "run": ("run vision:run00007", ""),
}
"""A place and keys by the name of the frame."""


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, empty: Shop) -> Shop:
    """Eight runs that are the same on every machine and day; afterwards the clock stands still."""
    clock = itertools.count(NOW - 20 * 60 * _MINUTE, _MINUTE)
    ids = (f"run{number:05}" for number in itertools.count())
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))
    monkeypatch.setattr(runs, "new_run_id", lambda: next(ids))
    monkeypatch.setattr(settings, "actor", lambda: "ada@box")
    monkeypatch.setattr(Library, "location", property(lambda _: "/stores/lab"))
    empty.log("photos", type_="dataset")
    for number in range(8):
        _train(empty, number)
    monkeypatch.setattr(time, "time_ns", lambda: NOW)
    return empty


def _train(shop: Shop, number: int) -> None:
    facts = {
        "argv": ["train.py", "--depth", str(18 + number)], "host": "box", "user": "ada", "python": "3.11.7",
        "cpus": 8, "memory": 1 << 35, "git": {"commit": "0123456789ab" * 3, "branch": "main"},
    }  # fmt: skip
    state = {3: "failed", 5: "crashed"}.get(number, "finished")
    printed = [f"epoch {epoch}  loss {1 / (epoch + 1):.3f}" for epoch in range(6)]
    run = trained(
        shop, f"resnet-{number}", steps=30 + 10 * number, state=state, made=number % 3 == 1, printed=printed,
        facts=facts, metrics=("train/loss", "val/acc", "val/loss"), lr=0.1 / (number + 1),
        optimizer=("sgd", "adamw")[number % 2], model={"depth": 18 + number}, epochs=30,
    )  # fmt: skip
    runs.use(shop.project(), run, shop.project(), "photos", 0)


@pytest.mark.parametrize("name", SCREENS)
async def test_frames(lab: Shop, name: str) -> None:
    await compare(lab, name, SCREENS[name])
