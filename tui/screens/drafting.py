"""Notes and metadata as texts in the user's own editor, saved only where nobody was faster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual import on
from textual.app import SuspendNotSupported
from textual.message import Message

from mvfs.errors import Conflict, InvalidInput
from mvfs.index.rows import Version
from tui import editing, loading, messages
from tui.library import Library
from tui.screens.listed import Listed
from tui.writing.written import Written

if TYPE_CHECKING:
    from tui.screens.conflict import Verdict

NOTE, METADATA = "note", "metadata"
_SUFFIX = {NOTE: ".md", METADATA: ".json"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A text on its way into the store."""

    kind: str
    project: str
    base: Version
    """What the text was made from."""
    seen: Version
    """How the version must still be for the text to be saved."""
    text: str

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What it is the text of."""
        return self.kind, self.project, self.base.name, self.base.number

    @property
    def heading(self) -> str:
        """``note of iv3:v3``."""
        return f"{self.kind} of {self.base.name}:{self.base.label}"

    @property
    def before(self) -> str:
        """The text that it was made from."""
        return _text_of(self.kind, self.base)


class Clashed(Message):
    """Somebody else changed it meanwhile."""

    def __init__(self, draft: Draft, now: Version, blame: str) -> None:
        super().__init__()
        self.draft, self.now, self.blame = draft, now, blame


class Drafting(Listed):
    """What a view does with drafts. What was typed is lost only when that is asked for."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._saving_draft: Draft | None = None

    def edit_text(self, kind: str, project: str, version: Version) -> None:
        """Edit the note or the metadata of a version; what was left for later is there again."""
        draft = Draft(kind, project, version, version, _text_of(kind, version))
        self._edit(self.ui.drafts.pop(draft.key, draft))

    def _edit(self, draft: Draft) -> None:
        command = editing.editor(os.environ)
        try:
            if command is None:
                raise SuspendNotSupported
            with self.app.suspend():
                text, trouble = editing.attempt(command, draft.text, draft.kind, _SUFFIX[draft.kind])
        except SuspendNotSupported:
            self._edit_here(draft)
            return
        if text is None and draft.text != draft.before:
            self.ui.drafts[draft.key] = draft
            self.say(trouble or f"not saved; the {draft.kind} as you wrote it is kept", bad=True)
        elif text is None and trouble:
            self.say(trouble, bad=True)
        elif text is None or text.strip("\n") == draft.before.strip("\n"):
            self.say(f"the {draft.kind} is unchanged")
        else:
            self._save(replace(draft, text=text))

    def _edit_here(self, draft: Draft, warning: str = "") -> None:
        from tui.screens.note import NoteBox

        def closed(text: str | None) -> None:
            if text is not None:
                self._save(replace(draft, text=text))

        self.app.push_screen(NoteBox(draft.heading, draft.text, warning), closed)

    def _save(self, draft: Draft) -> None:
        """Save in a worker; what cannot be read as metadata is shown again, with why."""
        try:
            change = _change(draft)
        except InvalidInput as exc:
            self._edit_here(draft, warning=exc.message)
            return
        self._saving_draft = draft

        def job() -> Iterator[Message]:
            from tui.writing import remarks

            try:
                yield messages.Wrote(_write(self.library, draft, change))
            except Conflict as exc:
                now = remarks.as_it_is(self.library, draft.project, draft.base)
                yield Clashed(draft, now, exc.message)

        loading.run(self, "draft", job)

    @on(messages.Failed)
    def _draft_failed(self, event: messages.Failed) -> None:
        if event.group == "draft" and self._saving_draft is not None:
            self._edit_here(self._saving_draft, warning=event.said)

    @on(Clashed)
    def _clashed(self, event: Clashed) -> None:
        from tui.screens.conflict import ConflictBox

        draft, now = event.draft, event.now
        mine = _merged(draft, now)

        def closed(verdict: Verdict | None) -> None:
            match verdict:
                case "mine":
                    self._save(replace(draft, seen=now))
                case "edit":
                    self._edit(replace(draft, base=now, seen=now, text=mine))
                case "theirs":
                    self.say(f"the {draft.kind} stays as theirs")
                case _:
                    self.ui.drafts[draft.key] = replace(draft, base=now, seen=now, text=mine)
                    self.say(f"not saved; the {draft.kind} as you wrote it is there when you edit it again")

        self.app.push_screen(ConflictBox(draft.heading, event.blame, _text_of(draft.kind, now), mine), closed)


_Change = tuple[dict[str, object], list[str]] | None
"""The keys of metadata that are set, and those that go; None for a note."""


def _text_of(kind: str, version: Version) -> str:
    if kind == NOTE:
        return version.note or ""
    from tui.viewmodel import notation

    return notation.written(version.metadata)


def _change(draft: Draft) -> _Change:
    if draft.kind == NOTE:
        return None
    from tui.viewmodel import notation

    return notation.change(draft.base.metadata, notation.read(draft.text))


def _write(library: Library, draft: Draft, change: _Change) -> Written:
    from tui.writing import remarks

    if change is None:
        return remarks.note(library, draft.project, draft.seen, draft.text)
    return remarks.metadata(library, draft.project, draft.seen, *change)


def _merged(draft: Draft, now: Version) -> str:
    """What there would be if the draft were saved over what is there now."""
    change = _change(draft)
    if change is None:
        return draft.text
    from tui.viewmodel import notation

    new, gone = change
    return notation.written({k: v for k, v in now.metadata.items() if k not in gone} | new)
