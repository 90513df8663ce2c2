"""A grid of small plots, one of which can be made large."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui import keys, strips, theme
from tui.paint import Span, width_of
from tui.viewmodel.curves import GAP, Curves, Layout
from tui.widgets.stepping import Stepping
from tui.widgets.window import Window


class CurveGrid(Stepping, Window, can_focus=True):
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

    def show(self, curves: Curves) -> None:
        """Show other curves, or the same ones as they are now; the cursor stays on its metric."""
        wanted = self.metric
        self.curves = curves
        if wanted in curves.metrics:
            self.set_reactive(CurveGrid.cursor, curves.metrics.index(wanted))
        else:
            self.set_reactive(CurveGrid.cursor, max(min(self.cursor, len(curves.metrics) - 1), 0))
        self._fit()
        self.repaint_changed()

    @property
    def _view(self) -> Size:
        return self.scrollable_content_region.size

    @property
    def layout_now(self) -> Layout:
        """How the plots fill the pane."""
        return Layout(*self._view, self.is_large)

    @property
    def _high(self) -> int:
        return self.layout_now.high(len(self.curves.metrics))

    def _fit(self) -> None:
        rows = -(-len(self.curves.metrics) // self.layout_now.across)
        self.virtual_size = Size(1, self._high if self.is_large else rows * self._high)
        self._reveal()

    def _reveal(self) -> None:
        layout, high = self.layout_now, self._high
        top = 0 if self.is_large else self.cursor // layout.across * high
        if not self.is_large and 0 <= top - self.scroll_offset.y <= layout.height - high:
            return
        if top > self.scroll_offset.y:
            top = max(top - layout.height // high * high + high, 0)
        self.scroll_to(y=top, animate=False, force=True)

    # Painting

    def line(self, y: int) -> Strip:
        """One row of all plots beside each other, or of the large one."""
        layout, metrics = self.layout_now, self.curves.metrics
        styles = theme.palette(self.app.theme).plain
        if not metrics:
            said = self.placeholder if y == 1 else ""
            return strips.row([("  " + said, "muted")] if said else [], layout.width, styles)
        if self.is_large:
            return strips.row(self._piece(layout, self.cursor, y), layout.width, styles)
        row, within = divmod(y + self.scroll_offset.y, self._high)
        spans: list[Span] = []
        for place in range(row * layout.across, min((row + 1) * layout.across, len(metrics))):
            if spans:
                spans.append((" " * GAP, "text"))
            piece = self._piece(layout, place, within)
            spans += [*piece, (" " * (layout.wide - width_of(piece)), "text")]
        return strips.row(spans, layout.width, styles)

    def _piece(self, layout: Layout, place: int, within: int) -> list[Span]:
        """One row of one plot."""
        curves = self.curves
        metric = curves.metrics[place]
        if within == 0:
            return curves.title(metric, layout.wide, is_current=place == self.cursor and self.has_focus)
        width, height = layout.size(len(curves.metrics), len(curves.drawn))
        if within <= height:
            return curves.picture(metric, width, height)[within - 1]
        values = curves.values(metric, layout.wide) if self.is_large else []
        return values[within - 1 - height] if within - 1 - height < len(values) else []

    def watch_cursor(self) -> None:
        """Repaint two titles; of a large plot, all."""
        if not self.is_large:
            self._reveal()
        self.repaint_changed()
        self.post_message(self.Changed())

    def on_resize(self) -> None:
        """Lay out anew."""
        self._fit()

    # Keys and mouse

    def step(self, by: int) -> None:
        """Go on by plots, or back."""
        self.cursor = max(min(self.cursor + by, len(self.curves.metrics) - 1), 0)

    def to_end(self, *, last: bool) -> None:
        """Go to the last plot, or to the first."""
        self.step(len(self.curves.metrics) if last else -self.cursor)

    @property
    def page(self) -> int:
        """The plots that are seen at once."""
        layout = self.layout_now
        return 1 if self.is_large else max(layout.height // self._high, 1) * layout.across

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
        layout = self.layout_now
        row, column = (offset.y + self.scroll_offset.y) // self._high, offset.x // (layout.wide + GAP)
        place = row * layout.across + min(column, layout.across - 1)
        if place < len(self.curves.metrics):
            self.cursor = place
            if event.chain == 2:
                self.action_open()
