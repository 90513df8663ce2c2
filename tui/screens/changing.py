"""What every view can do to the version under its cursor, and to what goes on in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from mvfs.errors import MvfsError
from mvfs.index.rows import Version
from mvfs.text import line
from tui import loading, messages, mounted
from tui.paint import Span
from tui.screens.drafting import METADATA, NOTE, Drafting
from tui.writing.written import Written

if TYPE_CHECKING:
    from tui.screens.asking import Asking

ABOUT_VERSIONS = ("note", "alias", "tags", "metadata", "best", "delete", "get")
"""Actions that need a version."""


class Changing(Drafting):
    """The actions that change the store, copy out of it, and mount it."""

    def subject(self) -> str | None:
        """The ref of the version under the cursor."""
        raise NotImplementedError

    def project_name(self) -> str | None:
        """The project that is looked at."""
        raise NotImplementedError

    def reread(self) -> bool:
        """Read again what is shown."""
        raise NotImplementedError

    def hand(self) -> tuple[str, Version] | None:
        """The project and version under the cursor, as they are shown; None where only a ref is known."""
        return None

    def marked_versions(self) -> Sequence[Version]:
        """The marked versions, all of the project of `hand`."""
        return ()

    def _with_version(self, act: Callable[[str, Version], None]) -> None:
        """Do something to the version under the cursor, once it is known."""
        hand, subject = self.hand(), self.subject()
        if hand is not None:
            act(*hand)
            return
        if subject is None:
            return

        def job() -> Iterator[Message]:
            place = self.library.version(subject)
            if place.version is not None:
                yield messages.InHand(act, place.project.name, place.version)

        loading.run(self, "hand", job)

    @on(messages.InHand)
    def _in_hand(self, event: messages.InHand) -> None:
        event.act(event.project, event.version)

    def open_box(self, box: Asking) -> None:
        """Open a box, and take in what was written in it."""

        def closed(written: Written | None) -> None:
            if written is not None and written.said:
                self.take_written(written)

        self.app.push_screen(box, closed)

    @on(messages.Wrote)
    def _wrote(self, event: messages.Wrote) -> None:
        self.take_written(event.written)

    def take_written(self, written: Written) -> None:
        """Say what was written, offer to take it back, and read again."""
        self.ui.offer_undo(written.undo)
        self.say(written.said)
        self.reread()

    # Changes

    def action_note(self) -> None:
        """Edit the note in the user's editor, or here where that cannot be had."""
        self._with_version(lambda project, version: self.edit_text(NOTE, project, version))

    def action_alias(self) -> None:
        """Ask for an alias."""
        from tui.screens.alias import AliasBox

        self._with_version(
            lambda project, version: self.open_box(
                AliasBox(self.library, project, version, self.shown_aliases())
            )
        )

    def shown_aliases(self) -> Mapping[str, int]:
        """Where the screen shows the aliases of the name in hand, as far as it does."""
        return {}

    def action_tags(self) -> None:
        """Ask for tags."""
        from tui.screens.tags import TagsBox

        self._with_version(lambda project, version: self.open_box(TagsBox(self.library, project, version)))

    def action_metadata(self) -> None:
        """Ask for a pair, or have all of it edited."""
        from tui.screens.metadata import EDITING, MetadataBox

        def opened(project: str, version: Version) -> None:
            def closed(written: Written | None) -> None:
                if written is EDITING:
                    self.edit_text(METADATA, project, version)
                elif written is not None:
                    self.take_written(written)

            self.app.push_screen(MetadataBox(self.library, project, version), closed)

        self._with_version(opened)

    def action_best(self) -> None:
        """Ask for the rule of best."""
        from tui.screens.best import BestBox

        self._with_version(
            lambda project, version: self.open_box(BestBox(self.library, project, version.name))
        )

    def action_delete(self) -> None:
        """Show what would go, and ask for a word."""
        from tui.screens.deleting import DeleteBox

        def opened(project: str, version: Version) -> None:
            def closed(written: Written | None) -> None:
                if written is not None:
                    if self.rows is not None:
                        self.rows.unmark()
                    self.take_written(written)

            versions = list(self.marked_versions()) or [version]
            self.app.push_screen(DeleteBox(self.library, project, versions), closed)

        self._with_version(opened)

    def action_trash(self) -> None:
        """Show what is in the trash of the project."""
        from tui.screens.trash import TrashBox

        project = self.project_name()
        if project is not None:
            self.open_box(TrashBox(self.library, project, None))

    def action_undo(self) -> None:
        """Take the last change back, if nobody has changed it since."""
        undo = self.ui.undoing.take()
        if undo is None:
            return

        def job() -> Iterator[Message]:
            try:
                undo.back(self.library)
            except MvfsError as exc:
                yield messages.Failed("undo", f"not undone: {exc.message}", exc)
            else:
                yield messages.Undone(undo.what)

        loading.run(self, "undo", job)

    @on(messages.Undone)
    def _undone(self, event: messages.Undone) -> None:
        self.say(f"undone: {event.what}")
        self.reread()

    # Beside the store

    def action_get(self) -> None:
        """Ask where a copy goes, and begin it."""
        from tui.screens.getting import GetBox

        def opened(project: str, version: Version) -> None:
            path = self.path_in_hand()

            def begin(target: Path) -> str:
                other = self.ui.copies.in_the_way(target)
                if other is not None:
                    return f"a copy of {other.ref} to there goes on; P lists copies"
                self.ui.copies.begin(self.library, project, version, path, target)
                self.ui.watch_copies()
                return ""

            self.open_box(GetBox(self.library, version, path, begin))

        self._with_version(opened)

    def path_in_hand(self) -> str:
        """The file or directory under the cursor; empty for all of the version."""
        return ""

    def action_transfers(self) -> None:
        """List the copies."""
        from tui.screens.copies import CopiesBox

        self.app.push_screen(CopiesBox(self.ui.copies))

    def action_mount(self) -> None:
        """Mount what one stands in, or end a mount."""
        from tui.screens.mounting import MountBox

        self.open_box(MountBox(self.library, _around(self.subject(), self.project_name())))

    def mount_spans(self) -> list[Span]:
        """Where the version, or else the project, is mounted."""
        project, subject = self.project_name(), self.subject()
        found = (subject and mounted.directory(self.ui.mounts, subject)) or (
            project and mounted.directory(self.ui.mounts, project)
        )
        return [(f"▣ {line(mounted.short(found))}  ", "latest")] if found else []

    def reason_to_leave_be(self, action: str) -> str:
        """Why one of these actions can do nothing now; empty if it can."""
        if action in ABOUT_VERSIONS and self.subject() is None and not self.marked_versions():
            return "no version is selected"
        if action == "undo" and not self.ui.undoing.left:
            return "there is nothing to undo: a change can be taken back for 10 seconds"
        if action == "trash" and self.project_name() is None:
            return "no project is selected"
        if action == "transfers" and not self.ui.copies.all:
            return "there are no copies; c begins one"
        return ""


def _around(subject: str | None, project: str | None) -> list[str]:
    """What can be mounted: the project first, then what is in it, then the whole store."""
    found = [project] if project else []
    if subject:
        found += [subject.partition(":")[0], subject]
    return [*found, ""]
