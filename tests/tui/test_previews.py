"""What is made of the content of files: which kind, how much of it is read, and that nothing breaks it."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from mvfs.errors import NotFound
from mvfs.store.cutting.tensors import Tensor
from tests.tui.showing import Shop
from tests.tui.test_evil import EVIL, check, evil
from tui.library import Library
from tui.reading import grids, previews
from tui.reading.previews import Opened
from tui.viewmodel.preview import data, text
from tui.viewmodel.preview.data import Data
from tui.viewmodel.preview.folder import Folder
from tui.viewmodel.preview.hex import Hex
from tui.viewmodel.preview.image import Picture, Unreadable, load, shade
from tui.viewmodel.preview.preview import Preview
from tui.viewmodel.preview.table import Grid, Table
from tui.viewmodel.preview.tensors import Tensors, counted
from tui.viewmodel.preview.text import Text


def opened(shop: Shop, body: bytes | str, path: str, kind: str = "") -> Opened:
    shop.log("files", {path: body})
    return previews.opened(Library(shop.catalog), f"vision/files/{path}", kind)


def rows(shown: Any, width: int = 100) -> list[str]:
    assert isinstance(shown, Preview)
    return ["".join(part for part, _ in shown.spans(row, width)).rstrip() for row in shown.rows()]


@pytest.mark.parametrize(
    ("path", "body", "kinds"),
    [
        ("a.txt", "hello", ("text", "hex")),
        ("a.json", "{}", ("data", "text", "hex")),
        ("a.csv", "a,b\n1,2\n", ("table", "text", "hex")),
        ("a.jsonl", '{"a": 1}\n', ("table", "text", "hex")),
        ("a.table.json", '{"columns": ["a"], "data": [[1]]}', ("table", "data", "text", "hex")),
        ("a.bin", b"\0\1\2", ("hex",)),
        ("a.pkl", b"\x80\x04\x95\0\0", ("hex",)),
        ("a.py", "x = 'é'\n", ("text", "hex")),
        ("empty", "", ("text", "hex")),
        ("README.md", "# Title", ("page", "text", "hex")),
    ],
)
def test_the_kind_of_a_file(empty: Shop, path: str, body: bytes | str, kinds: tuple[str, ...]) -> None:
    found = opened(empty, body, path)
    assert found.kinds == kinds
    assert found.kind == kinds[0]
    assert not found.trouble
    for kind in kinds:
        assert opened(empty, body, path, kind).kind == kind


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("a.json", "{broken", "not shown as data"),
        ("a.json", "[" * 50_000, "not shown as data"),
        ("a.json", "[" + "[]," * 300_000 + "1]", "too large to be shown as a tree"),
        ("a.csv", "x" * 1_100_000 + "\n1", "its first line is longer"),
        ("a.csv", '"' + "x" * 200_000 + '"\n', "field larger than field limit"),
        ("a.jsonl", '{"a": 1}\nnot json\n', "line 2 is no JSON"),
        ("a.table.json", '{"columns": 3}', "it has no columns and rows"),
        ("a.parquet", b"PAR1", "not shown as table"),
        ("a.png", b"\x89PNG\r\n\x1a\nbroken", "not shown as image"),
    ],
)
def test_what_is_not_what_it_says_is_shown_in_another_way(
    empty: Shop, path: str, body: bytes | str, said: str
) -> None:
    found = opened(empty, body, path)
    assert said in found.trouble
    assert found.kind in ("data", "text", "hex")[path == "a.json" :]


def test_text_is_read_piece_by_piece(empty: Shop) -> None:
    lines = [f"line {n} é漢" for n in range(60_000)]
    found = opened(empty, "\n".join(lines), "long.txt")
    shown = found.shown
    assert isinstance(shown, Text)
    asked: list[int] = []

    def read(offset: int, length: int) -> bytes:
        asked.append(length)
        return found.read(offset, length)

    assert shown.end <= text.PIECE
    while shown.wants_more:
        shown.take(previews.more(read, shown))
    assert [row.text for row in shown.rows()] == lines
    assert set(asked) == {text.PIECE}
    assert shown.about() == "text, 60,000 lines"


@settings(max_examples=60, deadline=None)
@example("00\r\x80", 4)
@given(st.text(max_size=400), st.integers(4, 40))
def test_pieces_put_together_are_the_text(written: str, piece: int) -> None:
    raw = written.encode("utf-8", "replace")
    shown = Text(len(raw))
    while shown.end < len(raw):
        shown.take(text.decoded(raw[shown.end : shown.end + piece], shown.end, len(raw)))
    lines: list[str] = []
    for row in shown.rows():
        if row.part:
            lines[-1] += row.text
        else:
            lines.append(row.text)
    wanted = raw.decode().split("\n")
    if not wanted[-1]:
        wanted.pop()
    assert [one.rstrip("\r") for one in lines] == [one.rstrip("\r") for one in wanted]


def test_a_line_longer_than_a_piece_goes_on(empty: Shop) -> None:
    found = opened(empty, "é" * 300_000 + "\nend", "one.txt")
    shown = found.shown
    assert isinstance(shown, Text)
    while shown.wants_more:
        shown.take(previews.more(found.read, shown))
    assert "".join(row.text for row in shown.rows() if row.number == 1) == "é" * 300_000
    assert {row.number for row in shown.rows()} == {1, 2}
    assert rows(shown)[1].lstrip().startswith("↪")


def test_values_fold_and_are_shown_in_part() -> None:
    shown = Data(json.loads('{"a": {"b": 1}, "long": [' + ",".join(map(str, range(500))) + "]}"))
    assert rows(shown) == ["▾ a", "    b  1", "▸ long  [500 items]"]
    assert shown.open(shown.rows()[2])
    assert len(shown.rows()) == 2 + 1 + 200 + 1
    assert "… 300 more" in rows(shown)[-1]
    assert shown.open(shown.rows()[-1])
    assert len(shown.rows()) == 2 + 1 + 500
    assert shown.plain(shown.rows()[0]) == '{"b": 1}'
    assert shown.place_of(shown.rows()[1]) == "a.b"


def test_tables_of_each_format(empty: Shop) -> None:
    body = "id;name\n1;ann\n2;bob\n"
    assert rows(opened(empty, body, "a.csv").shown) == [" 1   1  ann", " 2   2  bob"]
    body = '{"id": 1, "x": {"y": [1]}}\n{"z": null}\n'
    found = opened(empty, body, "a.jsonl").shown
    assert isinstance(found, Table)
    assert found.about() == "JSON lines, 2 rows, 3 columns"
    assert rows(found)[0] == ' 1   1  {"y": [1]}'
    body = json.dumps({"_type": "table", "columns": ["p", "q"], "data": [[0.5, "cat"]]})
    assert rows(opened(empty, body, "a.table.json").shown) == [" 1  0.5  cat"]


def test_a_row_opens_into_its_fields_and_columns_move() -> None:
    shown = Table(Grid("CSV", ["a", "b"], [["1", "x" * 100], ["2"]], 2))
    assert shown.open(shown.rows()[0])
    assert rows(shown, 160)[2] == "      b  " + "x" * 100
    assert shown.plain(shown.rows()[2]) == "x" * 100
    assert shown.slide(1)
    assert "".join(part for part, _ in shown.header(40)).split() == ["<", "b"]
    assert not shown.slide(1)


def test_a_million_columns_are_cut(empty: Shop) -> None:
    head = ",".join(map(str, range(100_000)))
    shown = opened(empty, f"{head}\n{head}\n", "wide.csv").shown
    assert isinstance(shown, Table)
    assert "100,000 columns, the first 256 shown" in shown.about()


def test_tensors_come_from_the_manifest(empty: Shop, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    layers = {f"layers.{n}.{what}": np.zeros((4, 2), np.float16) for n in (0, 2, 10) for what in ("w", "b")}
    save_file({**layers, "head.weight": np.zeros(3, np.float32)}, str(path))
    shown = opened(empty, path.read_bytes(), "m.safetensors").shown
    assert isinstance(shown, Tensors)
    assert shown.about() == "7 tensors, 51 parameters in F16, F32"
    said = [row.split()[0:2] for row in rows(shown)]
    assert said[:3] == [["▾", "layers"], ["▾", "0"], ["b", "F16"]]
    assert [row.split()[1] for row in rows(shown) if row.strip().startswith("▾ ")] == [
        "layers",
        "0",
        "2",
        "10",
    ]
    assert any("4 × 2" in row and "16 B" in row for row in rows(shown))
    assert shown.open(shown.rows()[0])
    assert len(shown.rows()) == 2


def test_absurd_shapes_are_not_believed() -> None:
    shown = Tensors([Tensor("x", "?", (2**62,) * 60, 0, 8), Tensor("a..b//c.", "F32", (0,), 8, 0)])
    assert "?" in shown.about()
    check([list(shown.spans(row, 80)) for row in shown.rows()], 82)


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0"), (999, "999"), (1000, "1 k"), (7_241_732_096, "7.24 B"), (10**20, "?")]
)
def test_parameters_are_counted_in_three_digits(number: int, shown: str) -> None:
    assert counted(number) == shown


def test_bytes_are_the_first_ones(empty: Shop) -> None:
    shown = opened(empty, bytes(range(256)) * 1024, "x.bin").shown
    assert isinstance(shown, Hex)
    assert rows(shown)[0] == "00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  " + "·" * 16
    assert len(shown.rows()) == (64 << 10) // 16
    assert "of 256 KiB" in shown.about()


def test_a_directory_lists_what_lies_in_it(empty: Shop) -> None:
    empty.log("files", {"d/e/x.txt": "1", "d/y.txt": "2"})
    found = previews.opened(Library(empty.catalog), "vision/files:v0/d")
    assert isinstance(found.shown, Folder)
    assert [" ".join(row.split()) for row in rows(found.shown)] == ["▸ e/ 1 file", "y.txt 1 B"]
    whole = previews.opened(Library(empty.catalog), "vision/files:v0")
    assert [" ".join(row.split()) for row in rows(whole.shown)] == ["▸ d/ 2 files"]


def test_what_is_not_there_is_said(empty: Shop) -> None:
    empty.log("files", {"a": "1"})
    run = empty.run("r")
    for ref in ("vision/files:v0/b", "vision/files:v9", f"vision:{run}/uncommitted.patch", "vision:none/x"):
        with pytest.raises(NotFound):
            previews.opened(Library(empty.catalog), ref)


# Pictures: Pillow is not installed where the tests run, so its part is played by a stand-in.


class _Image:
    """As much of Pillow's image as is used: one red point over one blue one."""

    size, mode, format, info = (1, 2), "RGB", "PNG", {}

    def resize(self, size: tuple[int, int]) -> _Image:
        scaled = _Image()
        scaled.size = size
        return scaled

    def tobytes(self) -> bytes:
        width, height = self.size
        return b"\xff\0\0" * (width * height // 2) + b"\0\0\xff" * (width * height - width * height // 2)


def test_a_picture_is_fitted_into_the_window() -> None:
    picture = Picture(_Image(), "PNG", (1, 2))
    cells = picture.cells(20, 4)
    assert len(cells) <= 4
    assert all(len(row) <= 20 for row in cells)
    assert cells[0][0].upper == (255, 0, 0)
    assert cells[-1][0].lower == (0, 0, 255)
    assert "1 × 2" in picture.about()


def test_without_colour_shades_are_characters() -> None:
    from tui.viewmodel.preview.image import Cell

    black, white = (0, 0, 0), (255, 255, 255)
    assert shade(Cell(black, black)) == " "
    assert shade(Cell(white, white)) == "@"
    assert shade(Cell(white, black)) not in " @"


def test_a_picture_needs_pillow_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.viewmodel.preview.image.is_possible", lambda: False)
    with pytest.raises(Unreadable, match="pip install"):
        load(b"")


def png(width: int, height: int) -> bytes:
    """A picture in a few bytes, however large it says it is."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(evil, min_size=1, max_size=6), st.integers(16, 120))
def test_no_content_sends_a_control_character(words: list[str], width: int) -> None:
    shown: list[Preview] = [
        Data({word: {word: [word, 1]} for word in words}),
        Table(Grid(words[0], words, [[*words, None], words[:1]], None, 7)),
        Tensors([Tensor(word + str(n), word, (n,), n, 1) for n, word in enumerate(words)]),
        Hex("".join(words).encode("utf-8", "surrogatepass"), 9),
        _text("\n".join(words)),
    ]
    for one in shown:
        for row in list(one.rows()):
            one.open(row)
        check([list(one.spans(row, width)) for row in one.rows()], width)
        check([list(one.header(width))], width)
        for row in one.rows():
            assert isinstance(one.plain(row), str)


def _text(written: str) -> Text:
    raw = written.encode("utf-8", "replace")
    shown = Text(len(raw), patch=True)
    shown.take(text.decoded(raw, 0, len(raw)))
    return shown


def test_evil_names_and_values_in_json() -> None:
    raw = json.dumps({word: word for word in EVIL}).encode()
    try:
        shown = Data(data.parse(raw))
    except ValueError:
        shown = Data(
            data.parse(json.dumps({w.encode("utf-8", "replace").decode(): 1 for w in EVIL}).encode())
        )
    check([list(shown.spans(row, 60)) for row in shown.rows()], 61)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([".csv", ".tsv", ".jsonl", ".table.json", ".parquet"]))
def test_random_bytes_are_a_table_or_a_reason(body: bytes, suffix: str) -> None:
    try:
        shown = grids.table("x" + suffix, lambda offset, length: body[offset : offset + length], len(body))
    except ValueError as exc:
        assert str(exc)
    else:
        check([list(shown.spans(row, 60)) for row in shown.rows()], 61)
