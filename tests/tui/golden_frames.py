"""Frames of the UI that are kept as text: what each screen looks like at three sizes and in three looks.

    UPDATE_FRAMES=1 python -m pytest tests/tui/test_golden.py

A file holds the rows of a frame; then, look by look, a letter for how each cell looks (``=`` for a row that
looks like the one above), and what the letters stand for. Rows are repeated where a look changes them.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.strip import Strip

from mvfs import settings
from mvfs.catalog import rules, runs
from mvfs.index.rows import Rule
from tests.tui.showing import UI, Shop, press, settle, showing
from tui import picture
from tui.library import Library
from tui.theme import wanted_theme

FOLDER = Path(__file__).with_name("golden")
SIZES = ((80, 24), (120, 40), (200, 60))
LOOKS = ("dark", "ansi", "nocolor")
"""Themes, and the one that is taken where NO_COLOR is set."""
NOW = 1_794_000_000_000_000_000
"""Nanoseconds since 1970: when all frames are taken."""

_MINUTE = 60_000_000_000
_LETTERS = ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch, empty: Shop) -> Shop:
    """A store that is the same on every machine and day; afterwards the clock stands still."""
    clock = itertools.count(NOW - 3 * 24 * 60 * _MINUTE, _MINUTE)
    ids = (f"run{number:05}" for number in itertools.count())
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))
    monkeypatch.setattr(runs, "new_run_id", lambda: next(ids))
    monkeypatch.setattr(settings, "actor", lambda: "ada@box")
    monkeypatch.setattr(Library, "location", property(lambda _: "/stores/lab"))
    _fill(empty)
    monkeypatch.setattr(time, "time_ns", lambda: NOW)
    return empty


def _fill(shop: Shop) -> None:
    photos = shop.log("photos", type_="dataset", metadata={"images": 1200}, note="gathered in the field")
    rules.set_rule(shop.project(), "photos", Rule("images", "max"))
    for number in range(9):
        run = shop.run(f"run-{number}", lr=0.1 / (number + 1), epochs=3, model={"depth": 18 + number})
        runs.use(shop.project(), run, shop.project(), "photos", photos.number)
        shop.log(
            "classifier",
            {"model.safetensors": b"w" * (2000 + 900 * number), "plots/loss.png": b"p", "config.json": "{}"},
            metadata={"acc": round(0.5 + number / 23, 4), "loss": 1 / (number + 1), "epoch": 3},
            note=f"# try {number}\n\nmore *depth*" if number % 3 else None,
            aliases=["production"] if number == 4 else [],
            tags=["ema"] if number % 2 else [],
            run=run,
        )
        runs.finish(
            shop.project(), run, {"loss": 1.0 / (number + 1)}, "failed" if number == 5 else "finished"
        )
    rules.set_rule(shop.project(), "classifier", Rule("acc", "max"))
    shop.log("whisper", project="zoo", metadata={"wer": 0.1})
    for number in range(2):
        shop.log("script", {"train.py": _script(number)}, project="zoo", type_="code")


def _script(number: int) -> str:
    found = [f"step_{line} = prepare(step_{line - 1}, seed=7)" for line in range(1, 61)]
    if number:
        found[19] = "step_20 = prepare(step_19, seed=11, shuffle=True)  # " + "seen in another order " * 4
        found[38:41] = ["step_39 = step_38"]
    return "\n".join(found) + "\n"


Pose = tuple[str, str]
"""A place, and keys that are pressed there."""


async def compare(shop: Shop, name: str, pose: Pose) -> None:
    """Compare what a pose shows at all sizes and in all looks with what is kept of them."""
    for size in SIZES:
        await compare_at(shop, f"{name}-{size[0]}x{size[1]}", pose, size)


async def compare_at(shop: Shop, name: str, pose: Pose, size: tuple[int, int]) -> None:
    """Compare what a pose shows in all looks with what is kept under a name."""
    place, keys = pose
    frames: list[tuple[str, str]] = []
    async with showing(shop, place, size, theme=LOOKS[0]) as pilot:
        await press(pilot, *keys.split())
        for look in LOOKS[:-1]:
            pilot.app.theme = wanted_theme({}, look)
            await settle(pilot)
            frames.append((rows(pilot), looks(pilot)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NO_COLOR", "1")  # is looked at once, at the start
        async with showing(shop, place, size) as pilot:
            await press(pilot, *keys.split())
            frames.append((rows(pilot), looks(pilot)))
    first = frames[0][0]
    parts = (
        f"== {look}\n{text + chr(10) if text != first else ''}{cells}"
        for look, (text, cells) in zip(LOOKS, frames, strict=True)
    )
    check(name, "\n".join([first, *parts, ""]))


def rows(pilot: UI) -> str:
    """The text of a frame."""
    return "\n".join(strip.text.rstrip() for strip in picture.strips(pilot.app))


def looks(pilot: UI) -> str:
    """How each cell of a frame looks."""
    legend: dict[str, str] = {}
    full = ["".join(_letters(strip, legend)) for strip in picture.strips(pilot.app)]
    grid = ["=" if before == row else row for before, row in zip(["", *full], full, strict=False)]
    return "\n".join([*grid, *(f"{letter} {style}" for style, letter in legend.items())])


def _letters(strip: Strip, legend: dict[str, str]) -> Iterator[str]:
    for segment in strip:
        letter = legend.setdefault(str(segment.style or ""), _LETTERS[len(legend)])
        yield letter * segment.cell_length


def check(name: str, got: str) -> None:
    """Compare a frame with the one that is kept, or keep it."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_FRAMES"):
        path.write_text(got, "utf-8")
    kept = path.read_text("utf-8") if path.exists() else "no frame was kept"
    assert got == kept, f"{path.name}: UPDATE_FRAMES=1 keeps what it looks like now"
