"""The box that lists the copies of this session, and cancels them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mvfs import units
from mvfs.text import line
from tui import paint
from tui.copies import Copies, Copy, State
from tui.paint import Span
from tui.screens.box import Box
from tui.widgets.bars import Bar
from tui.widgets.lines import BoxRow, BoxRows

_PERIOD = 0.5
"""Seconds between two looks at the numbers; only what changed is painted."""

_BAR = 10


class CopiesBox(Box[None]):
    """Copies that go on, and those that are over; ``x`` cancels one, or takes it off the list."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x,delete", "cancel", show=False)]

    def __init__(self, copies: Copies) -> None:
        super().__init__()
        self._copies = copies

    def compose(self) -> ComposeResult:
        """Title, list, and the keys."""
        with Vertical(classes="box asking copies"):
            yield Bar("box", id="box-title")
            yield BoxRows(id="box-rows")
            yield Bar("box", id="box-hint")

    def on_mount(self) -> None:
        """Fill in, and look again from time to time."""
        self.query_one("#box-title", Bar).show([(" copies", "title")], right=[("esc closes ", "faint")])
        rows = self.query_one(BoxRows)
        rows.placeholder = "no copies; c begins one"
        rows.focus()
        self.query_one(".box").styles.height = 8 + max(min(2 * len(self._copies.all), 12), 2)
        self.call_after_refresh(self._fill)
        self.set_interval(_PERIOD, self._fill)

    def _fill(self) -> None:
        rows = self.query_one(BoxRows)
        shown = [row for copy in reversed(self._copies.all) for row in _rows(copy, rows.inner_width)]
        rows.replace(shown)
        keys: list[Span] = [(" ", "text")]
        if (copy := self._current) is not None:
            keys += [("x", "accent"), (" take off the list" if copy.is_over else " cancel", "muted")]
        self.query_one("#box-hint", Bar).show([], [], keys)

    @property
    def _current(self) -> Copy | None:
        row = self.query_one(BoxRows).current
        return None if row is None else row.value

    def on_row_list_moved(self) -> None:
        """What x does depends on the row."""
        self._fill()

    def action_cancel(self) -> None:
        """Cancel the copy, or list it no more."""
        copy = self._current
        if copy is not None:
            copy.cancel()
            self._copies.forget(copy)
            self._fill()


def _rows(copy: Copy, width: int) -> Iterator[BoxRow]:
    role = {State.FAILED: "bad", State.CANCELLED: "muted", State.DONE: "latest"}.get(copy.state, "strong")
    where = f"  {line(str(copy.target))}"
    head = paint.cut(copy.ref, width // 2)
    spans: list[Span] = [(" " + head, role)]
    spans.append((paint.cut(where, width - paint.width_of(spans)), "muted"))
    yield BoxRow((id(copy), "head"), spans, copy)
    yield BoxRow((id(copy), "state"), [("   ", "text"), *progress(copy, width - 4)], copy)


def progress(copy: Copy, width: int) -> list[Span]:
    """How far a copy is, in one row."""
    if copy.is_over:
        mark = {State.DONE: "✓ ", State.CANCELLED: "· ", State.FAILED: "✗ "}[copy.state]
        count = "1 file" if copy.files == 1 else f"{copy.files:,} files"
        what = {State.DONE: f"{count}, {units.size(copy.done)}", State.CANCELLED: copy.state}
        return [(paint.cut(mark + what.get(copy.state, line(copy.trouble)), width), "muted")]
    filled = round(copy.part * _BAR)
    spans = [("━" * filled, "accent"), ("━" * (_BAR - filled), "faint")]
    told = f"  {copy.part:.0%}  {units.size(copy.done)} of {units.size(copy.total)}"
    told += "  cancelling …" if copy.state is State.CANCELLING else f"  {units.size(round(copy.rate))}/s"
    return [*spans, (paint.cut(told, width - _BAR), "text")]
