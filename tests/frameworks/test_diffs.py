"""What `mvfs.diff` asks of Pillow, pyarrow and duckdb, where these are installed."""

from __future__ import annotations

import io
from typing import Any

import pytest

from mvfs.diff import image, rows
from mvfs.diff.rows import Table
from mvfs.errors import InvalidInput

pytestmark = pytest.mark.filterwarnings("default")


def picture(kind: str, white: int = 0, mode: str = "RGB") -> bytes:
    """A black picture of 40 x 30 pixels whose first ones are white."""
    from PIL import Image

    made = Image.new(mode, (40, 30))
    made.paste("white", (0, 0, 40, white // 40))
    out = io.BytesIO()
    made.save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_share_of_pixels(kind: str) -> None:
    found = image.look(picture(kind))
    assert found is not None
    assert found.title == f"{kind} 40 x 30"
    assert image.share_changed(picture(kind), picture(kind, 120)) == (0.1, "")
    assert image.share_changed(picture(kind, 80), picture(kind, 80)) == (0.0, "")
    assert image.share_changed(picture("PNG", 40, "L"), picture(kind, 40)) == (0.0, "")


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_sizes_of_other_formats(kind: str) -> None:
    found = image.look(picture(kind))
    assert found is not None
    assert found.title == f"{kind} 40 x 30"
    share, _ = image.share_changed(picture(kind), picture(kind, 600))
    assert share == pytest.approx(0.5, abs=0.1)


def test_a_broken_picture_is_said() -> None:
    share, why = image.share_changed(picture("PNG"), picture("PNG")[:60])
    assert share is None
    assert "cannot be decoded" in why


def parquet(columns: dict[str, Any]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


@pytest.fixture(params=["pyarrow", "duckdb"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "find_spec", lambda name: object() if name == request.param else None)


def test_parquet(library: None, monkeypatch: pytest.MonkeyPatch) -> None:
    data = parquet({"id": ["a", "b"], "x": [1.5, None], "l": [[1, 2], [3]]})
    assert rows.read(data, "t.parquet") == Table(("id", "x", "l"), [("a", 1.5, [1, 2]), ("b", None, [3])])
    for broken in (b"", b"PAR1", data[:50], data[:-20]):
        with pytest.raises(InvalidInput, match="no table"):
            rows.read(broken, "t.parquet")
    monkeypatch.setattr(rows, "MAX_ROWS", 1)
    with pytest.raises(InvalidInput, match="more than 1 rows"):
        rows.read(data, "t.parquet")
