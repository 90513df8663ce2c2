"""A sheet larger than the screen, with nodes on it: paints only what is seen, and again only what changed."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from mvfs.lineage.drawing import Spot
from tui import keys, strips, theme
from tui.paint import width_of
from tui.viewmodel.network import Arrow, Network
from tui.widgets.stepping import Stepping
from tui.widgets.window import Window

_MARGIN = 12
"""Columns beside the selected label that are kept in sight, so that one sees where edges lead."""


class Canvas(Stepping, Window, can_focus=True):
    """Shows a `Network`. The cursor stands on a node; arrows walk along the edges."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.list_bindings("lineage"),
        *keys.left_to_view("parent", "child"),
    ]

    cursor: reactive[str] = reactive("", repaint=False, init=False)
    """The id of the node on which the cursor stands."""

    class Moved(Message):
        """The cursor stands on another node now."""

        def __init__(self, canvas: Canvas) -> None:
            super().__init__()
            self.canvas = canvas

        @property
        def control(self) -> Canvas:
            """The sheet it happened on."""
            return self.canvas

    class Opened(Moved):
        """The node under the cursor was asked for: enter, or a second click."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.network: Network | None = None
        self.placeholder = ""
        """What an empty sheet says."""
        self._trail: dict[tuple[str, str], str] = {}
        """By node and arrow, where the walk came from last: so that it finds back."""

    def show(self, network: Network | None, towards: str = "") -> None:
        """Show another sheet, with the cursor on the node ``towards``, or where it is."""
        self.network = network
        spots = network.spots if network else {}
        self.virtual_size = Size(network.width, network.height) if network else Size(0, 0)
        key = next((key for key in (towards, self.cursor) if key in spots), None)
        if key is None and network is not None:
            key = next((one for one in network.graph.focus if one in spots), network.end(last=False))
        self.set_reactive(Canvas.cursor, key or "")
        if network is not None:
            network.light(self.cursor)
        self._reveal()
        self.repaint_changed()
        self.post_message(self.Moved(self))

    @property
    def spot(self) -> Spot | None:
        """Where the selected node is."""
        return self.network.spots.get(self.cursor) if self.network else None

    # Painting

    def line(self, y: int) -> Strip:
        """A row of the sheet, as much as is seen, with the label under the cursor on its ground."""
        palette = theme.palette(self.app.theme)
        left, width = self.scroll_offset.x, self.scrollable_content_region.width
        row = y + self.scroll_offset.y
        if self.network is None or row >= self.network.height:
            said = self.placeholder if self.network is None and y == 1 else ""
            return strips.row([("  " + said, "muted")] if said else [], width, palette.plain)
        spans = self.network.row(row)
        whole = max(width_of(spans), left + width)  # nothing may be cut before it is moved
        sheet = strips.row(spans, whole, palette.plain)
        spot = self.spot
        if spot is not None and spot.row == row:
            ground = palette.cursor if self.has_focus else palette.resting
            ends = spot.column, spot.column + spot.width
            under = strips.row(spans, whole, ground).crop(*ends)
            sheet = Strip.join([sheet.crop(0, ends[0]), under, sheet.crop(ends[1])])
        return sheet.crop(left, left + width)

    def watch_cursor(self) -> None:
        """Light what leads to the node, and keep it in sight."""
        if self.network is not None:
            self.network.light(self.cursor)
        self._reveal()
        self.repaint_changed()
        self.post_message(self.Moved(self))

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._reveal()

    def _reveal(self) -> None:
        """Scroll as little as needed to show the selected label, and something on both sides of it."""
        spot, window = self.spot, self.scrollable_content_region
        if spot is None or not window.width or not window.height:
            return
        x, y = self.scroll_offset
        if not (x <= spot.column and spot.column + spot.width <= x + window.width):
            x = spot.column + (spot.width - window.width) // 2  # out of sight: into the middle
        margin = max(min(_MARGIN, (window.width - spot.width) // 2), 0)
        x = max(x, spot.column + spot.width + margin - window.width)
        x = max(min(x, spot.column - margin), 0)
        rim = min(1, (window.height - 1) // 2)
        y = max(min(max(y, spot.row + 1 + rim - window.height), spot.row - rim), 0)
        if (x, y) != self.scroll_offset:
            self.scroll_to(x, y, animate=False, force=True)

    # Keys and mouse

    def walk(self, arrow: Arrow, step: int = 1) -> bool:
        """Follow an arrow; False if it leads nowhere."""
        if self.network is None or self.cursor not in self.network.spots:
            return False
        here = self.cursor
        end = self.network.next_to(here, arrow, self._trail.get((here, arrow), ""), step)
        if end is None:
            return False
        back = {"left": "right", "right": "left"}.get(arrow)
        if back is not None:
            self._trail[end, back] = here
        self.cursor = end
        return True

    @property
    def page(self) -> int:
        """The rows that are seen, but one."""
        return max(self.scrollable_content_region.height - 1, 1)

    def step(self, by: int) -> None:
        """To a node below or above in the same rank."""
        self.walk("down" if by > 0 else "up", abs(by))

    def to_end(self, *, last: bool) -> None:
        """To the last node of all, or to the first."""
        if self.network is not None:
            self.cursor = self.network.end(last=last) or self.cursor

    def action_open(self) -> None:
        """Ask for the node under the cursor."""
        if self.spot is not None:
            self.post_message(self.Opened(self))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a second click opens."""
        offset: Any = event.get_content_offset(self)
        if offset is None or self.network is None:
            return
        key = self.network.at(offset.y + self.scroll_offset.y, offset.x + self.scroll_offset.x)
        if key is not None:
            self.cursor = key
            if event.chain == 2:
                self.action_open()
