"""A grid of small plots, one of which can be made large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import keys, strips, theme
from tui.paint import Span, fit, width_of
from tui.viewmodel.curves import Curves

_LEAST_WIDTH, _LEAST_HEIGHT = 38, 9
"""Of a plot with its title, in cells."""

_GAP = 2
_MOST_VALUES = 6
"""Rows of values under a large plot."""


class CurveGrid(ScrollView, can_focus=True):
    """The plots of a `Curves`. The cursor goes from plot to plot; painted is what is seen."""

    BINDINGS: ClassVar[list[BindingType]] = keys.list_bindings()

    cursor: reactive[int] = reactive(0, repaint=False, init=False)

    class Changed(Message):
        """Another plot is under the cursor, or it was made large or small."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.curves = Curves()
        self.is_large = False
        self.placeholder = ""
        """What it says where there is nothing to draw."""

    # What is shown

    @property
    def metric(self) -> str | None:
        """The metric under the cursor."""
        metrics = self.curves.metrics
        return metrics[self.cursor] if self.cursor < len(metrics) else None

    def show(self, curves: Curves, metric: str | None = None) -> None:
        """Show other curves, or the same ones as they are now; the cursor stays on its metric."""
        wanted = metric or self.metric
        self.curves = curves
        if wanted in curves.metrics:
            self.set_reactive(CurveGrid.cursor, curves.metrics.index(wanted))
        else:
            self.set_reactive(CurveGrid.cursor, max(min(self.cursor, len(curves.metrics) - 1), 0))
        self._fit()
        self.refresh()

    @property
    def _view(self) -> Size:
        return self.scrollable_content_region.size

    @property
    def across(self) -> int:
        """Plots beside each other."""
        return 1 if self.is_large else max((self._view.width + _GAP) // (_LEAST_WIDTH + _GAP), 1)

    @property
    def high(self) -> int:
        """Rows of a plot with its title: as many whole plots as fit are seen, and they fill the pane."""
        height = max(self._view.height, 4)
        if self.is_large:
            return height
        rows = max(height // _LEAST_HEIGHT, 1)
        needed = -(-len(self.curves.metrics) // self.across)
        return height // max(min(rows, max(needed, 2)), 1)

    @property
    def wide(self) -> int:
        """Columns of a plot."""
        return (self._view.width - _GAP * (self.across - 1)) // self.across

    def _fit(self) -> None:
        rows = -(-len(self.curves.metrics) // self.across)
        self.virtual_size = Size(1, self.high if self.is_large else rows * self.high)
        self._reveal()

    def _reveal(self) -> None:
        top = 0 if self.is_large else self.cursor // self.across * self.high
        if not self.is_large and 0 <= top - self.scroll_offset.y <= self._view.height - self.high:
            return
        if top > self.scroll_offset.y:
            top = max(top - self._view.height // self.high * self.high + self.high, 0)
        self.scroll_to(y=top, animate=False, force=True)

    def warm(self) -> None:
        """Paint what is seen first; a worker may do this, so that the UI does not."""
        for metric in self._seen():
            self.curves.picture(metric, *self._plot_size())

    def _seen(self) -> Sequence[str]:
        if self.is_large:
            return [self.metric] if self.metric else []
        first = self.scroll_offset.y // max(self.high, 1) * self.across
        count = (self._view.height // max(self.high, 1) + 1) * self.across
        return self.curves.metrics[first : first + count]

    def _plot_size(self) -> tuple[int, int]:
        below = min(len(self.curves.drawn), _MOST_VALUES) if self.is_large else 0
        return self.wide, max(self.high - 1 - below, 3)

    # Painting

    def render_line(self, y: int) -> Strip:
        """Paint one row of the window."""
        width = self._view.width
        styles = theme.palette(self.app.theme).plain
        metrics = self.curves.metrics
        if not metrics:
            said = self.placeholder if y == 1 else ""
            return strips.row([("  " + said, "muted")] if said else [], width, styles)
        if self.is_large:
            return strips.row(self._piece(self.cursor, y), width, styles)
        row, within = divmod(y + self.scroll_offset.y, self.high)
        spans: list[Span] = []
        for place in range(row * self.across, min((row + 1) * self.across, len(metrics))):
            if spans:
                spans.append((" " * _GAP, "text"))
            piece = self._piece(place, within)
            spans += [*piece, (" " * (self.wide - width_of(piece)), "text")]
        return strips.row(spans, width, styles)

    def _piece(self, place: int, within: int) -> list[Span]:
        """One row of one plot."""
        metric = self.curves.metrics[place]
        if within == 0:
            return self.curves.title(metric, self.wide, is_current=place == self.cursor and self.has_focus)
        width, height = self._plot_size()
        if within <= height:
            return self.curves.picture(metric, width, height)[within - 1]
        below = within - 1 - height
        values = self.curves.values(metric, self.wide) if self.is_large else []
        return values[below] if below < len(values) else [(fit("", self.wide), "text")]

    def watch_has_focus(self, value: bool) -> None:
        """Show the cursor where the keys go."""
        super().watch_has_focus(value)
        self._repaint_title(self.cursor)

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint two titles; of a large plot, all."""
        if self.is_large:
            self.refresh()
        else:
            self._reveal()
            self._repaint_title(old)
            self._repaint_title(new)
        self.post_message(self.Changed())

    def _repaint_title(self, place: int) -> None:
        if self.is_large:
            self.refresh(Region(0, 0, self._view.width, 1))
            return
        row, column = divmod(place, self.across)
        y = row * self.high - self.scroll_offset.y
        self.refresh(Region(column * (self.wide + _GAP), y, self.wide, 1))

    def on_resize(self) -> None:
        """Lay out anew."""
        self._fit()

    # Keys and mouse

    def _go(self, place: int) -> None:
        self.cursor = max(min(place, len(self.curves.metrics) - 1), 0)

    @property
    def _page(self) -> int:
        return 1 if self.is_large else max(self._view.height // max(self.high, 1), 1) * self.across

    def action_down(self) -> None:
        """Go to the next plot."""
        self._go(self.cursor + 1)

    def action_up(self) -> None:
        """Go to the plot before."""
        self._go(self.cursor - 1)

    def action_half_down(self) -> None:
        """Go half a page of plots on."""
        self._go(self.cursor + (self._page + 1) // 2)

    def action_half_up(self) -> None:
        """Go half a page of plots back."""
        self._go(self.cursor - (self._page + 1) // 2)

    def action_page_down(self) -> None:
        """Go a page of plots on."""
        self._go(self.cursor + self._page)

    def action_page_up(self) -> None:
        """Go a page of plots back."""
        self._go(self.cursor - self._page)

    def action_first(self) -> None:
        """Go to the first plot."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the last plot."""
        self._go(len(self.curves.metrics) - 1)

    def action_open(self) -> None:
        """Make the plot large."""
        self.enlarge(is_large=True)

    def enlarge(self, *, is_large: bool) -> None:
        """Make the plot under the cursor large, or all small again."""
        if self.curves.metrics and self.is_large != is_large:
            self.is_large = is_large
            self._fit()
            self.refresh()
            self.post_message(self.Changed())

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a second click makes the plot large."""
        offset = event.get_content_offset(self)
        if offset is None or self.is_large:
            return
        row, column = (offset.y + self.scroll_offset.y) // self.high, offset.x // (self.wide + _GAP)
        place = row * self.across + min(column, self.across - 1)
        if place < len(self.curves.metrics):
            self.cursor = place
            if event.chain == 2:
                self.action_open()
