"""The box that asks where a copy of a version goes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from mvfs import units
from mvfs.index.rows import Version
from mvfs.text import line
from tui.library import Library
from tui.screens.asking import Asking, Hint
from tui.widgets.lines import BoxRow
from tui.writing.remarks import named

_MOST = 200
"""Directories that are offered."""


class PathBox(Asking):
    """Asks for a path on this machine; tab completes it."""

    PLACEHOLDER = "a directory"
    EMPTY = "nothing is there yet"
    ROWS = 6
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "complete", show=False, priority=True),
    ]

    def __init__(self, library: Library, heading: str, path: str) -> None:
        super().__init__(library, heading)
        self._first = path
        self._paths: Sequence[str] = ()
        self._looked: str | None = None
        """What was typed when the paths were read."""
        self._is_completing = False
        self.has_picked = False

    def on_mount(self) -> None:
        """Begin with the usual path."""
        self.field.value = self._first
        self.field.cursor_position = len(self._first)

    def typed(self) -> None:
        """Look which directories there are."""
        if self.has_picked:
            self.has_picked = False
            return
        self._look()

    def _look(self) -> None:
        text = self.text
        self.ask("paths", lambda: (text, _directories(text)))

    def learn(self, topic: str, found: Any) -> None:
        """Offer them."""
        if topic == "paths":
            self._looked, self._paths = found
            self.show_rows([BoxRow(path, [(" " + line(path), "muted")]) for path in self._paths])
            if self._is_completing:
                self.action_complete()

    def chosen(self, row: BoxRow) -> str | None:
        """The path; what is offered stays."""
        self.has_picked = line(str(row.key)) != self.field.value
        return line(str(row.key))

    def action_complete(self) -> None:
        """Complete as far as it is clear, as soon as that is known."""
        self._is_completing = self._looked != self.text
        if self._is_completing:
            self._look()
            return
        common = os.path.commonprefix(list(self._paths))  # noqa: RUF071 - of characters: it completes a word
        if len(common) > len(self.text):
            self.field.value = line(common)
            self.field.cursor_position = len(self.field.value)

    @property
    def path(self) -> Path:
        """What is typed, as a path."""
        return Path(os.path.expanduser(self.text))


class GetBox(PathBox):
    """Asks where to, and begins the copy; ``begin`` returns why it cannot."""

    def __init__(self, library: Library, version: Version, path: str, begin: Callable[[Path], str]) -> None:
        below = f"/{line(path)}" if path else ""
        super().__init__(library, f"copy {named(version)}{below} to", _usual(version, path))
        self._version, self._path, self._begin = version, path, begin
        self._state = ""

    def typed(self) -> None:
        """Look what is there, too."""
        super().typed()
        self._state = ""
        self.ask("state", partial(_state, self.path))

    def learn(self, topic: str, found: Any) -> None:
        """Say what is there."""
        super().learn(topic, found)
        if topic == "state":
            self._state = found

    def outlook(self) -> str:
        """What enter would do."""
        if not self.text:
            return "name a directory"
        if self._path:
            return f"verified, in the background{self._state}"
        count = "1 file" if self._version.files == 1 else f"{self._version.files:,} files"
        return f"{count}, {units.size(self._version.size)}, verified, in the background{self._state}"

    def hints(self) -> Sequence[Hint]:
        """Copy, complete."""
        return [("↵", "copy"), ("tab", "complete"), ("↑ ↓", "choose")]

    def submit(self, text: str) -> None:
        """Begin, and close."""
        if not text:
            self.action_close()
            return
        trouble = self._begin(self.path)
        if trouble:
            self.complain(trouble)
        else:
            self.dismiss(None)


def _usual(version: Version, path: str) -> str:
    """Where `mvfs get` copies to unless somebody says otherwise."""
    if path:
        return f"./{line(path.rpartition('/')[2])}"
    return f"./{line(version.name)}-{version.label}"


def _state(path: Path) -> str:
    """What speaks of going on with an earlier copy, or against the place."""
    try:
        if path.is_dir():
            return "; what is there already and the same is kept" if any(path.iterdir()) else ""
        return "; a file is there" if path.exists() else ""
    except OSError as exc:
        return f"; {line((exc.strerror or str(exc)).lower())}"


def _directories(text: str) -> list[str]:
    """The directories whose paths begin with a text, each with a slash at its end."""
    head, _, start = text.rpartition("/")
    above = f"{head}/" if "/" in text else ""
    try:
        with os.scandir(os.path.expanduser(above) or ".") as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.startswith(start)
                and (start.startswith(".") or not entry.name.startswith("."))
                and entry.name.isprintable()
                and entry.is_dir()
            )
    except OSError:
        return []
    return [f"{above}{name}/" for name in names[:_MOST]]
