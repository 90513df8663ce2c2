"""What is copied, and by which way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mvfs.errors import InvalidInput
from tests.tui.showing import Shop, frame, press, said, showing, text, until
from tui import clipboard


@pytest.mark.parametrize(
    ("environ", "too_long", "ways"),
    [
        ({}, False, ["native", "osc52", "file"]),
        ({}, True, ["native", "file"]),
        ({"SSH_TTY": "/dev/pts/1", "DISPLAY": ":0"}, False, ["osc52", "file"]),
        ({"SSH_CONNECTION": "1", "TMUX": "/tmp/x"}, False, ["tmux", "osc52", "file"]),
        ({"TMUX": "/tmp/x"}, True, ["native", "tmux", "file"]),
    ],
)
def test_the_best_way_comes_first(environ: dict[str, str], too_long: bool, ways: list[str]) -> None:
    assert clipboard.ways("auto", environ, too_long=too_long) == ways


def program(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_tmux_and_programs_are_given_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "tmux", f'echo "$@" > {tmp_path}/words; cat > {tmp_path}/tmux', monkeypatch)
    program(tmp_path / "bin", "wl-copy", f"cat > {tmp_path}/wayland", monkeypatch)
    program(tmp_path / "bin", "xclip", "exit 1", monkeypatch)
    assert clipboard.put("größe", "tmux", {}) == "by tmux"
    assert (tmp_path / "tmux").read_text() == "größe"
    assert (tmp_path / "words").read_text().split() == ["load-buffer", "-w", "-"]
    assert clipboard.put("a\nb", "auto", {"WAYLAND_DISPLAY": "w"}) == "by wl-copy"
    assert (tmp_path / "wayland").read_text() == "a\nb"
    assert clipboard.put("x", "auto", {"DISPLAY": ":0"}) is None  # xclip fails, so the terminal is asked
    with pytest.raises(InvalidInput, match="no way to copy by 'native'"):
        clipboard.put("x", "native", {"DISPLAY": ":0"})


def test_a_file_is_the_last_way_and_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "state" / "tui" / "clipboard.txt"
    assert clipboard.put("x" * 80_000, "auto", {"SSH_TTY": "t"}) == f"into {path}"
    assert path.read_text() == "x" * 80_000
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InvalidInput, match="too long"):
        clipboard.put("x" * 80_000, "osc52", {})


async def test_the_copy_menu(shop: Shop) -> None:
    ref = "vision/model/classifier:v1"
    choices = {
        "r": "vision/model/classifier:production",
        "v": ref,
        "u": f"mvfs://{ref}",
        "d": shop.project().versions("classifier")[1].digest.hex(),
        "g": f"mvfs get {ref} classifier-v1",
        "n": "note of try 1\nsecond line",
    }
    async with showing(shop, "vision/classifier:v1") as pilot:
        for key, copied in choices.items():
            await press(pilot, "y", key)
            assert pilot.app.clipboard == copied
            assert copied.splitlines()[0][:40] in frame(pilot)[-1]
            assert "by the terminal" in frame(pilot)[-1]
        await press(pilot, "y", "j")
        found = json.loads(pilot.app.clipboard)
        assert (found["ref"], found["metadata"]["acc"]) == (ref, 0.6)
        await press(pilot, "y")
        assert "path in mount" not in text(pilot)


async def test_the_path_in_a_mount_is_offered(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.mounted.standing", lambda _: (("vision", "/mnt/vision"),))
    async with showing(shop, "vision/classifier:v1") as pilot:
        await until(pilot, lambda: "▣ /mnt/vision/model/classifier/v1" in frame(pilot)[0])
        await press(pilot, "y", "p")
        assert pilot.app.clipboard == "/mnt/vision/model/classifier/v1"


async def test_the_copy_menu_by_arrows_and_not_at_all(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v2") as pilot:
        await press(pilot, "y", "escape")
        assert pilot.app.clipboard == ""
        await press(pilot, "y", "down", "down", "enter")
        assert pilot.app.clipboard == shop.project().versions("classifier")[2].digest.hex()


async def test_what_is_too_long_for_a_terminal_goes_into_a_file(shop: Shop, tmp_path: Path) -> None:
    from mvfs.catalog import pointers

    pointers.set_note(shop.project(), "classifier", 1, "x" * 60_000)
    async with showing(shop, "vision/classifier:v1") as pilot:
        await press(pilot, "y", "n")
        assert pilot.app.clipboard == ""
        assert "copied note into" in said(pilot, "footer")
        assert (tmp_path / "state/tui/clipboard.txt").read_text() == "x" * 60_000


async def test_a_way_that_does_not_work_is_said(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v1", clipboard="native") as pilot:
        await press(pilot, "y", "v")
        assert "no way to copy by 'native'" in said(pilot, "footer")
