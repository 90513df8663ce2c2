"""The view of a file: arriving, folding, reading on, going through a directory, copying."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest

from tests.tui.showing import UI, Shop, frame, is_clean, press, said, settle, showing, text, until
from tests.tui.test_evil import EVIL
from tui.place import Place
from tui.screens.file import FileScreen
from tui.viewmodel.preview.image import Picture

JSON = '{"name": "iv3", "layers": {"count": 3, "sizes": [1, 2, 3]}, "other": [{"a": 1}, {"b": 2}]}'


@pytest.fixture
def files(empty: Shop) -> Shop:
    """A version with a file of each kind."""
    empty.log(
        "files",
        {
            "config.json": JSON,
            "long.txt": "\n".join(f"line {n}" for n in range(40_000)),
            "rows.csv": "id,label\n" + "".join(f"{n},cat\n" for n in range(50)),
            "raw.bin": bytes(range(256)),
            "sub/a.txt": "a",
            "sub/b.txt": "b",
        },
    )
    return empty


def screen(pilot: UI) -> FileScreen:
    found = pilot.app.screen
    assert isinstance(found, FileScreen)
    return found


async def test_a_file_opens_from_the_details_and_escape_comes_back(files: Shop) -> None:
    async with showing(files, "vision/files:v0 as:details", (100, 40)) as pilot:
        browse: Any = pilot.app.screen
        browse.details.move_to(("file", "config.json"))
        await press(pilot, "enter")
        assert frame(pilot)[0].startswith(" mvfs  file  vision/model/files:v0/config.json")
        assert "JSON, 3 keys" in frame(pilot)[1]
        await press(pilot, "escape")
        assert pilot.app.screen is browse
        assert browse.details.current.key == ("file", "config.json")
        await press(pilot, "5")
        assert "config.json" in frame(pilot)[0]


async def test_five_lists_the_files_of_a_version_and_enter_goes_deeper(files: Shop) -> None:
    async with showing(files, "vision/files:v0", (100, 40)) as pilot:
        await press(pilot, "5")
        assert "6 files" in frame(pilot)[1]
        await press(pilot, "G", "enter")
        assert "vision/model/files:v0/sub" in frame(pilot)[0]
        await press(pilot, "enter")
        assert "text, 1 line" in frame(pilot)[1]
        await press(pilot, "J")
        assert "sub/b.txt" in frame(pilot)[0]
        await press(pilot, "J")
        assert "sub/a.txt" in frame(pilot)[0]
        await press(pilot, "K", "left_square_bracket", "left_square_bracket")
        assert "sub/b.txt" in frame(pilot)[0]


async def test_values_fold(files: Shop) -> None:
    async with showing(files, "file vision/files:v0/config.json", (80, 24)) as pilot:
        assert "▸ sizes" in text(pilot)
        assert "[1, 2, 3]" in text(pilot)
        await press(pilot, "G", "enter")
        assert "▾ other" in text(pilot)
        assert "▾ 1" in text(pilot)
        await press(pilot, "enter")
        assert "▸ other" in text(pilot)


async def test_a_text_is_read_on_when_the_cursor_comes_near_its_end(files: Shop) -> None:
    async with showing(files, "file vision/files:v0/long.txt", (80, 24)) as pilot:
        assert "the first 256 KiB" in frame(pilot)[1]
        await press(pilot, "G")
        await until(pilot, lambda: "40,000 lines" in frame(pilot)[1])
        await press(pilot, "G")
        assert "line 39999" in text(pilot)


async def test_rows_are_filtered_and_matches_found(files: Shop) -> None:
    async with showing(files, "file vision/files:v0/rows.csv /49,", (80, 24)) as pilot:
        assert str(screen(pilot).place) == "file vision/files:v0/rows.csv /49,"
        await press(pilot, "escape")
        await press(pilot, "slash", *"49", "enter")
        assert "1 of 50" in frame(pilot)[1]
        await press(pilot, "escape", "g", "n")
        assert screen(pilot).list.current.number == 49


async def test_a_row_of_a_table_opens_and_columns_slide(files: Shop) -> None:
    async with showing(files, "file vision/files:v0/rows.csv", (80, 24)) as pilot:
        assert "id  label" in text(pilot)
        await press(pilot, "enter")
        assert "label  cat" in text(pilot)
        await press(pilot, "greater_than_sign")
        assert "id  label" not in text(pilot)
        await press(pilot, "greater_than_sign", "less_than_sign")
        assert "id  label" in text(pilot)


async def test_v_shows_a_file_in_another_way(files: Shop) -> None:
    async with showing(files, "file vision/files:v0/config.json", (80, 24)) as pilot:
        await press(pilot, "v")
        assert '  1  {"name": "iv3"' in text(pilot)
        assert str(screen(pilot).place).endswith("config.json as:text")
        await press(pilot, "v")
        assert "00000000  7b 22" in text(pilot)
        await press(pilot, "v")
        assert "JSON, 3 keys" in text(pilot)
        await press(pilot, "left_square_bracket", "left_square_bracket")
        assert '  1  {"name": "iv3"' in text(pilot)


async def test_what_is_under_the_cursor_is_copied(files: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    async with showing(files, "file vision/files:v0/config.json", (80, 24)) as pilot:
        monkeypatch.setattr(pilot.app, "copy_to_clipboard", copied.append)
        for key in ("r", "l", "k", "p", "g"):
            await press(pilot, "y", key)
        await press(pilot, "y", "d")
    version = files.project().version("files")
    entry: Any = files.project().content(version).find("config.json")
    assert copied == ["vision/model/files:v0/config.json", "iv3", "name", "vision/model/files/v0/config.json",
                      "mvfs get vision/model/files:v0/config.json", entry.digest.hex()]  # fmt: skip


async def test_a_file_that_is_not_there_is_said_and_the_ui_goes_on(files: Shop) -> None:
    async with showing(files, "file vision/files:v0/raw.bin", (80, 24)) as pilot:
        await press(pilot, "colon", *"file vision/files:v0/none", "enter")
        assert "holds no 'none'" in said(pilot, "footer")
        assert "00000000" not in text(pilot)
        await press(pilot, "left_square_bracket")
        assert "00000000  00 01" in text(pilot)


async def test_markdown_is_laid_out_for_the_width(empty: Shop) -> None:
    empty.log("files", {"README.md": "# About\n\n" + "word " * 40 + "\n- [x] done"})
    async with showing(empty, "file vision/files:v0/README.md", (60, 20)) as pilot:
        assert "☑ done" in text(pilot)
        before = len(screen(pilot).list.preview.rows())  # type: ignore[union-attr]
        await pilot.resize_terminal(120, 20)
        await settle(pilot)
        assert len(screen(pilot).list.preview.rows()) < before  # type: ignore[union-attr]
        assert "☑ done" in text(pilot)


def damage(shop: Shop, old: bytes, new: bytes) -> None:
    """Change stored bytes behind the store's back."""
    where = shop.catalog.backend.local_path("")
    assert where is not None
    for path in where.rglob("*"):
        if path.is_file() and old in (body := path.read_bytes()):
            path.chmod(0o644)
            path.write_bytes(body.replace(old, new))


async def test_a_damaged_file_is_said(files: Shop) -> None:
    for blob in (files.catalog.backend.local_path(""),):
        assert blob is not None
        for path in blob.rglob("*"):
            if path.is_file() and b"line 39" in path.read_bytes():
                path.chmod(0o644)
                path.write_bytes(path.read_bytes().replace(b"line 1\n", b"line X\n"))
    async with showing(files, "file vision/files:v0/long.txt", (80, 24)) as pilot:
        assert "is damaged" in text(pilot)
        assert "line X" not in text(pilot)


class _Image:
    """As much of Pillow's image as is used: red over blue."""

    size, mode, info = (2, 2), "RGB", {}

    def resize(self, size: tuple[int, int]) -> _Image:
        scaled = _Image()
        scaled.size = size
        return scaled

    def tobytes(self) -> bytes:
        half = self.size[0] * (self.size[1] // 2)
        return b"\xff\0\0" * half + b"\0\0\xff" * (self.size[0] * self.size[1] - half)


@pytest.mark.parametrize("without_colour", [True, False])
async def test_a_picture_is_shown(empty: Shop, monkeypatch: pytest.MonkeyPatch, without_colour: bool) -> None:
    empty.log("files", {"a.png": "a", "b.png": "b", "c.txt": "c"})
    monkeypatch.setattr("tui.viewmodel.preview.image.load", lambda raw: Picture(_Image(), "PNG", (2, 2)))
    if without_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    async with showing(empty, "file vision/files:v0/a.png", (80, 24)) as pilot:
        assert "PNG, 2 × 2 points" in frame(pilot)[1]
        assert ("▀▀▀" in text(pilot)) is not without_colour
        assert ("::" in text(pilot) or ".." in text(pilot)) is without_colour
        await press(pilot, "j", "J")
        assert "b.png" in frame(pilot)[0]
        await pilot.resize_terminal(40, 12)
        await press(pilot, "J", "y", "escape")
        assert "c.txt" in frame(pilot)[0]
        assert "  1  c" in text(pilot)


def evil_files() -> dict[str, bytes | str]:
    """Every evil string in a file of each kind, and in names of files."""
    stored = [one.encode("utf-8", "replace") for one in EVIL]
    bodies: dict[str, bytes | str] = {
        "all.txt": b"\n".join(stored),
        "all.patch": b"\n".join(b"+" + one for one in stored),
        "all.csv": b"\n".join(b"a," + one for one in stored),
        "all.json": json.dumps({one.decode(): [one.decode()] for one in stored}),
        "all.jsonl": "\n".join(json.dumps({one.decode(): one.decode()}) for one in stored),
        "all.table.json": json.dumps({"columns": EVIL[1:3], "data": [[one.decode()] * 2 for one in stored]}),
    }
    for one in stored:
        allowed = "".join(c for c in one.decode() if unicodedata.category(c) != "Cc" and c not in "/\\")
        name = unicodedata.normalize("NFC", allowed[:30]).strip(" .")
        if name:
            bodies[f"names/{name}"] = one
    return bodies


@pytest.mark.parametrize("size", [(40, 10), (120, 40)])
async def test_evil_files_in_every_way(empty: Shop, size: tuple[int, int]) -> None:
    bodies = evil_files()
    empty.log("files", bodies)
    async with showing(empty, "file vision/files:v0/names", size) as pilot:
        assert all(is_clean(row) for row in frame(pilot))
        for path in bodies:
            if path.startswith("names/") and len(path) > 20:
                continue
            go(pilot, f'file "vision/files:v0/{path}"')
            await settle(pilot)
            for keys in ("enter", "G enter", "v", "y"):
                await press(pilot, *keys.split())
                assert all(is_clean(row) for row in frame(pilot)), (path, keys)
            await press(pilot, "escape")


def go(pilot: UI, place: str) -> None:
    pilot.app.go(Place.parse(place))  # type: ignore[attr-defined]
