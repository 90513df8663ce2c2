"""The browser: projects and names on the left, versions in the middle, everything about one on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mvfs.index.rows import Version
from tui.screens.browsing import ALONE, Browsing
from tui.screens.copying import Choice, choices
from tui.watching import News
from tui.widgets.panes import NAMES

_FOOTER = {
    "tree": ("open", "filter", "next_pane", "jump", "refresh", "help", "quit"),
    "versions": ("open", "filter", "mark", "copy", "note", "alias", "help", "quit"),
    "details": ("back", "open", "details_alone", "next_version", "copy", "help", "quit"),
}
"""What the footer offers in each pane."""

_NEEDS_VERSION = ("copy", "mark", "details_alone", "next_version", "previous_version")


class BrowseScreen(Browsing):
    """Browses one store: what the keys do."""

    WORD = "browse"

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
        return list(choices(self.project, self.version, self.ui.mounts))

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
        self.versions.step(1)

    def action_previous_version(self) -> None:
        """Go back to the version above, wherever the keys go."""
        self.versions.step(-1)

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

    def hand(self) -> tuple[str, Version] | None:
        """The version as the table shows it."""
        return (self.project, self.version) if self.version is not None else None

    def path_in_hand(self) -> str:
        """The file or directory of the version under the cursor of the details."""
        from tui.viewmodel.details import FileOf, Folder

        row = self.details.current if self.panes.pane == "details" else None
        match row.target if row is not None else None:
            case FileOf(path, None) | Folder(path):
                return path
        return ""

    def marked_versions(self) -> Sequence[Version]:
        """The marked ones."""
        return list(self.versions.marked.values())

    def shown_aliases(self) -> Mapping[str, int]:
        """As the table shows them."""
        return self.versions.table.aliases() if self.versions.table else {}

    # What others do

    def followed(self) -> Sequence[str]:
        """All projects that are unfolded."""
        return list(self.names.shelf.names)

    def hear(self, news: Sequence[News], *, projects_moved: bool) -> None:
        """Take in new versions and names; the cursor stays on what it is on."""
        if projects_moved or self.has_class("-empty"):
            self.reread()
            return
        for one in news:
            if one.names is None or one.names:
                self.loader.names(one.project)
            if one.project == self.project:
                self._hear_of_table(one)

    def _hear_of_table(self, news: News) -> None:
        table = self.versions.table
        if table is None:
            return
        name = table.name.name
        if news.is_about(name) or any(version.run in news.runs for version in table.versions):
            self.versions.fresh |= {one for one in news.made if one[0] == name}
            self._reread_table()
            self._want_facts(again=True)
