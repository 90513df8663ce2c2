"""The list that shows a diff, in a screen or in a box."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from msgspec.structs import replace
from rich.segment import Segment
from textual.strip import Strip

from tui import strips, theme
from tui.paint import Span
from tui.viewmodel.diff.document import Document
from tui.viewmodel.diff.pixels import Pixels
from tui.viewmodel.diff.row import Look, Part, Row
from tui.widgets.pixels import painted
from tui.widgets.rows import MARK, RowList

_SPLIT = 120
"""From how many columns on old and new stand beside each other."""

_STEP = 8
"""Columns that a key pans."""


class Hunks(RowList[Row]):
    """The rows of a `Document`. The cursor shows at their beginning: what differs keeps its colours."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.document = Document()
        self.wanted: bool | None = None
        """Whether old and new were asked to stand beside each other; None: as the width has it."""
        self.pan = 0
        self._looked = Look(0)
        self._wish: Hashable = None
        """The row where the cursor goes as soon as it is there, unless it is moved before."""

    # What it shows

    def show_document(self, document: Document, towards: Hashable = None) -> None:
        """Show another diff from its top, or with the cursor on a row, which may come later."""
        self.document, self.pan = document, 0
        self._anchor = None
        self.replace(())
        self._wish = towards
        self.rebuild()

    def put(self, part: Part) -> None:
        """Take in a section, or more of one; the cursor stays where it is."""
        self.document.put(part)
        self.rebuild()

    def rebuild(self) -> None:
        """Make the rows anew."""
        self._looked = self.look
        rows = list(self.document.rows(self._looked))
        wish = self._wish if any(row.key == self._wish for row in rows) else None
        self.replace(rows, wish)
        self._wish = None if wish is not None else self._wish

    def _go(self, index: int) -> None:
        self._wish = None
        super()._go(index)

    @property
    def look(self) -> Look:
        """How rows are shown now."""
        return Look(self.inner_width, self.is_split, self.pan, frozenset(self.document.opened))

    @property
    def is_split(self) -> bool:
        """Whether old and new stand beside each other."""
        return self.size.width >= _SPLIT if self.wanted is None else self.wanted

    def on_resize(self) -> None:
        """Rows depend on the width."""
        if self.inner_width != self._looked.width:
            self.rebuild()

    # What rows are

    def identity(self, item: Row) -> Hashable:
        """The key."""
        return item.key

    def holds(self, item: Row, word: str) -> bool:
        """As the row has it."""
        return item.holds(word)

    def spans(self, item: Row, width: int) -> Sequence[Span]:
        """As the row has it."""
        return item.spans(replace(self._looked, width=width))

    def line(self, y: int) -> Strip:
        """Paint a row; under the cursor, only its lead looks different: the rest is not sent again."""
        index = y + self.scroll_offset.y
        if index >= len(self._shown):
            return super().line(y)
        if index != self.cursor and not isinstance(self._shown[index], Pixels):
            return super().line(y)
        palette = theme.palette(self.app.theme)
        ground, mark = (palette.cursor, "accent") if self.has_focus else (palette.resting, "line")
        width = self.scrollable_content_region.width
        item = self._shown[index]
        if isinstance(item, Pixels):
            return self._picture(item, (MARK, mark) if index == self.cursor else (" ", "text"), width)
        look = replace(self._looked, width=width - 1)
        plain = strips.row([(" ", "text"), *item.spans(look)], width, getattr(palette, self.GROUND))
        lead = 1 + min(item.lead(look), look.width)
        under = strips.row([(MARK, mark), *item.spans(look)], width, ground)
        return Strip.join([under.crop(0, lead), plain.crop(lead, width)])

    def _picture(self, row: Pixels, mark: Span, width: int) -> Strip:
        ground = getattr(theme.palette(self.app.theme), self.GROUND)
        segments = [Segment(mark[0], ground[mark[1]])]
        for gap, cells in row.points():
            segments += [Segment(" " * gap, ground["text"]), *painted(self.app, cells)]
        return Strip(segments).adjust_cell_length(width, ground["text"])

    # Keys

    def action_toggle_split(self) -> None:
        """Put old and new beside each other, or one below the other."""
        self.wanted = not self.is_split
        self.rebuild()

    def pan_by(self, steps: int) -> None:
        """See more of long lines, or go back towards their beginning."""
        self.pan = max(self.pan + steps * _STEP, 0)
        self._looked = self.look
        self.repaint_changed()

    def action_next_difference(self) -> None:
        """Go to where the next difference begins."""
        self._to_difference(range(self.cursor + 1, len(self._shown)))

    def action_previous_difference(self) -> None:
        """Go to where the difference before begins."""
        self._to_difference(range(self.cursor - 1, -1, -1))

    def _to_difference(self, indexes: range) -> None:
        found = next((index for index in indexes if self._shown[index].starts), None)
        if found is not None:
            self._go(found)

    def toggle(self) -> bool:
        """Open the row under the cursor, or fold it; False where there is nothing to open."""
        row = self.current
        if row is None or not row.opens:
            return False
        self.document.toggle(row)
        self.rebuild()
        return True
