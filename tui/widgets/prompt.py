"""The line above the footer in which a filter or a place is typed."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from mvfs.text import line
from tui.widgets.bars import Bar
from tui.widgets.field import SafeInput

_MOVES = {"down": "down", "up": "up", "pagedown": "page_down", "pageup": "page_up"}

FILTER, JUMP = "filter", "jump"
_MARKS = {FILTER: " /", JUMP: " :"}


class Prompt(Horizontal):
    """Hidden until something is asked; says what is typed by messages."""

    class Typed(Message):
        """The text changed."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Entered(Typed):
        """Enter was pressed."""

    class Moved(Message):
        """A key that moves in a list was pressed; ``how`` is the action."""

        def __init__(self, kind: str, how: str) -> None:
            super().__init__()
            self.kind, self.how = kind, how

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self.kind = ""
        """What is asked for; empty while nothing is."""

    def compose(self) -> ComposeResult:
        """A mark and the line to type in."""
        yield Bar(id="prompt-mark")
        yield SafeInput(id="prompt-field")

    @property
    def field(self) -> SafeInput:
        """The line to type in."""
        return self.query_one(SafeInput)

    def ask(self, kind: str, text: str = "", hint: str = "") -> None:
        """Show the line with ``text`` in it, and give it the keys."""
        self.kind = kind
        self.add_class("-shown")
        self.query_one(Bar).show([(_MARKS[kind], "best")])
        self.field.placeholder = hint
        self.field.value = line(text)
        self.screen.set_focus(self.field)

    def close(self) -> None:
        """Hide the line."""
        self.kind = ""
        self.remove_class("-shown")

    @on(SafeInput.Changed)
    def _changed(self, event: SafeInput.Changed) -> None:
        event.stop()
        if self.kind:
            self.post_message(self.Typed(self.kind, event.value))

    @on(SafeInput.Submitted)
    def _submitted(self, event: SafeInput.Submitted) -> None:
        event.stop()
        if self.kind:
            self.post_message(self.Entered(self.kind, event.value))

    def on_key(self, event: events.Key) -> None:
        """Pass on what moves in lists."""
        if self.kind and event.key in _MOVES:
            event.stop()
            self.post_message(self.Moved(self.kind, _MOVES[event.key]))
