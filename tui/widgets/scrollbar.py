"""A scrollbar of which only those cells are sent again that look different."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip


class StillBar(ScrollBar):
    """Textual's bar is painted as a whole for each row that a list scrolls or grows by."""

    def __init__(self, *, thickness: int = 1) -> None:
        super().__init__(vertical=True, name="vertical", thickness=thickness)
        self._painted: dict[int, Segment] = {}
        self._drawn: tuple[object, Sequence[Segment]] = (None, ())
        """All cells, and what they were drawn for: they are asked for row by row."""

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> StillBar:
        """Repaint what looks different, where the whole is asked for."""
        if regions or layout or recompose or not repaint or not self._painted:
            super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
            return self
        for y, cell in enumerate(self._cells()):
            if self._painted.get(y) != cell:
                super().refresh(Region(0, y, self.size.width, 1))
        return self

    def render_line(self, y: int) -> Strip:
        """Paint one row, and remember how."""
        cells = self._cells()
        if y >= len(cells):
            return Strip.blank(self.size.width)
        self._painted[y] = cells[y]
        return Strip([cells[y]], self.size.width)

    def _cells(self) -> Sequence[Segment]:
        drawn = cast("ScrollBarRender", self.render())
        style, ground = cast("Style", drawn.style), self.rich_style
        wanted = self.size, drawn.virtual_size, drawn.window_size, drawn.position, style, ground
        if self._drawn[0] != wanted:
            bar = self.renderer.render_bar(
                self.size.height, drawn.virtual_size, drawn.window_size, drawn.position, self.size.width,
                back_color=style.bgcolor or Color.default(), bar_color=style.color or Color.default(),
            )  # fmt: skip
            self._drawn = wanted, list(Segment.apply_style(bar.segments, ground))
        return self._drawn[1]
