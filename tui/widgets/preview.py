"""The content of a file: its rows, or the picture that it is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from rich.segment import Segment
from textual.strip import Strip

from tui import strips, theme
from tui.paint import Span
from tui.viewmodel.preview.image import Cell, Picture
from tui.viewmodel.preview.preview import Preview
from tui.widgets.pixels import painted
from tui.widgets.rows import RowList


class PreviewList(RowList[Any]):
    """The rows of a `Preview`, or a picture as large as fits, in the middle; without colour in characters."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.preview: Preview | None = None
        self.picture: Picture | None = None
        self._cells: list[list[Cell]] = []
        self._fitted: tuple[Picture | None, int, int] = None, 0, 0

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

    def show(self, shown: Preview | Picture | None) -> None:
        """Show another file, from its top."""
        self.picture = shown if isinstance(shown, Picture) else None
        self.preview = preview = shown if isinstance(shown, Preview) else None
        self.filter_text = ""
        self.set_reactive(RowList.cursor, 0)
        self.scroll_to(y=0, animate=False, force=True)
        if preview is not None:
            preview.fit(self.inner_width)
        rows = preview.rows() if preview else ()
        self.replace(rows, self.identity(rows[0]) if rows else None)

    def on_resize(self) -> None:
        """Some rows depend on the width."""
        if self.preview is not None and self.preview.fit(self.inner_width):
            self.rebuild()

    def rebuild(self) -> None:
        """Make the rows anew."""
        self.replace(self.preview.rows() if self.preview else ())

    def line(self, y: int) -> Strip:
        """A row of the preview, or of the picture."""
        if self.picture is None:
            return super().line(y)
        width, height = self.size
        if self._fitted != (self.picture, width, height):
            self._cells = self.picture.cells(max(width - 2, 1), max(height - 1, 1))
            self._fitted = self.picture, width, height
        ground = theme.palette(self.app.theme).plain
        if y >= len(self._cells):
            return strips.row([], width, ground)
        cells = self._cells[y]
        left = Segment(" " * ((width - len(cells)) // 2), ground["text"])
        return Strip([left, *painted(self.app, cells)]).adjust_cell_length(width, ground["text"])

    def _index_of(self, towards: Hashable) -> int:
        """Rows are mostly where they were: all of them are looked at only if this one is not."""
        if self.cursor < len(self._shown) and self.identity(self._shown[self.cursor]) == towards:
            return self.cursor
        return super()._index_of(towards)
