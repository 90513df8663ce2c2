"""The content of a file: its rows, or the picture that it is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui import strips, theme
from tui.paint import Span
from tui.viewmodel.preview.image import Cell, Picture
from tui.viewmodel.preview.preview import Preview
from tui.widgets.pixels import painted
from tui.widgets.rows import RowList


class PreviewList(RowList[Any]):
    """The rows of a `Preview`."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.preview: Preview | None = None

    def identity(self, item: Any) -> Hashable:
        """As the preview has it."""
        assert self.preview is not None
        return self.preview.identity(item)

    def spans(self, item: Any, width: int) -> Sequence[Span]:
        """As the preview has it."""
        assert self.preview is not None
        return self.preview.spans(item, width)

    def holds(self, item: Any, word: str) -> bool:
        """The stored text of the row is looked into."""
        assert self.preview is not None
        return word in self.preview.words(item).lower()

    def show_preview(self, preview: Preview | None) -> None:
        """Show another file, from its top."""
        self.preview = preview
        self.filter_text = ""
        self.set_reactive(RowList.cursor, 0)
        self.scroll_to(y=0, animate=False, force=True)
        rows = preview.rows() if preview else ()
        self.replace(rows, self.identity(rows[0]) if rows else None)

    def rebuild(self) -> None:
        """Make the rows anew."""
        self.replace(self.preview.rows() if self.preview else ())

    def _index_of(self, towards: Hashable) -> int:
        """Rows are mostly where they were: all of them are looked at only if this one is not."""
        if self.cursor < len(self._shown) and self.identity(self._shown[self.cursor]) == towards:
            return self.cursor
        return super()._index_of(towards)


class PictureView(Widget):
    """A picture, as large as fits, in half blocks; without colour in characters of different density."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._picture: Picture | None = None
        self._cells: list[list[Cell]] = []
        self._fitted = (0, 0)

    def show_picture(self, picture: Picture | None) -> None:
        """Show another picture, or none."""
        self._picture, self._fitted = picture, (0, 0)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint one row, with the picture in the middle."""
        width, height = self.size
        ground = theme.palette(self.app.theme).plain
        if self._picture is not None and self._fitted != (width, height):
            self._cells, self._fitted = (
                self._picture.cells(max(width - 2, 1), max(height - 1, 1)),
                (width, height),
            )
        if self._picture is None or y >= len(self._cells):
            return strips.row([], width, ground)
        cells = self._cells[y]
        left = Segment(" " * ((width - len(cells)) // 2), ground["text"])
        return Strip([left, *painted(self.app, cells)]).adjust_cell_length(width, ground["text"])
