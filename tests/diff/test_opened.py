"""Each file is compared as what it is, and as something simpler where it is not that."""

from __future__ import annotations

import json
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mvfs.catalog.project import Project
from mvfs.diff import image, opened, text
from mvfs.diff.files import changes
from mvfs.diff.model import Change, Kind
from mvfs.diff.opened import (
    BINARY,
    BytesDiff,
    FileDiff,
    ImageDiff,
    MappingDiff,
    TextDiff,
    of_file,
)
from mvfs.diff.table import TableDiff
from mvfs.diff.text import hunks
from tests.conftest import LogFiles

Compare = Callable[..., FileDiff]


@pytest.fixture
def compare(project: Project, log_files: LogFiles) -> Compare:
    def do(name: str, old: bytes | str | None, new: bytes | str | None, **options: Any) -> FileDiff:
        sides = [
            project.content(log_files({"other": str(at)} | ({} if one is None else {name: one})).version)
            for at, one in enumerate((old, new))
        ]
        (change,) = [one for one in changes(*sides) if one.path == name]
        return of_file(change, *sides, **options)

    return do


def test_text(compare: Compare) -> None:
    found = compare("a.py", "x = 1\ny = 2\n", "x = 1\ny = 3\n")
    assert isinstance(found.body, TextDiff)
    (hunk,) = hunks(found.body.old.rows, found.body.new.rows)
    assert [(row.kind, row.old, row.new) for row in hunk.rows][1] == (Kind.CHANGED, "y = 2", "y = 3")


def test_what_is_only_on_one_side_is_text_beside_nothing(compare: Compare) -> None:
    found = compare("a.json", None, "{}\n").body
    assert isinstance(found, TextDiff)
    assert (found.old.rows, found.new.rows) == ([], ["{}"])
    found = compare("b.csv", "a\n1\n", None).body
    assert isinstance(found, TextDiff)
    assert (found.old.rows, found.new.rows) == (["a", "1"], [])
    assert compare("c.bin", None, b"\0").remark == BINARY


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("c.json", '{"a": {"b": 1}}', '{"a": {"b": 2}}'),
        ("c.yaml", "a:\n  b: 1\n", "a:\n  b: 2\n"),
        ("C.YML", "a: {b: 1}", "a: {b: 2}"),
        ("c.toml", "[a]\nb = 1\n", "a.b = 2\n"),
    ],
)
def test_nested_values(compare: Compare, name: str, old: str, new: str) -> None:
    assert compare(name, old, new).body == MappingDiff((Change("a.b", Kind.CHANGED, 1, 2),))


def test_the_same_values_written_otherwise(compare: Compare) -> None:
    found = compare("c.json", '{"a": 1, "b": 2}', '{"b": 2, "a": 1}')
    assert found.body == MappingDiff(())
    assert found.remark == "all values are the same; they are written in another way"


@pytest.mark.parametrize(
    ("name", "old", "new", "why"),
    [
        ("c.json", '{"a": 1', '{"a": 2', "cannot be read as JSON"),
        ("c.json", "[" * 100_000, "[" * 100_001, "cannot be read as JSON"),
        ("c.json", '{"a": ' + "9" * 5000 + "}", "{}", "cannot be read as JSON"),
        ("c.yaml", "a: [", "a: {", "cannot be read as YAML"),
        ("c.yaml", "a: &x [1]\nb: *x\n", "a: 1\n", "aliases"),
        ("c.yaml", "a: !!python/object/apply:os.getcwd []", "a: 1", "cannot be read as YAML"),
        ("c.toml", "a =", "a = 1", "cannot be read as TOML"),
        ("c.json", "1", "2", ""),
        ("t.csv", "a\n1,2\n", "a\n1\n", "no table"),
        ("t.jsonl", "1\n", "2\n", "no table"),
        ("i.png", "not a png", "nor this", "an image of a format that is not known"),
    ],
)
def test_what_is_not_what_its_name_says_is_text(
    compare: Compare, name: str, old: str, new: str, why: str
) -> None:
    found = compare(name, old, new)
    assert isinstance(found.body, TextDiff)
    assert why in found.remark


def test_yaml_without_its_library_is_text(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "find_spec", lambda _: None)
    found = compare("c.yaml", "a: 1", "a: 2")
    assert isinstance(found.body, TextDiff)
    assert "pip install pyyaml" in found.remark


def test_tables(compare: Compare) -> None:
    for name, old, new in (
        ("t.csv", "id,a\nx,1\n", "id,a\nx,2\n"),
        ("t.jsonl", '{"id": "x", "a": 1}', '{"id": "x", "a": 2}'),
        ("t.json", '[{"id": "x", "a": 1}]', '[{"id": "x", "a": 2}]'),
        ("t.table.json", *(json.dumps({"columns": ["id", "a"], "data": [["x", n]]}) for n in (1, 2))),
    ):
        found = compare(name, old, new).body
        assert isinstance(found, TableDiff), name
        assert (found.key, found.changed, found.rows[0].key) == ("id", 1, "x")
    assert isinstance(compare("t.csv", "id,a\nx,1\n", "id,a\nx,2\n", as_text=True).body, TextDiff)


def test_parquet_says_what_to_install(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    from mvfs.diff import rows

    monkeypatch.setattr(rows, "find_spec", lambda _: None)
    found = compare("t.parquet", b"PAR1\0", b"PAR1\0\0")
    assert isinstance(found.body, BytesDiff)
    assert "pip install pyarrow" in found.remark


def test_large_files_are_not_read(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MAX_TEXT", 10)
    found = compare("a.txt", "short", "longer than ten")
    assert isinstance(found.body, BytesDiff)
    assert found.remark.startswith("larger than")


def test_many_lines_are_counted_only(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_LINES", 10)
    same = "".join(f"{i}\n" for i in range(30))
    found = compare("a.txt", same + "x\n", same + "y\n").body
    assert isinstance(found, TextDiff)
    assert not found.is_too_long  # what is the same at both ends does not count
    found = compare("b.txt", "".join(f"{i}\n" for i in range(11)), "a\n").body
    assert isinstance(found, TextDiff)
    assert found.is_too_long
    assert text.counts(found.old.rows, found.new.rows) == (1, 11)
    monkeypatch.setattr(opened, "MAX_LINES", 10)
    assert compare("c.txt", "1\n" * 11, "2\n").remark == "more than 10 lines"


def png(width: int, height: int, colour: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([colour]) * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_images(compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    found = compare("i.png", png(4, 2, 0), png(8, 2, 0)).body
    assert isinstance(found, ImageDiff)
    assert [one.title for one in (found.old, found.new)] == ["PNG 4 x 2", "PNG 8 x 2"]
    monkeypatch.setattr(image, "find_spec", lambda _: None)
    found_ = compare("i.png", png(4, 2, 0), png(4, 2, 9))
    assert "pip install pillow" in found_.remark
    assert isinstance(found_.body, ImageDiff)
    assert found_.body.share_changed is None


def test_sizes_of_images() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08\x00\x07\x00\x09"
    webp = b"RIFF\0\0\0\0WEBP"
    told = {
        jpeg: "JPEG 9 x 7",
        b"GIF89a\x03\0\x04\0": "GIF 3 x 4",
        b"BM" + bytes(12) + struct.pack("<Iii", 40, 5, -6): "BMP 5 x 6",
        webp + b"VP8 " + bytes(10) + struct.pack("<HH", 5, 6): "WEBP 5 x 6",
        webp + b"VP8L" + bytes(5) + struct.pack("<I", 4 | 5 << 14): "WEBP 5 x 6",
        webp + b"VP8X" + bytes(8) + b"\4\0\0\5\0\0": "WEBP 5 x 6",
    }
    for data, title in told.items():
        found = image.look(data)
        assert found is not None
        assert found.title == title
        for end in range(len(data)):
            image.look(data[:end])  # cut anywhere, it is no error
    assert image.look(b"\xff\xd8\xff\xe0\x00\x00" * 9) is None


def test_a_hostile_image_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "find_spec", lambda _: object())
    monkeypatch.setitem(sys.modules, "PIL.Image", ModuleType("PIL.Image"))  # whose use would fail
    share, why = image.share_changed(png(1, 1, 0)[:16] + struct.pack(">II", 2**31, 2**31), png(1, 1, 0))
    assert share is None
    assert "are not decoded" in why


def test_local_file_beside_a_version(project: Project, log_files: LogFiles, tmp_path: Path) -> None:
    from mvfs.diff.sides import Folder, Part, Renamed

    content = project.content(log_files({"c.json": '{"a": 1}'}).version)
    (tmp_path / "d.json").write_text('{"a": 2}')
    old = Renamed(Part(content, "c.json"), "c.json", "d.json")
    new = Folder(tmp_path / "d.json", {8})
    (change,) = changes(old, new)
    assert of_file(change, old, new).body == MappingDiff((Change("a", Kind.CHANGED, 1, 2),))
