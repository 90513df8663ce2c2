"""The box that shows what a deletion would do, and takes the typed word for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial

from mvfs import units
from mvfs.errors import MvfsError
from mvfs.index.rows import Version
from mvfs.text import line
from tui import paint
from tui.library import Library
from tui.paint import Span
from tui.screens.asking import Asking, Hint
from tui.viewmodel.chips import chips
from tui.widgets.lines import BoxRow
from tui.writing import deletion
from tui.writing.deletion import Going, Move

_WIDE = 44
"""From how many columns on the age is told, too."""


class DeleteBox(Asking):
    """Versions go to the trash once their label, or of several their number, is typed."""

    ROWS = 12

    def __init__(self, library: Library, project: str, versions: Sequence[Version]) -> None:
        self.wanted = versions[0].label if len(versions) == 1 else f"{len(versions)} versions"
        """What has to be typed."""
        one = f"{line(versions[0].name)}:{versions[0].label}"
        super().__init__(library, f"delete {one if len(versions) == 1 else self.wanted}?")
        self._project, self._versions = project, versions
        self._going: Going | None = None

    def on_mount(self) -> None:
        """Find out what would go."""
        self.field.placeholder = f"type {self.wanted} to delete"
        self._look()

    def _look(self) -> None:
        self.ask("going", partial(deletion.going, self.library, self._project, self._versions))

    def learn(self, topic: str, found: object) -> None:  # noqa: ARG002
        """Show what would go, and what aliases would do."""
        if isinstance(found, Going):
            self._going = found
            self.ask_reason(wanted=found.needs_reason)
            self.show_rows(list(_rows(found, self.room)))

    def outlook(self) -> str:
        """What enter would do."""
        if self._going is None:
            return ""
        count = len(self._going.versions)
        size = units.size(self._going.size)
        users = sum(self._going.users)
        used = f", used by {users:,} run{'s' * (users != 1)}" if users else ""
        what = f"{size}{used}" if count == 1 else f"{count:,} versions, {size}{used}"
        they, their = ("it", "its") if count == 1 else ("they", "their")
        return f"to the trash: {what}; {they} can be brought back until a sweep takes {their} files"

    def hints(self) -> Sequence[Hint]:
        """Delete, once it is typed."""
        return [("↵", "delete")] if self.text == self.wanted else [("esc", "leave it")]

    def submit(self, text: str) -> None:
        """Delete, if that was typed."""
        if self._going is None:
            return
        if text != self.wanted:
            self.complain(f"type '{self.wanted}' to delete, or press esc")
            return
        self.write(partial(deletion.move_to_trash, self.library, self._going, self.reason))

    def refused(self, error: MvfsError | None) -> None:  # noqa: ARG002
        """Look again at what would go."""
        self._look()


def _rows(going: Going, room: int) -> Iterator[BoxRow]:
    now = time.time_ns() // 1000
    labels = [f"{line(v.name)}:{v.label}" for v in going.versions]
    wide = min(max(len(label) for label in labels), max(room // 3, 8))
    for version, label, users in zip(going.versions, labels, going.users, strict=True):
        spans: list[Span] = [
            (" " + paint.fit(label, wide), "strong"),
            (paint.fit(units.size(version.size), 10, right=True), "muted"),
            ("  ", "text"),
        ]
        if room >= _WIDE:
            spans.insert(2, (paint.fit(units.age(version.created, now), 8, right=True), "muted"))
        if users:
            spans.append((f"used by {users:,} run{'s' * (users != 1)}  ", "best"))
        yield BoxRow((version.name, version.number), [*spans, *chips(version.aliases)])
    for move in going.moves:
        yield BoxRow((move.name, move.alias, "move"), _move(move))


def _move(move: Move) -> list[Span]:
    where = "goes away" if move.new is None else f"moves from v{move.old} to v{move.new}"
    lock: list[Span] = [("protected: say why", "best")] if move.is_protected else []
    return [
        ("   ", "text"),
        *chips([move.alias]),
        (f" {where}  ", "bad" if move.new is None else "text"),
        *lock,
    ]
