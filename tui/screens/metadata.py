"""The box for the metadata of a version."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from mvfs.catalog.metadata import parse_metadata
from mvfs.errors import Conflict, InvalidInput, MvfsError
from mvfs.index.rows import Version
from mvfs.text import line
from tui import paint
from tui.library import Library
from tui.paint import Span
from tui.screens.asking import Asking, Hint
from tui.viewmodel import values
from tui.widgets.lines import BoxRow
from tui.writing import remarks
from tui.writing.written import Written

EDITING = Written("")
"""What the box closes with where all of it is to be edited."""


class MetadataBox(Asking):
    """Takes ``KEY=VALUE``, as the command line does, or ``-KEY``; or hands all of it to the editor."""

    PLACEHOLDER = "KEY=VALUE, or -KEY to remove it"
    EMPTY = "no metadata yet"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+e", "edit", "edit all", show=False, priority=True),
    ]

    def __init__(self, library: Library, project: str, version: Version) -> None:
        super().__init__(library, f"metadata of {remarks.named(version)}")
        self._project, self._version = project, version

    def on_mount(self) -> None:
        """Show what there is."""
        self._list()

    def learn(self, topic: str, found: object) -> None:  # noqa: ARG002
        """Show what there is by now."""
        if isinstance(found, Version):
            self._version = found
            self._list()

    def refused(self, error: MvfsError | None) -> None:
        """Look at what there is by now, so that a second enter insists."""
        if isinstance(error, Conflict):
            self.trouble += "; enter again sets it"
            self.ask("version", partial(remarks.as_it_is, self.library, self._project, self._version))

    def _list(self) -> None:
        found = self._version.metadata
        wide = min(max((paint.width_of([(line(key), "")]) for key in found), default=0), self.room // 2)
        self.show_rows([BoxRow(key, _spans(key, value, wide, self.room)) for key, value in found.items()])

    def chosen(self, row: BoxRow) -> str | None:
        """The pair, to be changed."""
        value = self._version.metadata[str(row.key)]
        return f"{line(str(row.key))}={values.written(value)}"

    def _change(self) -> tuple[dict[str, Any], list[str]]:
        """What is set and what goes.

        Raises:
            InvalidInput: it is neither KEY=VALUE nor -KEY.
        """
        text, known = self.text, {line(key): key for key in self._version.metadata}
        if text.startswith("-") and "=" not in text:
            return {}, [known.get(text[1:], text[1:])]
        seen = max((look for look in known if text.startswith(f"{look}=")), key=len, default="")
        if seen:  # a key that is there may hold a '=' itself
            (value,) = parse_metadata([f"_{text[len(seen) :]}"]).values()
            return {known[seen]: value}, []
        return parse_metadata([text]), []

    def outlook(self) -> str:
        """What enter would do."""
        if not self.text:
            return "a pair to set; a value that is no JSON is text"
        try:
            change, gone = self._change()
        except InvalidInput as exc:
            return line(exc.message)
        have = self._version.metadata
        if gone:
            return f"removes {line(gone[0])}" if gone[0] in have else f"there is no key '{line(gone[0])}'"
        ((key, value),) = change.items()
        if key in have and have[key] == value:
            return f"{line(key)} is that already"
        before = f"{values.shown(have[key])} → " if key in have else "new: "
        return f"{line(key)}: {before}{values.shown(value)}"

    def hints(self) -> Sequence[Hint]:
        """Save, or edit all."""
        return [("↵", "save"), ("ctrl+e", "edit all"), ("↓", "pick")]

    def submit(self, text: str) -> None:
        """Save."""
        if not text:
            self.action_close()
            return
        try:
            change, gone = self._change()
        except InvalidInput as exc:
            self.complain(exc.message)
            return
        self.write(partial(remarks.metadata, self.library, self._project, self._version, change, gone))

    def action_edit(self) -> None:
        """Have all of it edited."""
        self.dismiss(EDITING)


def _spans(key: str, value: object, wide: int, room: int) -> list[Span]:
    return [
        (" " + paint.fit(line(key), wide), "muted"),
        (paint.cut("  " + values.shown(value), room - wide - 1), "text"),
    ]
