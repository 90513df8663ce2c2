"""A window on more rows than fit: what is seen is painted, and again only where it looks different."""

from __future__ import annotations

from textual import events
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from tui import strips
from tui.widgets.scrollbar import StillBar

_OTHER = Size(-1, -1)
"""A size that nothing has."""


class Window(ScrollView):
    """Base of the widgets that scroll. A kind says what a `line` looks like, and `repaint_changed` whenever
    something may look different; that sends the cells that do, also where all was moved by a row.
    """

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=True, repaint=False)
    """As in Textual, but what grows is not painted anew for it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._painted: dict[int, Strip] = {}
        """By its number in the window, how a row was painted last."""
        self._has_scrolled = False
        """Whether it was scrolled since it was painted."""
        self._laid_out = _OTHER

    def line(self, y: int) -> Strip:
        """How row ``y`` of the window looks now."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Paint one row, and remember how it was painted."""
        strip = self._painted[y] = self.line(y)
        return strip

    def repaint_changed(self) -> None:
        """Repaint the cells that look different from what was painted there last."""
        self._has_scrolled = False
        for y in range(self.scrollable_content_region.height if self.display else 0):
            self._repaint_row(y)

    def _repaint_row(self, y: int) -> None:
        for start, end in strips.changes(self._painted.get(y), self.line(y)):
            self.refresh(Region(start, y, end - start, 1))

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Repaint what looks different after a move to the side."""
        if self.show_horizontal_scrollbar:
            self.horizontal_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self._repaint_soon()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Repaint what looks different one or many rows further: neighbours have much in common."""
        self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self._repaint_soon()

    def _repaint_soon(self) -> None:
        """Repaint when what else changes has changed: who scrolls is often about to show other rows."""
        self._has_scrolled = True
        self.call_next(self._repaint_scrolled)

    def _repaint_scrolled(self) -> None:
        if self._has_scrolled:
            self.repaint_changed()

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """A bar that repaints as little as the rows do."""
        if self._vertical_scrollbar is None:
            bar = self._vertical_scrollbar = StillBar(thickness=self.scrollbar_size_vertical)
            bar.display = False
            self.app._start_widget(self, bar)  # noqa: SLF001 - as Textual starts its own
        return self._vertical_scrollbar

    def _size_updated(
        self,
        size: Size,
        virtual_size: Size,  # noqa: ARG002 - Textual's own idea of it, which is not ours
        container_size: Size,
        layout: bool = True,
    ) -> bool:
        """As in Textual, but the scrollbar is not painted anew whenever anything is laid out."""
        is_new = self.virtual_size != self._laid_out
        self._laid_out = self.virtual_size
        return super()._size_updated(size, _OTHER if is_new else self._laid_out, container_size, layout)

    # Focus

    def _on_focus(self, event: events.Focus) -> None:
        """As in Textual, but not all rows are painted anew for it."""
        event.prevent_default()
        self._tell_focus(events.DescendantFocus(self), has_focus=True)

    def _on_blur(self, event: events.Blur) -> None:
        """The same, when the keys go elsewhere."""
        event.prevent_default()
        self._tell_focus(events.DescendantBlur(self), has_focus=False)

    def _tell_focus(self, event: events.Event, *, has_focus: bool) -> None:
        self.has_focus = has_focus
        if self.parent is not None:
            self.parent.post_message(event)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show the cursor stronger where the keys go; no style depends on it, so none is worked out anew."""
        self.repaint_changed()
