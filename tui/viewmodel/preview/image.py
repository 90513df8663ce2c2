"""A picture in half blocks: each character shows two points, one above the other. Needs Pillow.

Where there is no colour, shades are characters.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

Image = Any
"""Pillow's image; Pillow need not be installed."""

MOST_BYTES = 64 << 20
_MOST_POINTS = 48_000_000
"""Of a picture before it is made smaller: four bytes each in memory."""

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM")
"""Formats whose readers run no other program and are looked after."""

_KEPT = 512
"""Points, along the longer side, that are kept to be fitted into the window."""

_RAMP = " .:-=+*#%@"

Colour = tuple[int, int, int]


class Cell(NamedTuple):
    """A character of the picture: its upper and its lower point."""

    upper: Colour
    lower: Colour


class Unreadable(Exception):
    """The picture cannot be shown; the text says why."""


def is_possible() -> bool:
    """Whether Pillow is installed."""
    return find_spec("PIL") is not None


class Picture:
    """A picture, made small enough to keep."""

    def __init__(self, image: Image, format_: str, size: tuple[int, int]) -> None:
        self._image, self.format, self.size = image, format_, size

    def about(self) -> str:
        """Format and size."""
        return f"{self.format}, {self.size[0]:,} \N{MULTIPLICATION SIGN} {self.size[1]:,} points"

    def cells(self, width: int, height: int) -> list[list[Cell]]:
        """The picture as large as fits into ``width`` columns and ``height`` rows, two points in each."""
        wide, high = self._image.size
        scale = min(width / wide, 2 * height / high, max(1.0, 8 / max(wide, high)))
        fitted = max(round(wide * scale), 1), max(round(high * scale), 1)
        points = self._image.resize(fitted)
        rows: list[Sequence[Colour]] = _rows(points.tobytes(), fitted[0])
        if len(rows) % 2:
            rows.append(rows[-1])
        return [
            [Cell(upper, lower) for upper, lower in zip(rows[y], rows[y + 1], strict=True)]
            for y in range(0, len(rows), 2)
        ]


def _rows(raw: bytes, width: int) -> list[Sequence[Colour]]:
    points = list(zip(raw[0::3], raw[1::3], raw[2::3], strict=True))
    return [points[at : at + width] for at in range(0, len(points), width)]


def shade(cell: Cell) -> str:
    """A character as bright as a cell is, for where there is no colour."""
    red, green, blue = (one + other for one, other in zip(cell.upper, cell.lower, strict=True))
    light = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 510
    return _RAMP[min(int(light * len(_RAMP)), len(_RAMP) - 1)]


def load(raw: bytes) -> Picture:
    """Read a picture.

    Raises:
        Unreadable: Pillow is not installed, or it is none, damaged, too large, or of a format not read here.
    """
    if not is_possible():
        raise Unreadable("pictures need Pillow: pip install 'mvfs[previews]'")
    pillow = import_module("PIL.Image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of pictures that grow beyond measure it only warns
            image = pillow.open(io.BytesIO(raw), formats=_FORMATS)
            size, format_ = image.size, image.format or "picture"
            if size[0] * size[1] > _MOST_POINTS or min(size) < 1:
                raise Unreadable(f"{size[0]:,} by {size[1]:,} points are too many to be shown here")
            image.draft("RGB", (_KEPT, _KEPT))
            image.thumbnail((_KEPT, _KEPT))
            return Picture(_on_grey(image), format_, size)
    except Unreadable:
        raise
    except Exception as exc:  # Pillow's readers raise anything at hostile bytes
        raise Unreadable(f"the picture cannot be read: {exc}") from exc


def _on_grey(image: Image) -> Image:
    """In colours; what is transparent shows a middle grey."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        pillow = import_module("PIL.Image")
        ground = pillow.new("RGBA", layer.size, (96, 96, 96, 255))
        return pillow.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")
