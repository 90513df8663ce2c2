"""The box that brings deleted versions back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from mvfs import units
from mvfs.index.rows import Deleted
from mvfs.text import line
from tui import paint
from tui.library import Library
from tui.paint import Span
from tui.screens.asking import Asking, Hint
from tui.widgets.lines import BoxRow
from tui.writing import deletion


class TrashBox(Asking):
    """Lists what is in the trash of a name, or of a project; typing narrows, enter brings one back."""

    PLACEHOLDER = "words to look for"
    ROWS = 12

    def __init__(self, library: Library, project: str, name: str | None) -> None:
        self._place = line(f"{project}/{name}" if name else project)
        super().__init__(library, f"trash of {self._place}")
        self._project, self._of = project, name
        self._trash: list[Deleted] | None = None

    def on_mount(self) -> None:
        """Ask what is there."""
        self.ask("trash", partial(deletion.trash, self.library, self._project, self._of))

    def learn(self, topic: str, found: Any) -> None:
        """Show it."""
        if topic == "trash":
            self._trash = found
            self.rows.placeholder = "nothing of that is in the trash"
            self._list()

    def _list(self) -> None:
        now = time.time_ns() // 1000
        rows = [
            BoxRow((g.version.name, g.version.number), _spans(g, now, self.room), g)
            for g in self._trash or ()
        ]
        words = self.text.lower().split()
        self.show_rows([row for row in rows if all(self.rows.holds(row, word) for word in words)])

    def typed(self) -> None:
        """Narrow the list."""
        self._list()

    @property
    def _current(self) -> Deleted | None:
        row = self.rows.current
        return None if row is None else row.value

    def outlook(self) -> str:
        """What would come back."""
        gone = self._current
        if self._trash is None:
            return ""
        if gone is None:
            return "nothing to bring back"
        return f"brings back {line(gone.version.name)}:{gone.version.label}, with the aliases it had"

    def hints(self) -> Sequence[Hint]:
        """Bring back."""
        return [("↵", "bring back"), ("↑ ↓", "choose")] if self._current is not None else [("esc", "close")]

    def submit(self, text: str) -> None:  # noqa: ARG002
        """Bring it back."""
        gone = self._current
        if gone is not None:
            self.write(partial(deletion.bring_back, self.library, self._project, [gone]))


def _spans(gone: Deleted, now: int, room: int) -> list[Span]:
    version = gone.version
    label = paint.fit(f"{line(version.name)}:{version.label}", max(room // 3, 10))
    size = paint.fit(units.size(version.size), 10, right=True)
    told = f"  deleted {units.age(gone.time, now)} ago by {line(gone.actor)}"
    return [(" " + label, "text"), (size, "muted"), (paint.cut(told, room - len(label) - 11), "muted")]
