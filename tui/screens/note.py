"""The built-in note editor, for where no other can be had."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets._text_area import TextArea

from mvfs.text import block, line
from tui.screens.box import Box
from tui.widgets.bars import Bar


class NoteBox(Box[str]):
    """Returns the text, or None if it was left as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", "save", show=False)]

    def __init__(self, title: str, text: str, warning: str = "") -> None:
        """Edit ``text``; a ``warning`` says why it came to that."""
        super().__init__()
        self._heading, self._before, self._warning = line(title), block(text), line(warning)
        self._is_leaving = False

    def compose(self) -> ComposeResult:
        """A title, the text, and a line below."""
        with Vertical(classes="box tall"):
            yield Bar("box", id="box-title")
            area = TextArea(self._before, id="note", compact=True, show_line_numbers=False)
            area.cursor_blink = False
            yield area
            yield Bar("box", id="box-hint")

    def on_mount(self) -> None:
        """Fill in."""
        keys = [("ctrl+s saves  esc leaves ", "faint")]
        self.query_one("#box-title", Bar).show([(f" {self._heading}", "title")], right=keys)
        if self._warning:
            self.query_one("#box-hint", Bar).show([(f" {self._warning}", "bad")])
        self.query_one(TextArea).focus()

    def action_save(self) -> None:
        """Return what was written; as it was, unless a warning says that it must be saved again."""
        text = self.query_one(TextArea).text
        self.dismiss(text if text != self._before or self._warning else None)

    def action_close(self) -> None:
        """Leave; changes are thrown away only if asked twice."""
        if self._is_leaving or self.query_one(TextArea).text == self._before:
            self.dismiss(None)
            return
        self._is_leaving = True
        self.query_one("#box-hint", Bar).show([(" not saved: ctrl+s saves, esc again throws it away", "bad")])
