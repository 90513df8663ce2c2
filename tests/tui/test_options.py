"""What the command line, the environment and the config file say, and what is remembered of a store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mvfs import settings
from mvfs.errors import InvalidInput
from tests.tui.showing import Shop, frame, press, showing
from tests.tui.test_start import mvfs
from tui.app import frame as one_frame
from tui.opening import open_again, open_at
from tui.options import Options, options
from tui.place import Place
from tui.remembered import remembered


def configure(written: str) -> None:
    settings.config_file().parent.mkdir(parents=True, exist_ok=True)
    settings.config_file().write_text(written)


def given(environ: dict[str, str] | None = None, theme: str | None = None) -> Options:
    return options(environ or {}, theme=theme, ascii=False, unlocked=False)


def test_the_command_line_then_the_environment_then_the_file() -> None:
    assert given() == Options()
    configure('[tui]\ntheme = "light"\nascii = true\nclipboard = "tmux"\n')
    assert given() == Options("light", ascii=True, clipboard="tmux")
    assert given({"MVFS_CLIPBOARD": "file"}, "ansi") == Options("ansi", ascii=True, clipboard="file")


@pytest.mark.parametrize(
    "written", ["tui = 1", '[tui]\ntheme = "pink"', "[tui]\ntheme = 7", '[tui]\nascii = "yes"', "[tui"]
)
def test_what_cannot_be_is_said(written: str) -> None:
    configure(written)
    with pytest.raises(InvalidInput, match=r"config\.toml"):
        given()


def test_a_way_to_copy_that_there_is_not() -> None:
    with pytest.raises(InvalidInput, match="osc52"):
        given({"MVFS_CLIPBOARD": "fax"})


async def test_where_one_was_is_opened_again_and_typed_places_are_known(shop: Shop) -> None:
    async with showing(shop, "vision/classifier:v3") as pilot:
        await press(pilot, "colon", *"v1", "enter", "slash", *"note", "enter")
        pilot.app.exit()
        pilot.app.remembered.save()  # type: ignore[attr-defined]
    opened = open_again(shop.catalog)
    assert str(opened.place) == "vision/model/classifier:v1 /note"
    assert opened.goal.number == 1
    async with showing(shop, str(opened.place)) as pilot:
        assert "vision/model/classifier:v1  /note" in frame(pilot)[0]
        await press(pilot, "colon", "up", "enter")
        assert "vision/model/classifier:v1" in frame(pilot)[0]


@pytest.mark.parametrize("kept", ["vision/model/gone:v3", "", "[", "lineage a/b", "run", "x::y"])
def test_a_place_that_is_not_there_any_more_is_no_hindrance(shop: Shop, kept: str) -> None:
    found = remembered(shop.catalog.location)
    found.place = kept
    found.save()
    assert open_again(shop.catalog).place.view in ("browse", "run")


@pytest.mark.parametrize("written", [b"", b"{", b"[]", b'{"place": 7, "jumps": [1, "a"]}', b"\xff", b"null"])
def test_a_damaged_memory_is_none(tmp_path: Path, written: bytes) -> None:
    found = remembered("somewhere")
    found.path.parent.mkdir(parents=True)
    found.path.write_bytes(written)
    again = remembered("somewhere")
    assert again.place == ""
    assert again.jumps in ([], ["a"])


def test_typed_places_are_kept_once_and_not_for_ever() -> None:
    found = remembered("somewhere")
    for number in range(200):
        found.add_jump(str(number % 60))
    found.save()
    assert json.loads(found.path.read_bytes())["jumps"] == remembered("somewhere").jumps
    assert len(found.jumps) == 50
    assert found.jumps[-1] == "19"


def test_a_frame_is_printed_without_a_terminal(shop: Shop, tmp_path: Path) -> None:
    done = mvfs(
        "tui", "--frame", "vision/classifier:v1", "sort:-acc", "--size", "90x12", store=tmp_path / "store"
    )
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()
    assert len(rows) == 12
    assert rows[0].startswith(" mvfs  vision/model/classifier:v1  sort:-acc")
    assert "▲ production" in done.stdout
    assert "\x1b" not in done.stdout
    assert not (tmp_path / "state" / "tui").exists()


@pytest.mark.parametrize("theme", ["dark", "light", "ansi"])
def test_a_frame_can_have_colours(shop: Shop, theme: str) -> None:
    opened = open_at(shop.catalog, Place.parse("vision/classifier:v1"))
    rows = one_frame(opened, Options(theme), (100, 12), colour=True)
    assert len(rows) == 12
    assert ("\x1b[1;36m" if theme == "ansi" else "38;2;") in rows[0]


@pytest.mark.parametrize("size", ["10x10", "120", "120x", "9999x10", "axb"])
def test_a_size_that_cannot_be(shop: Shop, tmp_path: Path, size: str) -> None:
    done = mvfs("tui", "--frame", "vision", "--size", size, store=tmp_path / "store")
    assert done.returncode == 2
    assert "as in 120x40" in done.stderr
