"""The box for a text that somebody else changed meanwhile: theirs and yours side by side in one diff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from mvfs.text import block, line
from tui import paint
from tui.paint import Span
from tui.screens.box import Box
from tui.viewmodel.wrap import wrapped
from tui.widgets.bars import Bar
from tui.widgets.lines import BoxRow, BoxRows

_LONGEST = 200_000
"""Characters of each text that are compared."""


class Verdict(StrEnum):
    """What is to become of the text."""

    MINE = "mine"
    THEIRS = "theirs"
    EDIT = "edit"


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
            yield BoxRows(id="box-rows")
            yield Bar("box", id="box-hint")

    def on_mount(self) -> None:
        """Fill in."""
        self.query_one("#box-title", Bar).show(
            [(f" {self._heading}", "title")], right=[("esc keeps yours for later ", "faint")]
        )
        self.query_one(BoxRows).focus()
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        """Lines are broken for the width."""
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        bar, rows = self.query_one("#box-blame", Bar), self.query_one(BoxRows)
        bar.show(*[[(" " + row, "bad")] for row in wrapped(self._blame, bar.size.width - 2)][:2])
        width = rows.inner_width - 3
        found = list(_rows(self._theirs.split("\n"), self._mine.split("\n"), width))
        rows.replace([BoxRow(number, spans) for number, spans in enumerate(found)])
        keys: list[Span] = [(" ", "text")]
        for key, what in (("m", "save mine"), ("t", "take theirs"), ("e", "edit mine again")):
            keys += [(key, "accent"), (f" {what}   ", "muted")]
        self.query_one("#box-hint", Bar).show([(" - theirs   ", "bad"), ("+ yours", "latest")], keys)

    def action_take(self, what: str) -> None:
        """Close with the verdict."""
        self.dismiss(Verdict(what))


def _rows(theirs: Sequence[str], mine: Sequence[str], width: int) -> Iterator[list[Span]]:
    for tag, a, b, c, d in SequenceMatcher(None, theirs, mine, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from _side("  ", "muted", theirs[a:b], width)
        else:
            yield from _side("- ", "bad", theirs[a:b], width)
            yield from _side("+ ", "latest", mine[c:d], width)


def _side(mark: str, role: str, texts: Sequence[str], width: int) -> Iterator[list[Span]]:
    for text in texts:
        for number, row in enumerate(wrapped(text, width)):
            yield [(f" {mark}" if not number else "   ", role), (paint.cut(row, width), role)]
