"""A lineage as a tree, in a list: the rows of a `Descent`."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.strip import Strip

from tui import keys, strips, theme
from tui.paint import Span, width_of
from tui.viewmodel.descent import NOTHING, Descent, Looks, Twig, shift
from tui.viewmodel.lineage import haystack
from tui.widgets.rows import MARK, MARKED, NO_MARK, RowList


class DescentList(RowList[Twig]):
    """Shows a tree. The lines that lead to the node under the cursor are lit; only its label is marked, as a
    whole row would be twice the bytes.
    """

    BINDINGS: ClassVar[list[BindingType]] = keys.left_to_view("parent", "child")

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._looks = Looks(1, 0)
        self._lit: Descent = NOTHING
        """The tree in which the lines were followed last."""

    def identity(self, item: Twig) -> Hashable:
        """The node."""
        return item.node.id

    def spans(self, item: Twig, width: int) -> Sequence[Span]:
        """A row of the tree."""
        return self.descent.row(item, self._looks_at(width)).spans

    # Filter

    def holds(self, item: Twig, word: str) -> bool:
        """Name, type, aliases, project and state are looked into."""
        return word in haystack(item.node)

    def selected(self, items: Sequence[Twig], text: str) -> Sequence[Twig]:
        """The nodes that hold all words, and those above them, so that it stays a tree."""
        found = {item.node.id for item in self.kept(items, text.lower().split())}
        return items.narrowed(found) if isinstance(items, Descent) else ()

    @property
    def found(self) -> Sequence[str]:
        """The nodes that the filter finds itself, not only because something below them is found."""
        return [item.node.id for item in self.kept(self.descent, self.filter_text.lower().split())]

    def match(self, step: int) -> bool:
        """Go to the next node that the last filter finds itself."""
        words = self.last_filter.lower().split()
        count = len(self.descent) if words else 0
        for distance in range(1, count):
            at = (self.cursor + step * distance) % count
            if self.kept([self.descent[at]], words):
                self.cursor = at
                return True
        return False

    # The tree

    @property
    def descent(self) -> Descent:
        """What is shown now."""
        return self._shown if isinstance(self._shown, Descent) else NOTHING

    def shows(self, node: str) -> bool:
        """Whether the filter leaves a node in the tree."""
        return any(twig.node.id == node for twig in self.descent)

    def up_the_tree(self) -> bool:
        """Go to the node above; False if there is none."""
        current = self.current
        if current is None or current.parent < 0:
            return False
        self.cursor = current.parent
        return True

    def down_the_tree(self) -> bool:
        """Go to the first node below; False if there is none."""
        below = self.descent.child(self.cursor)
        if below is None:
            return False
        self.cursor = below
        return True

    # Painting

    def _looks_at(self, width: int) -> Looks:
        """How rows look while the cursor stands where it does."""
        current, looks = self.current, self._looks
        node = "" if current is None else current.node.id
        if looks.width != width or looks.trace.node != node or self._lit is not self.descent:
            self._lit = self.descent
            aside = 0 if current is None else shift(current.depth, width)
            self._looks = Looks(width, time.time_ns() // 1000, self.descent.trace(node), aside)
        return self._looks

    def line(self, y: int) -> Strip:
        """A twig; under the cursor, only its label stands on another ground."""
        index = y + self.scroll_offset.y
        if index != self.cursor or index >= len(self._shown):
            return super().line(y)
        palette = theme.palette(self.app.theme)
        width = self.scrollable_content_region.width
        item = self._shown[index]
        row = self.descent.row(item, self._looks_at(width - 1))
        is_marked = item.node.id in self.marked
        before = [(MARKED, "accent") if is_marked else (NO_MARK, "text"), *row.rails]
        if self.has_focus and row.rails:
            # The mark is next to the label, where it costs no more bytes: the line that leads there is lit.
            rails, role = before[-1]
            before[-1] = rails[:-1] + MARK, role
        elif self.has_focus and not is_marked:
            before[0] = MARK, "accent"
        ends = min(width_of(before), width), min(width_of([*before, *row.label]), width)
        return Strip.join([
            strips.row(before, ends[0], palette.plain),
            strips.row(row.label, ends[1] - ends[0], palette.cursor if self.has_focus else palette.resting),
            strips.row(row.side, width - ends[1], palette.plain),
        ])  # fmt: skip

    def watch_cursor(self, old: int, new: int) -> None:  # noqa: ARG002
        """Repaint what is lit in another way now."""
        self._reveal()
        self.repaint_changed()
        self._tell()
