"""A line to type in."""

from __future__ import annotations

from textual import events
from textual.geometry import Size
from textual.reactive import Reactive, reactive
from textual.widgets._input import Input

from mvfs.text import line


class SafeInput(Input):
    """An input line that takes no control characters, also from the clipboard."""

    value: reactive[str] = reactive("", init=False)
    virtual_size: Reactive[Size] = Reactive(Size(0, 0), repaint=False)
    """Both as in Textual, but a letter typed moves nothing on the screen."""

    def __init__(self, placeholder: str = "", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        """Take the first line of what was pasted, made inert."""
        event.stop()
        event.prevent_default()
        rows = event.text.splitlines()
        if rows:
            self.insert_text_at_cursor(line(rows[0]))
