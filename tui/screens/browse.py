"""The browser: projects and names on the left, versions in the middle, everything about one on the right."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import SuspendNotSupported
from textual.binding import BindingType

from mvfs.errors import Conflict
from mvfs.index.rows import Version
from mvfs.text import line
from tui import clipboard, editing, keys, messages
from tui.opening import Opened
from tui.screens.browsing import Browsing
from tui.widgets.banner import ReachBanner
from tui.widgets.bars import Bar
from tui.widgets.field import SafeInput
from tui.widgets.panes import NAMES

if TYPE_CHECKING:
    from tui.screens.copying import Choice


class BrowseScreen(Browsing):
    """Browses one store: what the keys do."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.BROWSE)

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        self._draft: tuple[Version, str] | None = None

    def _refused(self, action: str) -> bool:
        reason = self.reason_against(action)
        if reason:
            self.say(reason, bad=True)
        return bool(reason)

    def action_back(self) -> None:
        """Clear the filter, or go one step back."""
        rows = self.panes.current
        if self._is_filtering or rows.filter_text:
            rows.narrow("")
            self._end_filter()
        elif self.panes.pane == "details":
            self.panes.go("versions")
        elif self.panes.pane == "versions":
            self.panes.go("tree")
        elif (node := self.names.current) is not None:
            if node.open:
                self.names.set_open(node, is_open=False)
            else:
                self.names.move_to(node.path[:-1])
        self._retitle()

    def action_next_pane(self) -> None:
        """Go to the pane on the right, or around."""
        self._to_pane(1)

    def action_previous_pane(self) -> None:
        """Go to the pane on the left, or around."""
        self._to_pane(-1)

    def _to_pane(self, step: int) -> None:
        self._end_filter()
        self.panes.go(NAMES[(NAMES.index(self.panes.pane) + step) % len(NAMES)])

    def action_filter(self) -> None:
        """Open the line in which the filter of this pane is typed."""
        if self._refused("filter"):
            return
        box = self.query_one("#filter-line")
        box.add_class("-shown")
        box.query_one("#filter-mark", Bar).show([(" /", "best")])
        field = box.query_one(SafeInput)
        field.value = line(self.panes.current.filter_text)
        self.set_focus(field)
        self._show_footer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a filter is typed, letters are letters."""
        if action in keys.LETTERS and self._is_filtering:
            return False
        return super().check_action(action, parameters)

    @on(SafeInput.Changed, "#filter")
    def _filter_changed(self, event: SafeInput.Changed) -> None:
        if self._is_filtering:
            self.panes.current.narrow(event.value)
            self._retitle()

    @on(SafeInput.Submitted, "#filter")
    def _end_filter(self) -> None:
        if self._is_filtering:
            self.query_one("#filter-line").remove_class("-shown")
            self.panes.current.focus()
            self._retitle()

    def on_key(self, event: events.Key) -> None:
        """Move in the list while the filter is typed."""
        moves = {"down": "down", "up": "up", "pagedown": "page_down", "pageup": "page_up"}
        if self._is_filtering and event.key in moves:
            event.stop()
            getattr(self.panes.current, f"action_{moves[event.key]}")()

    def action_refresh(self) -> None:
        """Read again what is on the screen."""
        if self._reread():
            self.say("read again")

    @on(ReachBanner.Lost)
    def _lost(self) -> None:
        if self._said is not None and self._said[1] != "bad":
            self._hush()  # nothing was read again, if that is what is said

    @on(ReachBanner.Back)
    def _reread(self) -> bool:
        """Read again what is on the screen; False where that is nothing yet."""
        if self.has_class("-empty"):
            self._loader.opening()
            return False
        self._loader.projects()
        for project in self.names.shelf.names:
            self._loader.names(project)
        self._reread_table()
        self._want_facts(again=True)
        return True

    def action_help(self) -> None:
        """Show all keys."""
        from tui.screens.help import HelpBox

        actions = (*keys.MOVE, *keys.BROWSE)
        self.app.push_screen(HelpBox({a.name: r for a in actions if (r := self.reason_against(a.name))}))

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit()

    def action_copy(self) -> None:
        """Ask what to copy."""
        version = self.version
        if self._refused("copy") or version is None:
            return
        from tui.screens.copying import CopyBox, choices

        self.app.push_screen(CopyBox(list(choices(self.project, version))), self._copy)

    def _copy(self, choice: Choice | None) -> None:
        if choice is None:
            return
        if clipboard.copy(self.app, choice.text):
            shown = choice.text.strip().partition("\n")[0]
            self.say(f"copied {choice.label}: {shown[:200]}")
        else:
            self.say(f"the {choice.label} is too long for a terminal's clipboard", bad=True)

    def action_alias(self) -> None:
        """Ask for an alias to point at this version."""
        version, table = self.version, self.versions.table
        if self._refused("alias") or version is None or table is None:
            return
        from tui.screens.alias import AliasBox

        def closed(alias: str | None) -> None:
            self._reread_table()
            if alias is not None:
                self.say(f"'{alias}' is at {version.name}:{version.label}")

        self.app.push_screen(AliasBox(self._library, self.project, version, table.aliases()), closed)

    def action_note(self) -> None:
        """Edit the note in the user's editor, or here where that cannot be had."""
        version = self.version
        if self._refused("note") or version is None:
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
        self._loader.note(self.project, version, text)

    @on(messages.Done)
    def _done(self, event: messages.Done) -> None:
        self._draft = None
        self.say(event.said)
        self._reread_table()

    @on(messages.Failed)
    def _failed(self, event: messages.Failed) -> None:
        self.say(event.said, bad=True)
        if event.group == "note" and self._draft is not None:
            if isinstance(event.error, Conflict):
                self._reread_table()
            self._edit_here(*self._draft, warning=event.said)
