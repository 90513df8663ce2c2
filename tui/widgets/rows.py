"""The one list of the UI: rows are painted when they are seen, so a hundred thousand cost what forty do."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui import keys, strips, theme
from tui.paint import Span
from tui.widgets.stepping import Stepping
from tui.widgets.window import Window

Item = TypeVar("Item")

MARK, NO_MARK, MARKED, FRESH = "▌", " ", "✓", "•"
"""What stands left of the row under the cursor, of all others, of those that are marked, and of new ones."""

_MOST_HEIGHTS = 200

_NOTHING = "nothing passes the filter"


class RowList(Stepping, Window, Generic[Item], can_focus=True):
    """A virtual list with a cursor, a filter, marks, an order, and vim's keys.

    A kind of list says what an item's `identity` and `spans` are, and what it `holds`; `selected` where words
    are not all that its filter knows; `sort_keys` and `ordered` if it can be sorted. Replacing the items
    leaves the cursor on the same thing, wherever that is now.
    """

    BINDINGS: ClassVar[list[BindingType]] = keys.list_bindings()

    GROUND: ClassVar[str] = "plain"
    """Which part of the palette rows stand on."""

    SHOWS_RESTING: ClassVar[bool] = True
    """Whether the row under the cursor is marked also while the keys go elsewhere."""

    cursor: reactive[int] = reactive(0, repaint=False, init=False)

    class Moved(Message):
        """The cursor stands on another item now."""

        def __init__(self, rows: RowList[Any]) -> None:
            super().__init__()
            self.rows = rows

        @property
        def control(self) -> RowList[Any]:
            """The list it happened in."""
            return self.rows

    class Arranged(Moved):
        """A worker has sorted and filtered the items."""

        def __init__(self, rows: RowList[Any], found: Sequence[Any], towards: Hashable, version: int) -> None:
            super().__init__(rows)
            self.found, self.towards, self.version = found, towards, version

    class Opened(Moved):
        """The item under the cursor was asked for: enter, or a second click."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._items: Sequence[Item] = ()
        self._sorted: tuple[Sequence[Item], str, Sequence[Item]] = ((), "", ())
        """Items as last sorted, by what, and the items in that order."""
        self._version = 0
        """Counts what was asked for, so that a worker's late answer is known as such."""
        self._shown: Sequence[Item] = ()
        self._told: Hashable = None
        self._anchor: Hashable = None
        """What the cursor stood on last, also while a filter hides it."""
        self._heights: dict[Hashable, int] = {}
        """How far below the top items were seen that the cursor stood on before other things were shown."""
        self.marked: dict[Hashable, Item] = {}
        """The marked items by identity; they stay marked while others are shown."""
        self.fresh: set[Hashable] = set()
        """Identities of items that came by themselves; each is one no more when the cursor was on it."""
        self.filter_text = ""
        self.last_filter = ""
        """The last filter that was not empty: what `match` looks for."""
        self.sort = ""
        """The keys that the items are sorted by; empty for their own order."""
        self.placeholder = ""
        """What an empty list says."""

    # What a kind of list decides

    def identity(self, item: Item) -> Hashable:
        """What makes it the same item after a refresh."""
        raise NotImplementedError

    def spans(self, item: Item, width: int) -> Sequence[Span]:
        """What a row shows."""
        raise NotImplementedError

    def holds(self, item: Item, word: str) -> bool:
        """Whether the filter finds ``word``, in lower case, in an item."""
        raise NotImplementedError

    def kept(self, items: Sequence[Item], words: Sequence[str]) -> Sequence[Item]:
        """The items that hold all ``words``."""
        for word in words:
            items = [item for item in items if self.holds(item, word)]
        return items

    def selected(self, items: Sequence[Item], text: str) -> Sequence[Item]:
        """The items that a filter as typed, never empty, finds: here those that hold all of its words."""
        return self.kept(items, text.lower().split())

    def sort_keys(self) -> Sequence[str]:
        """What the items can be sorted by, as `mvfs.query.order` writes keys: ``-created``."""
        return ()

    def ordered(self, items: Sequence[Item], keys: str) -> Sequence[Item]:  # noqa: ARG002
        """The items sorted by keys, which may be anything that a user typed."""
        return items

    def is_slow(self, sort: str, text: str) -> bool:  # noqa: ARG002
        """Whether `ordered` and `selected` take longer than a key may, and so are left to a worker."""
        return False

    def reading(self, text: str) -> str:  # noqa: ARG002
        """What is to be said about a filter while it is typed."""
        return ""

    # Items and filter

    @property
    def current(self) -> Item | None:
        """The item under the cursor."""
        return self._shown[self.cursor] if self.cursor < len(self._shown) else None

    @property
    def counts(self) -> tuple[int, int]:
        """How many items are shown, of how many."""
        return len(self._shown), len(self._items)

    @property
    def inner_width(self) -> int:
        """Columns that a row has beside the cursor's mark."""
        return max(self.scrollable_content_region.width - 1, 1)

    def replace(self, items: Sequence[Item], towards: Hashable = None) -> None:
        """Show other items; the cursor goes to the item of identity ``towards``, or stays on its own."""
        self._items = items
        if self.marked:
            self.marked |= {key: item for item in items if (key := self.identity(item)) in self.marked}
        self._arrange(self._anchor if towards is None else towards)

    def restart(self) -> None:
        """Begin at the top, without filter and order, before other things are shown than so far.

        When the cursor comes back to what it stands on now, that will be seen where it is now.
        """
        if self.current is not None:
            self._heights.pop(self._anchor, None)
            self._heights[self._anchor] = self.cursor - round(self.scroll_y)
        for anchor in list(self._heights)[:-_MOST_HEIGHTS]:
            del self._heights[anchor]
        self.filter_text = self.sort = ""
        self.set_reactive(RowList.cursor, 0)
        self.scroll_to(y=0, animate=False, force=True)

    def narrow(self, text: str) -> None:
        """Show only items that ``text`` finds."""
        self.filter_text = text
        self.last_filter = text.strip() or self.last_filter
        self._arrange(self._anchor)

    def sort_by(self, keys: str) -> None:
        """Show the items in another order; the cursor stays on its item."""
        self.sort = keys
        self._arrange(self._anchor)

    def _arrange(self, towards: Hashable) -> None:
        """Sort and filter; in a worker where that takes longer than a key may."""
        items, sort, text = self._items, self.sort, self.filter_text.strip()
        self._version += 1
        if not (sort or text) or not self.is_slow(sort, text):
            self._show(self._arranged(items, sort, text), towards)
            return
        if self._shown and all(self.identity(item) != self.identity(self._shown[0]) for item in items):
            self._show(items, towards)  # what was shown before is not there any more
        version = self._version

        def job() -> None:
            found = self._arranged(items, sort, text)
            self.post_message(self.Arranged(self, found, towards, version))

        self.run_worker(job, group="arrange", thread=True, exclusive=True)

    def _arranged(self, items: Sequence[Item], sort: str, text: str) -> Sequence[Item]:
        if sort != self._sorted[1] or items is not self._sorted[0]:
            self._sorted = items, sort, self.ordered(items, sort) if sort else items
        ordered = self._sorted[2]
        return self.selected(ordered, text) if text else ordered

    def on_row_list_arranged(self, event: Arranged) -> None:
        """Show what a worker has found, unless something else was asked for meanwhile."""
        event.stop()
        if event.version == self._version:
            self._show(event.found, event.towards)

    def match(self, step: int) -> bool:
        """Put the cursor on the next item (or the one before: -1) that the last filter finds, going round."""
        shown, at = self._shown, self.cursor
        if not self.last_filter or not shown:
            return False
        found = {self.identity(item) for item in self.selected(shown, self.last_filter)}
        for distance in range(1, len(shown)):
            index = (at + step * distance) % len(shown)
            if self.identity(shown[index]) in found:
                self.cursor = index
                return True
        return False

    def toggle_mark(self) -> None:
        """Mark the item under the cursor, or take its mark away; then go on to the next row."""
        item = self.current
        if item is None:
            return
        identity = self.identity(item)
        if self.marked.pop(identity, None) is None:
            self.marked[identity] = item
        self._repaint(self.cursor)
        self.step(1)

    def unmark(self) -> None:
        """Take all marks away."""
        self.marked.clear()
        self.repaint_changed()

    def move_to(self, identity: Hashable) -> bool:
        """Put the cursor on an item, if it is shown."""
        for index, item in enumerate(self._shown):
            if self.identity(item) == identity:
                self.cursor = index
                return True
        return False

    def _show(self, found: Sequence[Item], towards: Hashable) -> None:
        self._shown = found
        index = self._index_of(towards)
        top = round(self.scroll_y)
        if towards is not None and towards == self._anchor:
            top = max(index - (self.cursor - top), 0)  # what the cursor stands on stays where it is seen
        elif towards in self._heights:
            top = max(index - self._heights[towards], 0)  # and comes back to where it was
        if self.virtual_size.height != len(self._shown):
            self.virtual_size = Size(1, len(self._shown))
        self.set_reactive(RowList.cursor, index)
        self.scroll_to(y=top, animate=False, force=True)
        self._reveal()
        self.repaint_changed()
        self._tell()

    def _index_of(self, towards: Hashable) -> int:
        if towards is not None:
            for index, item in enumerate(self._shown):
                if self.identity(item) == towards:
                    return index
        return max(min(self.cursor, len(self._shown) - 1), 0)

    def _tell(self) -> None:
        """Post `Moved` unless the cursor stands on what was told last."""
        current = self.current
        now = None if current is None else self.identity(current)
        if now != self._told:
            self._told = now
            self._anchor = self._anchor if now is None else now
            self.post_message(self.Moved(self))

    # Painting

    def line(self, y: int) -> Strip:
        """An item; where there is none, what there is to say about that."""
        palette = theme.palette(self.app.theme)
        plain: theme.Styles = getattr(palette, self.GROUND)
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        if index >= len(self._shown):
            said = "" if self._shown or y != 1 else _NOTHING if self._items else self.placeholder
            return strips.row([("  " + said, "muted")] if said else [], width, plain)
        item = self._shown[index]
        spans = self.spans(item, width - 1)
        is_marked = bool(self.marked) and self.identity(item) in self.marked
        if index == self.cursor and self.has_focus:
            return strips.row([(MARKED if is_marked else MARK, "accent"), *spans], width, palette.cursor)
        if index == self.cursor and self.SHOWS_RESTING:
            return strips.row(
                [(MARKED, "accent") if is_marked else (MARK, "line"), *spans], width, palette.resting
            )
        blank = spans[0][1] if spans else "text"  # as what follows: one change of style less for the terminal
        lead: Span = (MARKED, "accent") if is_marked else (NO_MARK, blank)
        if self.fresh and not is_marked and self.identity(item) in self.fresh:
            lead = (FRESH, "accent")
        return strips.row([lead, *spans], width, plain)

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the row left and the row entered."""
        if self.fresh and new < len(self._shown):
            self.fresh.discard(self.identity(self._shown[new]))
        self._reveal()
        if self._has_scrolled:
            self.repaint_changed()
        else:
            self._repaint(old)
            self._repaint(new)
        self._tell()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show the cursor stronger where the keys go."""
        self._repaint(self.cursor)

    def _repaint(self, index: int) -> None:
        """Repaint what looks different of one row, if it is seen."""
        y = index - self.scroll_offset.y
        if 0 <= y < self.scrollable_content_region.height:
            self._repaint_row(y)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._reveal()

    def _reveal(self) -> None:
        height = self.scrollable_content_region.height
        top = round(self.scroll_y)
        if height <= 0:
            return
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    # Keys and mouse

    def step(self, by: int) -> None:
        """Move the cursor by rows."""
        self._go(self.cursor + by)

    def to_end(self, *, last: bool) -> None:
        """Move to the last row, or to the first."""
        self._go(len(self._shown) - 1 if last else 0)

    @property
    def page(self) -> int:
        """The rows that are seen, but one."""
        return max(self.scrollable_content_region.height - 1, 1)

    def _go(self, index: int) -> None:
        self.cursor = max(min(index, len(self._shown) - 1), 0)

    def action_open(self) -> None:
        """Ask for the item under the cursor."""
        if self.current is not None:
            self.post_message(self.Opened(self))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a second click opens."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y + self.scroll_offset.y
        if index < len(self._shown):
            self.cursor = index
            if event.chain == 2:
                self.action_open()
