"""The browser: projects and names on the left, versions in the middle, everything about one on the right."""

from __future__ import annotations

import os
from collections.abc import Sequence

from textual import on
from textual.app import SuspendNotSupported

from mvfs.errors import Conflict
from mvfs.index.rows import Version
from tui import editing, messages
from tui.library import Library
from tui.mounted import standing
from tui.opening import Opened
from tui.screens.browsing import ALONE, Browsing
from tui.screens.copying import Choice, choices
from tui.widgets.panes import NAMES

_FOOTER = {
    "tree": ("open", "filter", "next_pane", "jump", "refresh", "help", "quit"),
    "versions": ("open", "filter", "mark", "copy", "note", "alias", "help", "quit"),
    "details": ("back", "open", "details_alone", "next_version", "copy", "help", "quit"),
}
"""What the footer offers in each pane."""

_NEEDS_VERSION = ("note", "alias", "copy", "mark", "details_alone", "next_version", "previous_version")


class BrowseScreen(Browsing):
    """Browses one store: what the keys do."""

    WORD = "browse"

    def __init__(self, library: Library, opened: Opened | None = None) -> None:
        super().__init__(library, opened)
        self._draft: tuple[Version, str] | None = None

    def footer_names(self) -> Sequence[str]:
        """What can be done in the present pane."""
        return _FOOTER[self.panes.pane]

    def reason_against(self, action: str) -> str:
        """What needs a version, or anything at all."""
        if action in _NEEDS_VERSION and self.version is None:
            return "no version is selected"
        if action == "mark" and self.panes.pane != "versions":
            return "only versions can be marked"
        if action in ("filter", "open", "next_pane") and self.has_class("-empty"):
            return "the store is empty"
        return super().reason_against(action)

    def copies(self) -> Sequence[Choice]:
        """What the version has."""
        if self.version is None:
            return ()
        return list(choices(self.project, self.version, standing(self.library.location)))

    def step_out(self) -> None:
        """Go to the pane before; in the tree, fold or go up."""
        if self.panes.pane == "details" and self.panes.alone:
            self.stand("")
        elif self.panes.pane == "details":
            self.panes.go("versions")
        elif self.panes.pane == "versions":
            self.panes.go("tree")
        elif (node := self.names.current) is not None:
            if node.open:
                self.names.set_open(node, is_open=False)
            else:
                self.names.move_to(node.path[:-1])

    def action_next_pane(self) -> None:
        """Go to the pane on the right, or around."""
        self._to_pane(1)

    def action_previous_pane(self) -> None:
        """Go to the pane on the left, or around."""
        self._to_pane(-1)

    def _to_pane(self, step: int) -> None:
        self.end_prompt()
        self.panes.go(NAMES[(NAMES.index(self.panes.pane) + step) % len(NAMES)])

    def action_details_alone(self) -> None:
        """Give the details the whole screen, or let them stand beside the versions again."""
        self.stand("" if self.panes.alone and self.panes.pane == "details" else ALONE)
        self.retitle()

    def action_next_version(self) -> None:
        """Go on to the version below, wherever the keys go."""
        self.versions.action_down()

    def action_previous_version(self) -> None:
        """Go back to the version above, wherever the keys go."""
        self.versions.action_up()

    def action_view_file(self) -> None:
        """Show the file under the cursor, or all files of the version."""
        from tui.viewmodel.details import FileOf

        row = self.details.current if self.panes.pane == "details" else None
        if row is not None and isinstance(row.target, FileOf):
            self.open_line()
        else:
            super().action_view_file()

    def reread(self) -> bool:
        """Read again what is on the screen; False where that is nothing yet."""
        if self.has_class("-empty"):
            self.loader.opening()
            return False
        self.loader.projects()
        for project in self.names.shelf.names:
            self.loader.names(project)
        self._reread_table()
        self._want_facts(again=True)
        return True

    def action_alias(self) -> None:
        """Ask for an alias to point at this version."""
        version, table = self.version, self.versions.table
        if version is None or table is None:
            return
        from tui.screens.alias import AliasBox

        def closed(alias: str | None) -> None:
            self._reread_table()
            if alias is not None:
                self.say(f"'{alias}' is at {version.name}:{version.label}")

        self.app.push_screen(AliasBox(self.library, self.project, version, table.aliases()), closed)

    def action_note(self) -> None:
        """Edit the note in the user's editor, or here where that cannot be had."""
        version = self.version
        if version is None:
            return
        command = editing.editor(os.environ)
        try:
            if command is None:
                raise SuspendNotSupported
            with self.app.suspend():
                text, trouble = editing.attempt(command, version.note or "")
        except SuspendNotSupported:
            self._edit_here(version, version.note or "")
            return
        if text is None:
            self.say(trouble, bad=True)
        else:
            self._save_note(version, text)

    def _edit_here(self, version: Version, text: str, warning: str = "") -> None:
        from tui.screens.note import NoteBox

        def closed(written: str | None) -> None:
            if written is not None:
                now = next((v for v in self._all_versions() if v.number == version.number), version)
                self._save_note(now, written)

        self.app.push_screen(NoteBox(f"note of {version.name}:{version.label}", text, warning), closed)

    def _all_versions(self) -> Sequence[Version]:
        return self.versions.table.versions if self.versions.table else ()

    def _save_note(self, version: Version, text: str) -> None:
        if text.strip("\n") == (version.note or ""):
            self.say("the note is unchanged")
            return
        self._draft = version, text
        self.loader.note(self.project, version, text)

    @on(messages.Done)
    def _done(self, event: messages.Done) -> None:
        self._draft = None
        self.say(event.said)
        self._reread_table()

    @on(messages.Failed)
    def _keep_draft(self, event: messages.Failed) -> None:
        if event.group == "note" and self._draft is not None:
            if isinstance(event.error, Conflict):
                self._reread_table()
            self._edit_here(*self._draft, warning=event.said)
