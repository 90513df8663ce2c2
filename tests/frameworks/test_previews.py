"""What the terminal UI shows of pictures and Parquet, with the libraries that read them."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from tui.reading import grids
from tui.viewmodel.preview.image import Unreadable, load
from tui.viewmodel.preview.table import Table


def test_a_picture_in_half_blocks() -> None:
    import PIL.Image

    image = PIL.Image.new("RGBA", (300, 100), (255, 0, 0, 255))
    image.paste((0, 0, 255, 0), (0, 50, 300, 100))
    for format_, mode in (("PNG", "RGBA"), ("JPEG", "RGB"), ("GIF", "P"), ("WEBP", "RGB"), ("BMP", "L")):
        raw = io.BytesIO()
        image.convert(mode).save(raw, format_)
        picture = load(raw.getvalue())
        assert (picture.format, picture.size) == (format_, (300, 100))
        cells = picture.cells(60, 40)
        assert (len(cells), len(cells[0])) == (10, 60)
        if mode == "RGBA":
            assert cells[0][0].upper == (255, 0, 0)
            assert cells[-1][0].lower == (96, 96, 96)  # what is transparent is grey


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("raw", [b"", b"GIF89a", png(50_000, 50_000), png(9_000, 9_000), png(40, 40),
                                 b"%!PS-Adobe-3.0 EPSF-3.0\n", png(0, 0)])  # fmt: skip
def test_bombs_and_broken_pictures_are_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        load(raw)


def table(tmp_path: Path, columns: dict[str, Any]) -> tuple[Table, list[tuple[int, int]], int]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "x.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=100_000)
    raw = path.read_bytes()
    asked: list[tuple[int, int]] = []

    def read(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return raw[offset : offset + length]

    return grids.table("x.parquet", read, len(raw)), asked, len(raw)


def test_the_head_of_parquet_is_read_and_no_more(tmp_path: Path) -> None:
    import random

    count = 400_000
    noise = [random.Random(n).random() for n in range(count)]
    shown, asked, size = table(
        tmp_path, {"id": list(range(count)), "noise": noise, "name": ["x\x1b[2J"] * count}
    )
    assert shown.about() == "Parquet, 400,000 rows, the first 1,000 shown, 3 columns"
    rows = list(shown.rows())
    assert len(rows) == 1000
    assert "␛[2J" in "".join(part for part, _ in shown.spans(rows[0], 100))
    assert sum(length for _, length in asked) < size / 2


def test_empty_parquet_and_what_is_none(tmp_path: Path) -> None:
    shown, _, _ = table(tmp_path, {"a": []})
    assert shown.about() == "Parquet, 0 rows, 1 column"
    with pytest.raises(ValueError, match=r"."):
        grids.table("x.parquet", lambda offset, length: b"PAR1" * 8, 32)
