"""What goes on beside the screen: copies out of the store, and mounts."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvfs.mount.mounts import mounts
from mvfs.text import is_inert
from tests.tui.showing import Shop, frame, press, said, settle, showing, text, until
from tui import mounted
from tui.copies import Copy, State
from tui.screens.copies import CopiesBox
from tui.screens.mounting import MountBox


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Holds back copies, from their first bytes on, until it is set."""
    event = threading.Event()
    advance = Copy.advance

    def held(self: Copy, count: int) -> None:
        event.wait(20)
        advance(self, count)

    monkeypatch.setattr(Copy, "advance", held)
    yield event
    event.set()


async def test_a_version_is_copied_to_the_usual_place(shop: Shop, tmp_path: Path) -> None:
    async with showing(shop, "vision/classifier:v1", unlocked=False) as pilot:
        await press(pilot, "c")
        assert "./classifier-v1" in text(pilot)
        assert "3 files, 2.0 KiB, verified" in said(pilot, "box-hint")
        await press(pilot, "enter")
        await until(pilot, lambda: "every byte verified" in frame(pilot)[-1])
        assert (tmp_path / "here/classifier-v1/plots/loss.png").read_bytes() == b"p"
        (tmp_path / "here/classifier-v1/config.json").write_text("changed")
        await press(pilot, "c")
        assert "what is there already and the same is kept" in said(pilot, "box-hint")
        await press(pilot, "enter")
        await until(pilot, lambda: len(pilot.app.copies.running) == 0)  # type: ignore[attr-defined]
        assert (tmp_path / "here/classifier-v1/config.json").read_text() == "{}"


async def test_copies_are_listed_cancelled_and_gone_on_with(
    shop: Shop, tmp_path: Path, gate: threading.Event
) -> None:
    target = tmp_path / "here/out"
    async with showing(shop, "vision/classifier:v1") as pilot:
        await press(pilot, "c", *["backspace"] * 15, *"out", "enter")
        await press(pilot, "j", "c", "enter")
        assert "↓ 2 copies 0%" in frame(pilot)[0]
        await press(pilot, "q")
        assert pilot.app.is_running
        assert "2 copies go on" in frame(pilot)[-1]
        await press(pilot, "P")
        assert isinstance(pilot.app.screen, CopiesBox)
        assert "classifier:v0" in text(pilot)
        await press(pilot, "G", "x")
        assert "cancelling" in text(pilot)
        gate.set()
        await until(pilot, lambda: "· cancelled" in text(pilot))
        await until(pilot, lambda: "✓ 3 files" in text(pilot))
        assert not [path for path in target.rglob("*") if ".mvfs-" in path.name]
        await press(pilot, "G", "x", "escape")
        copies = pilot.app.copies.all  # type: ignore[attr-defined]
        assert [copy.state for copy in copies] == [State.DONE]
        await press(pilot, "k", "c", *["backspace"] * 15, *"out", "enter")
        await until(pilot, lambda: "every byte verified" in frame(pilot)[-1])
        assert (target / "model.safetensors").stat().st_size == 2001


async def test_two_copies_to_one_place_do_not_mix(shop: Shop, gate: threading.Event) -> None:
    async with showing(shop, "vision/classifier:v1") as pilot:
        await press(pilot, "c", "enter", "j", "c", *["backspace"] * 15)
        for place in ("classifier-v1", "/.", "/plots"):
            await press(pilot, *["slash" if char == "/" else char for char in place], "enter")
            assert "a copy of classifier:v1 to there goes on" in said(pilot, "box-hint")
        gate.set()


async def test_leaving_cancels_copies_and_leaves_nothing_unfinished(
    shop: Shop, tmp_path: Path, gate: threading.Event
) -> None:
    async with showing(shop, "vision/classifier:v1") as pilot:
        await press(pilot, "c", "enter", "q")
        assert "a copy goes on" in frame(pilot)[-1]
        (copy,) = pilot.app.copies.all  # type: ignore[attr-defined]
        threading.Timer(0.3, gate.set).start()
        await pilot.press("q")
    assert copy.state is State.CANCELLED
    assert not [path for path in (tmp_path / "here").rglob("*") if ".mvfs-" in path.name]


async def test_a_copy_that_fails_says_why(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "here/classifier-v1").write_text("in the way")
    async with showing(shop, "vision/classifier:v1", (150, 40)) as pilot:
        await press(pilot, "c")
        assert "a file is there" in said(pilot, "box-hint")
        await press(pilot, "enter")
        await until(pilot, lambda: "✗ cannot copy classifier:v1" in frame(pilot)[-1])
        await press(pilot, "P")
        assert "✗" in text(pilot)


async def test_paths_are_completed(shop: Shop, tmp_path: Path) -> None:
    for name in ("models-old", "models-new", "other", ".hidden", "evil\x1b[2J"):
        (tmp_path / "here" / name).mkdir()
    async with showing(shop, "vision/classifier:v1") as pilot:
        await press(pilot, "c", *["backspace"] * 15)
        assert "other/" in text(pilot)
        assert ".hidden" not in text(pilot)
        await press(pilot, "m", "tab")
        assert "models-" in text(pilot)
        await press(pilot, "n", "tab")
        await press(pilot, "enter")
        await until(pilot, lambda: "every byte verified" in frame(pilot)[-1])
        assert (tmp_path / "here/models-new/config.json").exists()
        assert all(is_inert(row) for row in frame(pilot))


def test_where_a_place_is_mounted() -> None:
    mounts = (("", "/all"), ("vision", "/v"), ("vision/model/iv3", "/m"), ("vision/model/iv3:v3", "/one"),
              ("odd//ref", "/x"), ("vision/iv4", "/four"), ("vision/dataset", "/data"))  # fmt: skip
    for place, at in (
        ("vision/model/iv3:v3", "/one"),
        ("vision/model/iv3:v4", "/m/v4"),
        ("vision/model/iv3", "/m"),
        ("vision", "/v"),
        ("zoo/model/x:v1", "/all/zoo/model/x/v1"),
        ("vision/model/iv4:v1", "/four/v1"),
        ("vision/dataset/d:v1", "/data/d/v1"),
        ("vision/model/iv5", "/v/model/iv5"),
    ):
        assert mounted.directory(mounts, place) == at
    assert mounted.directory((("vision", "/v"),), "zoo/model/x:v1") is None
    assert mounted.part_of("/store", "/store::vision") == "vision"
    assert mounted.part_of("/store", "/other::vision") is None
    assert mounted.part_of("/store", "/store") == ""


@pytest.mark.needs_root
async def test_the_project_is_mounted_and_unmounted(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.watching.LOCAL", 0.05)
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    directory = tmp_path / "home/mvfs/vision"
    async with showing(shop, "vision/classifier:v1", (130, 40), unlocked=False) as pilot:
        await press(pilot, "M")
        assert isinstance(pilot.app.screen, MountBox)
        assert "~/mvfs/vision" in text(pilot)
        await press(pilot, "enter")
        try:
            assert f"vision is mounted on {directory}" in frame(pilot)[-1]
            assert (directory / "model/classifier/v1/config.json").read_text() == "{}"
            await until(pilot, lambda: "▣ ~/mvfs/vision/model/classifier/v1" in frame(pilot)[0])
            await press(pilot, "M")
            assert "mounted on ~/mvfs/vision" in text(pilot)
            with (directory / "model/classifier/v1/config.json").open():
                await press(pilot, "enter")
                assert "busy" in said(pilot, "box-hint")
            await press(pilot, "escape", "M", "enter")
            assert "is unmounted" in frame(pilot)[-1]
            await until(pilot, lambda: "▣" not in frame(pilot)[0])
        finally:
            os.system(f"umount -l {directory} 2>/dev/null")
        assert not [one for one in mounts() if one.mountpoint == str(directory)]


@pytest.mark.needs_root
async def test_what_cannot_be_mounted_on_says_why_and_makes_nothing(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "here/full").mkdir()
    (tmp_path / "here/full/file").touch()
    async with showing(shop, "vision/classifier:v1") as pilot:
        await press(pilot, "M", *["backspace"] * 40, *"full", "enter")
        await settle(pilot)
        assert "is not empty: it holds 'file'" in said(pilot, "box-hint")
