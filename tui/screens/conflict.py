"""The box for a text that somebody else changed meanwhile: theirs and yours side by side in one diff."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mvfs.diff import text
from mvfs.text import block, line
from tui.paint import Span
from tui.screens.asking import LOW
from tui.screens.box import Box
from tui.viewmodel.diff.document import Document
from tui.viewmodel.diff.lines import Lines
from tui.viewmodel.wrap import wrapped
from tui.widgets.bars import Bar
from tui.widgets.hunks import Hunks

_LONGEST = 200_000
"""Characters of each text that are compared."""


class Verdict(StrEnum):
    """What is to become of the text."""

    MINE = "mine"
    THEIRS = "theirs"
    EDIT = "edit"


class Differences(Hunks):
    """What differs, in a box."""

    GROUND = "box"

    def show_texts(self, old: str, new: str) -> None:
        """Show what differs between two texts; long lines are broken."""
        before, after = text.lines(old).rows, text.lines(new).rows
        document = Document()
        document.put(Lines(before, after, list(text.hunks(before, after)), is_prose=True))
        self.show_document(document)


class ConflictBox(Box[Verdict]):
    """Shows what differs, and asks which text is to stand."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "take('mine')", show=False),
        Binding("t", "take('theirs')", show=False),
        Binding("e", "take('edit')", show=False),
    ]

    def __init__(self, heading: str, blame: str, theirs: str, mine: str) -> None:
        """``blame`` says who changed what, and when."""
        super().__init__()
        self._heading, self._blame = line(heading), line(blame)
        self._theirs, self._mine = block(theirs[:_LONGEST]), block(mine[:_LONGEST])

    def compose(self) -> ComposeResult:
        """Title, who it was, what differs, and the keys."""
        with Vertical(classes="box tall conflict"):
            yield Bar("box", id="box-title")
            yield Bar("box", id="box-blame")
            yield Differences(id="box-rows")
            yield Bar("box", id="box-hint")

    def on_mount(self) -> None:
        """Fill in."""
        self.query_one("#box-title", Bar).show(
            [(f" {self._heading}", "title")], right=[("esc keeps yours for later ", "faint")]
        )
        self.set_class(self.app.size.height < LOW, "-low")
        self.query_one(Differences).focus()
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        bar = self.query_one("#box-blame", Bar)
        bar.show(*[[(" " + row, "bad")] for row in wrapped(self._blame, bar.size.width - 2)][:2])
        self.query_one(Differences).show_texts(self._theirs, self._mine)
        keys: list[Span] = [(" ", "text")]
        for key, what in (("m", "keep mine"), ("t", "take theirs"), ("e", "edit")):
            keys += [(key, "accent"), (f" {what}" + "   " * (key != "e"), "muted")]
        self.query_one("#box-hint", Bar).show([(" - theirs   ", "removed"), ("+ yours", "added")], keys)

    def action_take(self, what: str) -> None:
        """Close with the verdict."""
        self.dismiss(Verdict(what))
