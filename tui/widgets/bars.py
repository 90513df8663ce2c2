"""Lines that only show: the header, the footer, and the titles of the panes."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget

from tui import paint, strips, theme
from tui.paint import Span


class Bar(Widget):
    """One or more rows of spans, flush left, with others flush right in the first row, as many as fit."""

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), repaint=False)
    """As in Textual, but a bar that gets wider moves nothing else."""

    def __init__(self, ground: str = "bar", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._ground = ground
        self._rows: Sequence[Sequence[Span]] = ()
        self._right: Sequence[Span] = ()

    def show(self, *rows: Sequence[Span], right: Sequence[Span] = ()) -> None:
        """Show other rows; nothing is painted again where they are the same."""
        if (rows, right) == (self._rows, self._right):
            return
        before = [self._line(y) for y in range(self.size.height)]
        self._rows, self._right = rows, right
        if not before:  # it is hidden, and what was painted of it is kept
            self.refresh()
        for y, strip in enumerate(before):
            columns = strips.changed(strip, self._line(y))
            if columns is not None:
                self.refresh(Region(columns[0], y, columns[1] - columns[0], 1))

    @property
    def text(self) -> str:
        """What is shown, without what is flush right."""
        return "\n".join("".join(text for text, _ in row) for row in self._rows)

    def render_line(self, y: int) -> Strip:
        """Paint one row."""
        return self._line(y)

    def _line(self, y: int) -> Strip:
        styles = getattr(theme.palette(self.app.theme), self._ground)
        spans = list(self._rows[y]) if y < len(self._rows) else []
        width = self.size.width
        right = list(self._right) if y == 0 else []
        space = width - paint.width_of(spans) - paint.width_of(right)
        while right and space < 2:
            space += paint.width_of([right.pop()])
        if right:
            spans += [(" " * space, "text"), *right]
        return strips.row(spans, width, styles)
