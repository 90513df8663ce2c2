"""The right pane: everything about the version under the cursor."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from tui.paint import Span
from tui.widgets.rows import RowList

if TYPE_CHECKING:
    from tui.viewmodel.details import Details, Line
    from tui.viewmodel.facts import Facts

_WIDEST = 100
"""Columns of a row: in longer ones an eye gets lost."""


class DetailsList(RowList["Line"]):
    """The rows of a `Details`."""

    SHOWS_RESTING = False

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.details: Details | None = None
        self._wide = -1

    def identity(self, item: Line) -> Hashable:
        """The key."""
        return item.key

    def spans(self, item: Line, width: int) -> Sequence[Span]:  # noqa: ARG002 - they were made for it
        """As made."""
        return item.spans

    def holds(self, item: Line, word: str) -> bool:
        """The text of the row is looked into."""
        return word in "".join(text for text, _ in item.spans).lower()

    def show_facts(self, facts: Facts, now: int) -> None:
        """Show another version from its top, or the same one read again where it was."""
        if self.details is not None and self.details.facts.ref == facts.ref:
            self.details.take(facts, now)
            self.rebuild()
        else:
            from tui.viewmodel.details import Details  # the first frame has no details yet

            self.details = Details(facts, now)
            self.rebuild("title")

    def clear(self) -> None:
        """Show nothing."""
        self.details = None
        self.rebuild("title")

    def rebuild(self, towards: Hashable = None) -> None:
        """Make the rows anew, for the present width."""
        self._wide = self.inner_width
        self.replace(self.details.lines(min(self._wide, _WIDEST)) if self.details else (), towards)

    def on_resize(self) -> None:
        """Rows depend on the width."""
        if self.inner_width != self._wide:
            self.rebuild()
