"""What the browser shows: projects and names, versions, everything about one; and how data gets there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult

from mvfs.index.rows import Version
from mvfs.text import line
from tui import goal, messages
from tui.goal import Goal
from tui.library import Library
from tui.loading import SAME_NOW
from tui.opening import Opened
from tui.paint import Span
from tui.place import BROWSE, Place
from tui.screens.view import View
from tui.viewmodel.versions import VersionTable
from tui.viewmodel.welcome import welcome
from tui.widgets.bars import Bar
from tui.widgets.details import DetailsList
from tui.widgets.panes import NAMES, Panes
from tui.widgets.rows import RowList
from tui.widgets.tree import Tree
from tui.widgets.versions import Versions

if TYPE_CHECKING:
    from tui.viewmodel.details import Details

ALONE = "details"
"""The shape of a place where the details have the whole screen."""


class Browsing(View):
    """Shows one store. Data comes in by messages from `Loader`; only their handlers change widgets."""

    def __init__(self, library: Library, opened: Opened | None = None) -> None:
        """Show what was ``opened`` already, else wait for a place to `arrive` at."""
        super().__init__(library)
        self._opened = opened
        self._goal: Goal | None = None
        self._asked: Version | None = None
        """The version whose facts are being read."""
        self._is_rereading = self._is_outdated = False
        """Whether the table is being read again, and whether something has happened since that was begun."""

    # Parts

    def body(self) -> ComposeResult:
        """Three panes, or how to begin."""
        is_named = self._opened is not None and self._opened.goal.name is not None
        yield Panes("versions" if is_named else "tree")
        yield Bar("plain", id="welcome")

    @property
    def panes(self) -> Panes:
        """The three panes."""
        return self.query_one(Panes)

    @property
    def names(self) -> Tree:
        """The left list."""
        return self.query_one(Tree)

    @property
    def versions(self) -> Versions:
        """The middle list."""
        return self.query_one(Versions)

    @property
    def details(self) -> DetailsList:
        """The right list."""
        return self.query_one(DetailsList)

    @property
    def version(self) -> Version | None:
        """The version that keys act on."""
        return self.versions.current

    @property
    def project(self) -> str:
        """The project that the versions belong to."""
        return self.versions.table.project if self.versions.table else ""

    # Start

    def on_mount(self) -> None:
        """Show what was read already."""
        self.versions.placeholder = "choose a name on the left"
        if self._opened is not None:
            self._take_opened(self._opened)

    def arrive(self, place: Place) -> None:
        """Go to a project, type, name or version, or, without a ref, only take filter and sort."""
        if not self.names.shelf.projects:
            self.loader.opening(place)
        elif place.refs and place.refs != self.where().refs:
            self.loader.goal(place, self.project_name())
        elif self.rows is not None:
            self.rows.sort_by(place.sort)
            self.rows.narrow(place.filter)
            self.stand(place.shape)
            self.retitle()

    @on(messages.GoalFound)
    def _goal_found(self, event: messages.GoalFound) -> None:
        self._pursue(event.goal)

    @on(messages.StoreRead)
    def _store_read(self, event: messages.StoreRead) -> None:
        self._take_opened(event.opened)

    def _take_opened(self, opened: Opened) -> None:
        self.set_class(not opened.projects, "-empty")
        if not opened.projects or opened.project is None:
            self.query_one("#welcome", Bar).show(*welcome(self.library.location))
            self.retitle()
            return
        shelf = self.names.shelf
        shelf.projects = opened.projects
        shelf.open.add((opened.project,))
        shelf.take_names(opened.project, opened.names)
        self.names.rebuild(opened.path)
        if opened.goal.name is None:
            self.names.narrow(opened.goal.filter)
        if opened.table is not None:
            self._show_table(opened.table, opened.goal.identity)
            self._look_as(opened.goal)
            self.ui.when_painted("enrich", partial(self.loader.enrich, opened.table))
        self.panes.go(self.panes.pane)
        self.stand(opened.goal.shape)
        self.retitle()

    # Data comes in

    @on(messages.ProjectsRead)
    def _projects_read(self, event: messages.ProjectsRead) -> None:
        self.names.shelf.projects = event.projects
        self.names.rebuild()

    @on(messages.NamesRead)
    def _names_read(self, event: messages.NamesRead) -> None:
        self.names.shelf.take_names(event.project, event.names)
        self.names.rebuild()
        if self._goal is not None and self._goal.project == event.project:
            self._pursue(self._goal)

    @on(messages.Failed)
    def _read_in_vain(self, event: messages.Failed) -> None:
        if event.group == "table":
            self._is_rereading = self._is_outdated = False
        elif event.group == "facts":
            self._asked = None

    @on(messages.VersionsRead)
    def _versions_read(self, event: messages.VersionsRead) -> None:
        was_outdated, self._is_rereading, self._is_outdated = self._is_outdated, False, False
        if was_outdated:
            self.call_after_refresh(self._reread_table)
        table, node = event.table, self.names.current
        if node is not None and node.is_name and (node.path[0], node.path[2]) == _whose(table):
            goal = self._goal
            if goal is not None and (goal.project, goal.name) == _whose(table):
                self._goal = None
                self._show_table(table, goal.identity)
                self._look_as(goal)
            else:
                self._show_table(table)

    def _look_as(self, goal: Goal) -> None:
        """Sort and filter versions as a goal says."""
        if goal.name is not None:
            self.versions.sort_by(goal.sort)
            self.versions.narrow(goal.filter)
            self.retitle()

    def _show_table(self, table: VersionTable | None, towards: tuple[str, int] | None = None) -> None:
        self.versions.show_table(table, towards)
        self._want_facts()
        self.retitle()

    def _want_facts(self, *, again: bool = False) -> None:
        """Have the details pane, if it is seen, show the version under the cursor."""
        version, shown = self.version, self.details.details
        if "details" not in self.panes.shown:
            return
        if version is None:
            self.details.clear()
        elif again or version not in (self._asked, shown and shown.facts.version):
            self.ui.when_painted("facts", self._read_facts)

    def _read_facts(self) -> None:
        self._asked = self.version
        if self.version is not None:
            self.loader.facts(self.project, self.version)

    @on(messages.FactsRead)
    def _facts_read(self, event: messages.FactsRead) -> None:
        self._asked = None
        facts, now = event.facts, time.time_ns() // 1000
        shown = self.details.details
        if shown is not None and shown.facts.ref == facts.ref:
            if facts.story is None:
                facts = replace(facts, story=shown.facts.story)  # until it is read again, too
            if now - shown.now < SAME_NOW:
                now = shown.now  # else all ages are sent anew for whatever else has changed
        if facts.version == self.version and (shown is None or shown.facts != facts):
            self.details.show_facts(facts, now)
            self.retitle()

    @on(messages.ListingRead)
    def _listing_read(self, event: messages.ListingRead) -> None:
        details = self.details.details
        if details is not None and details.facts.version == event.version:
            details.listings[event.path] = event.listing
            self.details.rebuild()

    def _reread_table(self) -> None:
        table = self.versions.table
        if table is None:
            return
        if self._is_rereading:  # one after the other: a thread cannot be called off
            self._is_outdated = True
        else:
            self._is_rereading = True
            self.loader.again(table)

    # Moving about

    @on(RowList.Moved, "#tree")
    def _tree_moved(self) -> None:
        node, table = self.names.current, self.versions.table
        if node is None or not node.is_name:
            self._show_table(None)
        elif table is None or _whose(table) != (node.path[0], node.path[2]):
            self.settle("table", self._read_table)
        elif self._goal is not None and self._goal.path == node.path:
            self._reach(self._goal)
        self.retitle()

    def _read_table(self) -> None:
        node = self.names.current
        if node is not None and node.is_name:
            self.loader.table(node.path[0], node.path[2])

    @on(RowList.Moved, "#versions")
    def _version_moved(self) -> None:
        self.settle("rest", self._rested)

    def _rested(self) -> None:
        self._want_facts()
        self.retitle()

    @on(RowList.Opened, "#tree")
    def _tree_opened(self) -> None:
        node = self.names.current
        if node is None:
            return
        if node.is_name:
            self.panes.go("versions")
            return
        self.names.set_open(node, is_open=not node.open)
        if len(node.path) == 1 and not node.open:
            self.loader.names(node.path[0])

    @on(RowList.Opened, "#versions")
    def _version_opened(self) -> None:
        self.panes.go("details")

    @on(RowList.Opened, "#details")
    def open_line(self) -> None:
        """Do what a row of the details is for: unfold, show more, or go somewhere."""
        row, details = self.details.current, self.details.details
        if row is None or details is None:
            return
        from tui.viewmodel.details import Elsewhere, FileOf, Fold, Folder, More, RunOf

        match row.target:
            case More(section):
                details.show_more(section)
                self._deepen(details)
            case Folder(path):
                self._unfold(details, path)
            case Fold():
                details.bounds.toggle(row.target)
            case Elsewhere(project, name, number):
                self.ui.go(Place(refs=(f"{project}/{name}:v{number}",)))
            case RunOf(project, run):
                self.ui.go(Place("run", (f"{project}:{run}",)))
            case FileOf(path, run):
                whole = f"{details.facts.project}:{run}" if run else details.facts.ref
                self.ui.go(Place("file", (f"{whole}/{path}",)))
            case None:
                pass
        self.details.rebuild()

    def _deepen(self, details: Details) -> None:
        """Read more of the top directory, where what was read does not suffice any more."""
        top = details.listings.get("")
        if top is not None and top.unseen and details.limit("files") > len(top.entries):
            self.loader.listing(self.project, details.facts.version, "", details.limit("files"))

    def _unfold(self, details: Details, path: str) -> None:
        if path not in details.listings:
            self.loader.listing(self.project, details.facts.version, path, details.limit("files"))
        elif path in details.folded:
            details.folded.discard(path)
        else:
            details.folded.add(path)

    def _pursue(self, goal: Goal) -> None:
        """Go to a project, type, name or version, reading what is not there yet."""
        self._goal = goal
        shelf, project, name = self.names.shelf, goal.project or "", goal.name
        if project not in shelf.names:
            self.loader.names(project)
            return
        if name is not None and all(known.name != name for known in shelf.names[project]):
            self._goal = None
            self.say(f"'{project}/{name}' is not there any more", bad=True)
            return
        shelf.open |= {(project,), *([goal.path[:2]] if goal.type else [])}
        self.names.narrow("" if name else goal.filter)
        self.names.rebuild(goal.path)
        self.panes.go("versions" if name else "tree")
        self.stand(goal.shape if name else "")
        if name is None:
            self._goal = None
        elif self.versions.table is not None and _whose(self.versions.table) == (project, name):
            self._reach(goal)

    def stand(self, shape: str) -> None:
        """Give the details the whole screen, or let them stand beside the versions."""
        self.panes.alone = shape == ALONE
        if self.panes.alone:
            self.panes.go("details")
        else:
            self.panes.fit_in()
        self._want_facts()

    def _reach(self, goal: Goal) -> None:
        """Look at versions that are shown already as a goal says."""
        self._goal = None
        self._look_as(goal)
        self.versions.move_to(goal.identity)

    def on_descendant_focus(self) -> None:
        """Follow the focus, also where the mouse gave it."""
        focused = self.focused
        if focused is not None and focused.id in NAMES:
            if focused.id != self.panes.pane:
                self.panes.pane = focused.id
                self.panes.fit_in()
            self._want_facts()
            self.retitle()

    def on_resize(self) -> None:
        """Show as many panes as fit."""
        self.panes.fit_in()
        self._want_facts()

    # What the bars say

    @property
    def rows(self) -> RowList[Any] | None:
        """The list of the present pane."""
        return None if self.has_class("-empty") else self.panes.current

    def where(self) -> Place:
        """What the tree's cursor stands on, or the version under the cursor if that is a name."""
        node = self.names.current
        if node is None:
            return Place()
        ref = "/".join(node.path)
        if not node.is_name:
            return Place(refs=(ref,), filter=self.names.filter_text)
        versions = self.versions
        shape = ALONE if self.panes.alone and self.panes.pane == "details" else ""
        return Place(BROWSE, (self.subject() or ref,), versions.sort, shape, versions.filter_text)

    def subject(self) -> str | None:
        """The version that keys act on."""
        version = self.version
        return f"{self.project}/{version.type}/{version.name}:{version.label}" if version else None

    def marked_refs(self) -> Sequence[str]:
        """The marked versions."""
        return [f"{self.project}/{one.type}/{one.name}:{one.label}" for one in self.versions.marked.values()]

    def project_name(self) -> str | None:
        """The project in which the tree's cursor stands."""
        node = self.names.current
        return node.path[0] if node else None

    def heading(self) -> list[Span]:
        """The place, with the filter of the present pane."""
        node = self.names.current
        path = node.path if node else ()
        label = self.version.label if self.version and node and node.is_name else None
        rows = self.panes.current
        return goal.spans(path, label, rows.filter_text, rows.sort)

    def retitle(self) -> None:
        """Bring all bars up to what is shown."""
        super().retitle()
        self.ui.watcher.follow(self.followed())
        panes, table = self.panes, self.versions.table
        panes.title("tree").show(*self._title("tree", "projects"))
        name = line(table.name.name) if table else "versions"
        panes.title("versions").show(*self._title("versions", name), self.versions.header())
        panes.title("details").show(*self._title("details", "details"))

    def _title(self, pane: str, title: str) -> list[list[Span]]:
        rows = self.panes.list_of(pane)
        role = "title" if self.panes.pane == pane else "muted"
        spans = [(" " + title, role)]
        shown, total = rows.counts
        of = f"{shown:,} of " if rows.filter_text else ""
        if pane == "versions" and (table := self.versions.table) is not None:
            spans.append((f"  {of}{len(table.versions):,} version" + "s" * (total != 1), "faint"))
            if table.name.rule is not None:
                most = "highest" if table.name.rule.mode == "max" else "lowest"
                spans.append((f"  ★ {most} {line(table.name.rule.metric)}", "faint"))
        elif of:
            spans.append((f"  {of}{total:,}", "faint"))
        if rows.fresh:
            spans.append((f"  • {len(rows.fresh)} new", "accent"))
        if rows.marked:
            spans.append((f"  ✓ {len(rows.marked)} marked", "accent"))
        if rows.filter_text:
            spans.append((f"  /{line(rows.filter_text)}", "best"))
        return [spans]


def _whose(table: VersionTable) -> tuple[str, str]:
    return table.project, table.name.name
