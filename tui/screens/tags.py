"""The box for the tags of a version."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mvfs.errors import Conflict, MvfsError
from mvfs.index.rows import Version
from mvfs.text import line
from tui.library import Library
from tui.screens.asking import Asking, Hint
from tui.widgets.lines import BoxRow
from tui.writing import remarks


class TagsBox(Asking):
    """Takes words: each adds a tag, and with a minus before it takes one away."""

    PLACEHOLDER = "ema -old"
    EMPTY = "no tags yet"

    def __init__(self, library: Library, project: str, version: Version) -> None:
        super().__init__(library, f"tags of {remarks.named(version)}")
        self._project, self._version = project, version

    def on_mount(self) -> None:
        """Show the tags there are."""
        self._list()

    def learn(self, topic: str, found: object) -> None:  # noqa: ARG002
        """Show the tags there are by now."""
        if isinstance(found, Version):
            self._version = found
            self._list()

    def refused(self, error: MvfsError | None) -> None:
        """Look at the tags there are by now, so that a second enter insists."""
        if isinstance(error, Conflict):
            self.trouble += "; enter again adds and removes these"
            self.ask("version", partial(remarks.as_it_is, self.library, self._project, self._version))

    def _list(self) -> None:
        self.show_rows([BoxRow(tag, [(" " + line(tag), "alias")]) for tag in self._version.tags])

    def chosen(self, row: BoxRow) -> str | None:
        """The word that takes a tag away."""
        return f"-{line(str(row.key))}"

    def _words(self) -> tuple[list[str], list[str]]:
        """What is added, and what goes."""
        words = self.text.split()
        gone = [word[1:] for word in words if word.startswith("-") and word != "-"]
        by_look = {line(tag): tag for tag in self._version.tags}
        return [w for w in words if not w.startswith("-")], [by_look.get(word, word) for word in gone]

    def outlook(self) -> str:
        """What enter would do."""
        add, remove = self._words()
        new = [tag for tag in add if tag not in self._version.tags]
        gone = [tag for tag in remove if tag in self._version.tags]
        parts = [f"adds {line(', '.join(new))}"] if new else []
        parts += [f"removes {line(', '.join(gone))}"] if gone else []
        parts += [f"has no {line(', '.join(lost))}"] if (lost := [t for t in remove if t not in gone]) else []
        return "; ".join(parts) or ("it has these already" if add else "words to add; -word removes one")

    def hints(self) -> Sequence[Hint]:
        """Save, and pick."""
        return [("↵", "save"), *([("↓", "pick one to remove")] if self._version.tags else [])]

    def submit(self, text: str) -> None:
        """Save."""
        if not text:
            self.action_close()
            return
        add, remove = self._words()
        self.write(partial(remarks.tags, self.library, self._project, self._version, add, remove))
