"""Points of pictures as they go to the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.app import App

from tui import glyphs
from tui.viewmodel.preview.image import Cell, shade


def painted(app: App[Any], cells: Sequence[Cell]) -> list[Segment]:
    """A row of a picture in half blocks; without colour in characters of different density."""
    if app.no_color or glyphs.is_ascii():
        return [Segment("".join(map(shade, cells)))]
    found: list[Segment] = []
    before: Cell | None = None
    for cell in cells:
        if cell == before:
            found[-1] = Segment(found[-1].text + "▀", found[-1].style)
        else:
            found.append(Segment("▀", _style(cell)))
        before = cell
    return found


@lru_cache(maxsize=8192)
def _style(cell: Cell) -> Style:
    return Style.from_color(Color.from_rgb(*cell.upper), Color.from_rgb(*cell.lower))
