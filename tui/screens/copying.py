"""What of a version can be copied, and the box to choose from."""

from __future__ import annotations

import json
import shlex
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from mvfs.index.rows import Version
from mvfs.text import line
from tui import paint
from tui.mounted import Standing, directory
from tui.paint import Span
from tui.screens.box import Box
from tui.widgets.bars import Bar
from tui.widgets.rows import RowList


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to copy."""

    key: str
    label: str
    text: str
    """As it goes to the clipboard: what is stored, unchanged."""


def choices(project: str, version: Version, mounts: Standing = ()) -> Iterator[Choice]:
    """What can be copied of a version; where it is mounted, its path, too."""
    from mvfs.catalog.shapes import version_json  # not needed for the first frame

    stem = f"{project}/{version.type}/{version.name}"
    ref = f"{stem}:{version.label}"
    moving = next((alias for alias in ("best", "latest", *version.aliases) if alias in version.aliases), None)
    if moving is not None:
        yield Choice("r", "ref", f"{stem}:{moving}")
    yield Choice("v", "version ref", ref)
    yield Choice("u", "URI", f"mvfs://{ref}")
    yield Choice("d", "digest", version.digest.hex())
    path = directory(mounts, ref)
    if path is not None:
        yield Choice("p", "path in mount", path)
    yield Choice("g", "get command", f"mvfs get {shlex.quote(ref)} {version.name}-{version.label}")
    if version.note:
        yield Choice("n", "note", version.note)
    found = version_json(project, version)
    yield Choice("j", "row as JSON", json.dumps(found, ensure_ascii=False, default=str))


class ChoiceList(RowList[Choice]):
    """The choices, each with the key that takes it."""

    GROUND = "box"

    def identity(self, item: Choice) -> Hashable:
        """The key."""
        return item.key

    def spans(self, item: Choice, width: int) -> Sequence[Span]:
        """Key, label, and a look at the text."""
        shown = line(item.text.strip().partition("\n")[0][:400])
        return [
            (f" {item.key}  ", "accent"),
            (f"{item.label:<13}", "text"),
            (paint.cut(shown, width - 18), "muted"),
        ]

    def holds(self, item: Choice, word: str) -> bool:
        """The label is looked into."""
        return word in item.label


class CopyBox(Box[Choice]):
    """Asks what to copy."""

    def __init__(self, found: Sequence[Choice]) -> None:
        super().__init__()
        self._choices = found

    def compose(self) -> ComposeResult:
        """A title and the list."""
        with Vertical(classes="box") as box:
            box.styles.height = len(self._choices) + 4
            yield Bar("box", id="box-title")
            yield ChoiceList(id="choices")

    def on_mount(self) -> None:
        """Fill in."""
        self.query_one(Bar).show([(" copy", "title")], right=[("esc closes ", "faint")])
        self.query_one(ChoiceList).replace(self._choices)

    def on_row_list_opened(self) -> None:
        """Take the choice under the cursor."""
        self.dismiss(self.query_one(ChoiceList).current)

    def on_key(self, event: events.Key) -> None:
        """Take the choice of a key."""
        for choice in self._choices:
            if event.character == choice.key:
                event.stop()
                self.dismiss(choice)
