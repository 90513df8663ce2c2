"""The line above the footer in which a filter or a place is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive

from mvfs.text import line
from tui.widgets.bars import Bar
from tui.widgets.field import SafeInput

_MOVES = {"down": "down", "up": "up", "pagedown": "page_down", "pageup": "page_up"}
_STEPS = {"tab": 1, "shift+tab": -1}

FILTER, JUMP = "filter", "jump"
_MARKS = {FILTER: " /", JUMP: " :"}


class Prompt(Horizontal):
    """Hidden until something is asked; says what is typed by messages."""

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), repaint=False)
    """As in Textual, but a line that appears moves nothing else."""

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
        self.history: Sequence[str] = ()
        """What was typed before, the newest last."""
        self.complete: Callable[[str], Sequence[str]] = lambda _: ()
        """What a text can become."""
        self._row: tuple[Sequence[str], int] = ((), 0)
        """The texts that a key steps through, and which of them stands in the line."""

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
        self.kind, self._row = kind, ((), 0)
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
        """Complete a place, or take one from before; pass on what moves in lists."""
        if self.kind == JUMP and event.key in ("up", "down", *_STEPS):
            event.stop()
            event.prevent_default()
            if event.key in _STEPS:
                self._step(_STEPS[event.key], self.complete)
            else:
                self._step(-1 if event.key == "up" else 1, self._before)
        elif self.kind and event.key in _MOVES:
            event.stop()
            self.post_message(self.Moved(self.kind, _MOVES[event.key]))

    def _before(self, text: str) -> Sequence[str]:
        """What was typed before and begins with a text."""
        return [one for one in self.history if one.startswith(text) and one != text]

    def _step(self, step: int, source: Callable[[str], Sequence[str]]) -> None:
        """Put the next text into the line; after the last one comes what was typed."""
        texts, at = self._row
        if not texts or self.field.value != texts[at]:
            texts, at = [self.field.value, *source(self.field.value)], 0
        at = (at + step) % len(texts)
        self._row = texts, at
        self.field.value = line(texts[at])
        self.field.cursor_position = len(self.field.value)

    @property
    def candidates(self) -> Sequence[str]:
        """What can be stepped to from here, the next one first."""
        texts, at = self._row
        if texts and self.field.value == texts[at]:
            return [*texts[at + 1 :], *texts[:at]]
        return self.complete(self.field.value)
