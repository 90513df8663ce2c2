"""The box that points an alias at a version."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from mvfs import units
from mvfs.errors import AliasMoved
from mvfs.index.rows import Version
from mvfs.text import line
from tui import loading, messages
from tui.library import Library
from tui.paint import Span
from tui.screens.box import Box
from tui.viewmodel.chips import chips
from tui.viewmodel.wrap import wrapped
from tui.widgets.bars import Bar
from tui.widgets.field import SafeInput


class AliasBox(Box[str]):
    """Asks for an alias and sets it, provided it still points where the screen showed it.

    It stays open and says why when the store refuses; if somebody else was faster, a second enter insists.
    """

    def __init__(self, library: Library, project: str, version: Version, pointing: Mapping[str, int]) -> None:
        super().__init__()
        self._library, self._project, self._version = library, project, version
        self._pointing = dict(pointing)
        self._trouble = ""

    def compose(self) -> ComposeResult:
        """A title, the line to type in, and what would happen."""
        with Vertical(classes="box"):
            yield Bar("box", id="box-title")
            yield SafeInput("production", id="alias")
            yield Bar("box", id="box-hint")

    def on_mount(self) -> None:
        """Fill in."""
        title = f" alias for {line(self._version.name)}:{self._version.label}"
        self.query_one("#box-title", Bar).show([(title, "title")], right=[("esc closes ", "faint")])
        self.call_after_refresh(self._hint)

    @on(SafeInput.Changed)
    def _typed(self) -> None:
        self._trouble = ""
        self._hint()

    def _hint(self) -> None:
        """Say what enter would do, or why it did not."""
        bar = self.query_one("#box-hint", Bar)
        rows: list[list[Span]] = []
        if self._trouble:
            rows = [[(" " + row, "bad")] for row in wrapped(self._trouble, bar.size.width - 2)]
        else:
            rows = [[(" " + row, "muted")] for row in wrapped(self._outlook(), bar.size.width - 2)]
            if not self.query_one(SafeInput).value and self._version.aliases:
                rows = [[(" has ", "muted"), *chips(self._version.aliases)]]
        bar.show(*rows)

    def _outlook(self) -> str:
        alias = self.query_one(SafeInput).value.strip()
        if not alias:
            return "type a name such as production"
        number = self._pointing.get(alias)
        if number is None:
            return f"new alias at {self._version.label}"
        if number == self._version.number:
            return f"is at {self._version.label} already"
        return f"moves from v{number} to {self._version.label}"

    @on(SafeInput.Submitted)
    def _submitted(self, event: SafeInput.Submitted) -> None:
        alias = event.value.strip()
        if not alias:
            self.dismiss(None)
            return

        def job() -> Iterator[Message]:
            expect = self._pointing.get(alias)
            self._library.set_alias(self._project, self._version, alias, expect)
            yield messages.Done(alias)

        loading.run(self, "write", job)

    @on(messages.Done)
    def _done(self, event: messages.Done) -> None:
        self.dismiss(event.said)

    @on(messages.Failed)
    def _failed(self, event: messages.Failed) -> None:
        self._trouble = line(event.said)
        if isinstance(event.error, AliasMoved):
            self._take_in(event.error)
        self._hint()

    def _take_in(self, error: AliasMoved) -> None:
        """Expect the alias from now on where it was found."""
        alias, found, at = error.fields.get("alias"), error.fields.get("found"), error.fields.get("at")
        if isinstance(alias, str):
            if isinstance(found, int):
                self._pointing[alias] = found
            else:
                self._pointing.pop(alias, None)
        if isinstance(at, int) and at:
            self._trouble += f", {units.age(at, time.time_ns() // 1000)} ago"
        self._trouble += f"; enter again sets it to {self._version.label}"
