"""Fixtures of the UI's tests: an empty store, and one with something in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvfs.catalog import runs
from mvfs.catalog.catalog import open_catalog
from mvfs.settings import StoreLocation
from tests.tui.showing import Shop
from tui import keys


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "NO_COLOR",
        "SSH_TTY",
        "SSH_CONNECTION",
        "VISUAL",
        "EDITOR",
        "TMUX",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "MVFS_CLIPBOARD",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MVFS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("MVFS_STATE_DIR", str(tmp_path / "state"))
    keys.remap({})
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def empty(tmp_path: Path) -> Shop:
    folder = tmp_path / "shop"
    folder.mkdir()
    return Shop(folder, open_catalog(StoreLocation(tmp_path / "store", None)))


@pytest.fixture
def shop(empty: Shop) -> Shop:
    """Two projects; a classifier of four versions with runs, aliases and notes."""
    photos = empty.log("photos", type_="dataset", metadata={"images": 1200})
    for number in range(4):
        run = empty.run(f"run-{number}", lr=10**-number)
        runs.use(empty.project(), run, empty.project(), "photos", photos.number)
        empty.log(
            "classifier",
            {"model.safetensors": b"w" * (2000 + number), "plots/loss.png": b"p", "config.json": "{}"},
            metadata={"acc": 0.5 + number / 10, "epoch": 3, "name": f"try {number}"},
            note=f"note of try {number}\nsecond line" if number != 2 else None,
            aliases=["production"] if number == 1 else [],
            tags=["ema"] if number == 3 else [],
            run=run,
        )
        runs.finish(empty.project(), run, {"loss": 1.0 / (number + 1)}, "finished")
    empty.log("whisper", project="zoo", metadata={"wer": 0.1})
    return empty
