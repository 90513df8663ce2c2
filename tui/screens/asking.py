"""The boxes in which a change is put into words: what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from mvfs.errors import MvfsError
from mvfs.text import line
from tui import keys, loading, messages
from tui.library import Library
from tui.paint import Span, cut, width_of
from tui.screens.box import Box
from tui.viewmodel.wrap import wrapped
from tui.widgets.bars import Bar
from tui.widgets.field import SafeInput
from tui.widgets.lines import BoxRow, BoxRows
from tui.writing.written import Written

Hint = tuple[str, str]
"""A key and what it does."""

_FRAME = 10
"""Rows of a box that are not its list: title, field, hint, keys, and what is around them."""

LOW = 18
"""Rows of a terminal below which a box has no room for gaps."""

_REASON = 2
"""Rows that the line for a reason takes."""


class Learned(Message):
    """What a box asked the store."""

    def __init__(self, topic: str, found: object) -> None:
        super().__init__()
        self.topic, self.found = topic, found


class Asking(Box[Written]):
    """A title, a line to type in, rows to choose from, and what enter would do.

    It stays open and says why where the store refuses; it closes with what was written.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('down')", show=False, priority=True),
        Binding("up", "move('up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
    ]

    PLACEHOLDER: ClassVar[str] = ""
    ROWS: ClassVar[int] = 8
    """How many rows of the list are shown at most."""
    EMPTY: ClassVar[str] = "reading …"

    def __init__(self, library: Library, heading: str) -> None:
        super().__init__()
        self.library, self._heading = library, heading
        self.trouble = ""
        """Why the store has refused, inert."""
        self._is_busy = False
        self._asks_reason = False

    # What a box decides

    def outlook(self) -> str:
        """What enter would do; inert."""
        return ""

    def hints(self) -> Sequence[Hint]:
        """The keys, with what they do."""
        return [("↵", "save")]

    def submit(self, text: str) -> None:
        """Do what was typed."""
        raise NotImplementedError

    def chosen(self, row: BoxRow) -> str | None:  # noqa: ARG002
        """What stands in the line when the cursor comes to a row; None leaves it as it is."""
        return None

    def learn(self, topic: str, found: object) -> None:
        """Take in what was asked of the store."""

    def refused(self, error: MvfsError | None) -> None:
        """The store has said no: prepare for a second try."""

    # Parts

    def compose(self) -> ComposeResult:
        """Title, line, rows, and the hint."""
        with Vertical(classes="box asking"):
            yield Bar("box", id="box-title")
            yield SafeInput(self.PLACEHOLDER, id="box-field")
            yield SafeInput("why? it is kept in the history", id="box-reason")
            yield BoxRows(id="box-rows")
            yield Bar("box", id="box-hint")

    @property
    def field(self) -> SafeInput:
        """The line to type in."""
        return self.query_one("#box-field", SafeInput)

    @property
    def rows(self) -> BoxRows:
        """The rows to choose from."""
        return self.query_one(BoxRows)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.field.value.strip()

    @property
    def reason(self) -> str | None:
        """Why, where that was asked for and given."""
        return self.query_one("#box-reason", SafeInput).value.strip() or None if self._asks_reason else None

    @property
    def room(self) -> int:
        """Columns for the spans of a row."""
        return max(min(64, self.app.size.width) - 5, 10)

    def on_mount(self) -> None:
        """Fill in. Textual has called a subclass's own handler before this one."""
        self.rows.placeholder = self.EMPTY
        self.rows.can_focus = False
        self.field.focus()
        self.set_class(self.app.size.height < LOW, "-low")
        self.fit(self.rows.counts[0])
        self.call_after_refresh(self.hint)

    def show_rows(self, rows: Sequence[BoxRow], towards: object = None) -> None:
        """Show other rows; the box is as high as they need."""
        self.rows.replace(rows, towards)
        self.fit(len(rows))

    def fit(self, count: int) -> None:
        """Make the box as high as its list needs; an empty one says why in its second row."""
        height = _FRAME + _REASON * self._asks_reason + (min(count, self.ROWS) or 2)
        self.query_one(".box").styles.height = height

    def ask_reason(self, *, wanted: bool) -> None:
        """Show the line for a reason, or hide it."""
        if wanted != self._asks_reason:
            self._asks_reason = wanted
            self.query_one("#box-reason").set_class(wanted, "-shown")
            self.set_class(self.app.size.height < LOW, "-low")
        self.fit(self.rows.counts[0])

    # What is said

    def hint(self) -> None:
        """Say what enter would do, or why it did not."""
        title = self.query_one("#box-title", Bar)
        close = "esc closes "
        width = max(title.size.width - len(close) - 2, 8)
        title.show([(" " + cut(self._heading, width), "title")], right=[(close, "faint")])
        bar = self.query_one("#box-hint", Bar)
        said, role = (self.trouble, "bad") if self.trouble else (self.outlook(), "muted")
        if self._is_busy:
            said, role = "…", "muted"
        rows: list[list[Span]] = [[(" " + row, role)] for row in wrapped(said, bar.size.width - 2)]
        if len(rows) > 2:
            rows = [rows[0], [(cut(rows[1][0][0] + " " + rows[2][0][0].strip(), bar.size.width - 1), role)]]
        bar.show(*[*rows, [], []][:2], _keys(self.hints(), bar.size.width))

    # Typing and choosing

    @on(SafeInput.Changed)
    def _typed(self) -> None:
        self.trouble = ""
        self.typed()
        self.hint()

    def typed(self) -> None:
        """Another text stands in the line."""

    def action_move(self, how: str) -> None:
        """Move in the rows while typing."""
        rows = self.rows
        if rows.current is None:
            return
        getattr(rows, f"action_{how}")()
        text = self.chosen(rows.current)
        if text is not None and text != self.field.value:
            self.field.value = text
            self.field.cursor_position = len(text)
        self.hint()

    @on(SafeInput.Submitted)
    def _submitted(self) -> None:
        if self._is_busy:
            return
        reason = self.query_one("#box-reason", SafeInput)
        if self._asks_reason and not reason.value.strip():
            if self.focused is reason:
                self.complain("it is protected: a reason is needed")
            reason.focus()
            return
        self.submit(self.text)

    def on_row_list_opened(self) -> None:
        """A second click on a row takes it."""
        if self.rows.current is not None:
            text = self.chosen(self.rows.current)
            if text is not None:
                self.field.value = text
            self._submitted()

    # The store

    def ask(self, topic: str, question: Callable[[], object]) -> None:
        """Ask the store in a worker; `learn` gets the answer."""

        def job() -> Iterator[Message]:
            yield Learned(topic, question())

        loading.run(self, topic, job)

    def write(self, change: Callable[[], Written]) -> None:
        """Make a change in a worker, and close."""
        self._is_busy, self.trouble = True, ""
        self.hint()

        def job() -> Iterator[Message]:
            yield messages.Wrote(change())

        loading.run(self, "write", job)

    @on(Learned)
    def _learned(self, event: Learned) -> None:
        self.learn(event.topic, event.found)
        self.hint()

    @on(messages.Wrote)
    def _wrote(self, event: messages.Wrote) -> None:
        self.dismiss(event.written)

    @on(messages.Failed)
    def _failed(self, event: messages.Failed) -> None:
        self._is_busy = False
        self.complain(event.said)
        if event.group == "write":
            self.refused(event.error)
        self.hint()

    def complain(self, text: str) -> None:
        """Say why it cannot be done."""
        self.trouble = line(text)
        self.hint()


def _keys(hints: Sequence[Hint], width: int) -> list[Span]:
    """Keys and what they do, as many as fit."""
    spans: list[Span] = [(" ", "text")]
    for key, what in hints:
        more = [(keys.shown(key), "accent"), (f" {what}   ", "muted")]
        if width_of(spans) + width_of(more) - 3 > width:
            break
        spans += more
    return [*spans[:-1], (spans[-1][0].rstrip(), spans[-1][1])]
