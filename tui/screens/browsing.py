"""What the browser shows: projects and names, versions, everything about one; and how data gets there."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.timer import Timer

from mvfs.index.rows import Version
from mvfs.text import line
from tui import keys, messages, places
from tui.loading import Loader
from tui.opening import Opened
from tui.paint import Span
from tui.places import Goal
from tui.viewmodel.details import Details, Elsewhere, Fold, Folder, More
from tui.viewmodel.versions import VersionTable
from tui.viewmodel.welcome import welcome
from tui.widgets.banner import ReachBanner
from tui.widgets.bars import Bar
from tui.widgets.details import DetailsList
from tui.widgets.field import SafeInput
from tui.widgets.panes import NAMES, Panes
from tui.widgets.rows import RowList
from tui.widgets.tree import Tree
from tui.widgets.versions import Versions

if TYPE_CHECKING:
    pass

_SETTLE = 0.06
"""Seconds that the cursor rests before what it stands on is read; what is not urgent waits as long."""

_PATIENCE = 0.1
"""Seconds after which the first frame is painted whatever happened."""

_SAID = 6.0
"""Seconds that a message stays in the footer."""


class Browsing(Screen[None]):
    """Shows one store. Data comes in by messages from `Loader`; only their handlers change widgets."""

    AUTO_FOCUS = ""

    def __init__(self, opened: Opened) -> None:
        super().__init__()
        self._opened = opened
        self._library = opened.library
        self._loader = Loader(self, opened.library)
        self._goal: Goal | None = None
        self._settling: dict[str, Timer] = {}
        self._saying: Timer | None = None
        self._said: Span | None = None
        self._quiet = ExitStack()
        """Holds painting back until the focus has arrived: else the first frame is painted four times."""

    # Parts

    def compose(self) -> ComposeResult:
        """Header, what is wrong, panes, and the footer, in whose place the filter is typed."""
        yield Bar(id="header")
        yield ReachBanner(self._library)
        yield Panes("tree" if self._opened.goal.name is None else "versions")
        yield Bar("plain", id="welcome")
        with Horizontal(id="filter-line"):
            yield Bar(id="filter-mark")
            yield SafeInput("words that a row must hold", id="filter")
        yield Bar(id="footer")

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
        self._quiet.enter_context(self.app.batch_update())
        self.set_timer(_PATIENCE, self._quiet.close)
        self.versions.placeholder = "choose a name on the left"
        self._take_opened(self._opened)

    @on(messages.StoreRead)
    def _store_read(self, event: messages.StoreRead) -> None:
        self._take_opened(event.opened)

    def _take_opened(self, opened: Opened) -> None:
        self.set_class(not opened.projects, "-empty")
        if not opened.projects or opened.project is None:
            self.query_one("#welcome", Bar).show(*welcome(self._library.location))
            self._retitle()
            return
        shelf = self.names.shelf
        shelf.projects = opened.projects
        shelf.open.add((opened.project,))
        shelf.take_names(opened.project, opened.names)
        self.names.rebuild(opened.path)
        if opened.table is not None:
            self._show_table(opened.table, opened.goal.identity)
            self._settle("enrich", partial(self._loader.enrich, opened.table))
        self.panes.go(self.panes.pane)
        self._retitle()

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

    @on(messages.VersionsRead)
    def _versions_read(self, event: messages.VersionsRead) -> None:
        table, node = event.table, self.names.current
        if node is not None and node.is_name and (node.path[0], node.path[2]) == _whose(table):
            goal = self._goal
            at = None
            if goal is not None and (goal.project, goal.name) == _whose(table):
                at, self._goal = goal.identity, None
            self._show_table(table, at)

    def _show_table(self, table: VersionTable | None, towards: tuple[str, int] | None = None) -> None:
        self.versions.show_table(table, towards)
        self._want_facts()
        self._retitle()

    def _want_facts(self, *, again: bool = False) -> None:
        """Have the details pane, if it is seen, show the version under the cursor."""
        version, shown = self.version, self.details.details
        if "details" not in self.panes.shown:
            return
        if version is None:
            self.details.clear()
        elif again or shown is None or shown.facts.version != version:
            self._read_facts()

    def _read_facts(self) -> None:
        if self.version is not None:
            self._loader.facts(self.project, self.version)

    @on(messages.FactsRead)
    def _facts_read(self, event: messages.FactsRead) -> None:
        if event.facts.version == self.version:
            self.details.show_facts(event.facts, time.time_ns() // 1000)
            self._retitle()

    @on(messages.ListingRead)
    def _listing_read(self, event: messages.ListingRead) -> None:
        details = self.details.details
        if details is not None and details.facts.version == event.version:
            details.listings[event.path] = event.listing
            self.details.rebuild()

    def _reread_table(self) -> None:
        table = self.versions.table
        if table is not None:
            self._loader.table(table.project, table.name.name)

    # Moving about

    @on(RowList.Moved, "#tree")
    def _tree_moved(self) -> None:
        node, table = self.names.current, self.versions.table
        if node is None or not node.is_name:
            self._show_table(None)
        elif table is None or _whose(table) != (node.path[0], node.path[2]):
            self._settle("table", self._read_table)
        elif self._goal is not None and self._goal.number is not None:
            self.versions.move_to(self._goal.identity)
            self._goal = None
        self._retitle()

    def _read_table(self) -> None:
        node = self.names.current
        if node is not None and node.is_name:
            self._loader.table(node.path[0], node.path[2])

    @on(RowList.Moved, "#versions")
    def _version_moved(self) -> None:
        self._settle("rest", self._rested)

    def _rested(self) -> None:
        self._want_facts()
        self._retitle()

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
            self._loader.names(node.path[0])

    @on(RowList.Opened, "#versions")
    def _version_opened(self) -> None:
        self.panes.go("details")

    @on(RowList.Opened, "#details")
    def _line_opened(self) -> None:
        row, details = self.details.current, self.details.details
        if row is None or details is None:
            return
        match row.target:
            case More(section):
                details.show_more(section)
                self._deepen(details)
            case Folder(path):
                self._unfold(details, path)
            case Fold():
                details.bounds.toggle(row.target)
            case Elsewhere(project, name, number):
                self._pursue(Goal(project, None, name, number))
            case _:
                pass
        self.details.rebuild()

    def _deepen(self, details: Details) -> None:
        """Read more of the top directory, where what was read does not suffice any more."""
        top = details.listings.get("")
        if top is not None and top.unseen and details.limit("files") > len(top.entries):
            self._loader.listing(self.project, details.facts.version, "", details.limit("files"))

    def _unfold(self, details: Details, path: str) -> None:
        if path not in details.listings:
            self._loader.listing(self.project, details.facts.version, path, details.limit("files"))
        elif path in details.folded:
            details.folded.discard(path)
        else:
            details.folded.add(path)

    def _pursue(self, goal: Goal) -> None:
        """Go to a version of any name, reading what is not there yet."""
        self._goal = goal
        shelf, project, name = self.names.shelf, goal.project or "", goal.name or ""
        if project not in shelf.names:
            self._loader.names(project)
            return
        found = next((known for known in shelf.names[project] if known.name == name), None)
        if found is None:
            self._goal = None
            self.say(f"'{project}/{name}' is not there any more", bad=True)
            return
        shelf.open |= {(project,), (project, found.type)}
        self.names.narrow("")
        self.versions.narrow("")
        self.names.rebuild((project, found.type, name))
        self.panes.go("versions")
        if self.versions.table is not None and _whose(self.versions.table) == (project, name):
            self.versions.move_to(goal.identity)
            self._goal = None

    def on_descendant_focus(self) -> None:
        """Follow the focus, also where the mouse gave it."""
        self._quiet.close()
        focused = self.focused
        if focused is not None and focused.id in NAMES:
            if focused.id != self.panes.pane:
                self.panes.pane = focused.id
                self.panes.fit_in()
            self._want_facts()
            self._retitle()

    def on_resize(self) -> None:
        """Show as many panes as fit."""
        self.panes.fit_in()
        self._want_facts()
        self.call_after_refresh(self._retitle)

    def _settle(self, what: str, act: Callable[[], None]) -> None:
        """Do something when the cursor has rested for a moment."""
        if what in self._settling:
            self._settling[what].stop()

        def rested() -> None:
            if self._settling.get(what) is timer:  # a timer that fired may be called though it was stopped
                del self._settling[what]
                act()

        timer = self._settling[what] = self.set_timer(_SETTLE, rested)

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits for the cursor to rest."""
        return not self._settling

    # What the bars say

    def _retitle(self) -> None:
        panes, table = self.panes, self.versions.table
        node = self.names.current
        path = node.path if node else ()
        label = self.version.label if self.version and node and node.is_name else None
        current = panes.current
        self.query_one("#header", Bar).show(
            [(" mvfs  ", "title"), *places.spans(path, label, current.filter_text)],
            right=[(line(self._library.location) + " ", "faint")],
        )
        panes.title("tree").show(*self._title("tree", "projects"))
        name = line(table.name.name) if table else "versions"
        panes.title("versions").show(*self._title("versions", name), self.versions.header())
        panes.title("details").show(*self._title("details", "details"))
        self._show_footer()

    def _title(self, pane: str, title: str) -> list[list[Span]]:
        rows = self.panes.list_of(pane)
        role = "title" if self.panes.pane == pane else "muted"
        spans = [(" " + title, role)]
        if pane == "versions" and (table := self.versions.table) is not None:
            count = len(table.versions)
            spans.append((f"  {count:,} version" + "s" * (count != 1), "faint"))
            if table.name.rule is not None:
                most = "highest" if table.name.rule.mode == "max" else "lowest"
                spans.append((f"  ★ {most} {line(table.name.rule.metric)}", "faint"))
        if rows.filter_text:
            shown, total = rows.counts
            spans.append((f"  /{line(rows.filter_text)}", "best"))
            spans.append((f"  {shown:,} of {total:,}", "faint"))
        return [spans]

    def _show_footer(self) -> None:
        spans: list[Span] = [(" ", "text")]
        if self._said is not None:
            spans.append(self._said)
        elif self._is_filtering:
            spans += [("↵", "accent"), (" keep   ", "muted"), ("esc", "accent"), (" clear", "muted")]
        else:
            names = [name for name in keys.FOOTER[self.panes.pane] if not self.reason_against(name)]
            spans += keys.footer(names, self.app.size.width - 1)
        self.query_one("#footer", Bar).show(spans)

    def say(self, text: str, *, bad: bool = False) -> None:
        """Say one line in the footer for a while; what does not fit there is shown above it."""
        self._said = (("✗ " if bad else "✓ ") + line(text), "bad" if bad else "latest")
        if len(text) > self.app.size.width - 4:
            self.notify(line(text), severity="error" if bad else "information", markup=False)
        if self._saying is not None:
            self._saying.stop()
        self._saying = self.set_timer(_SAID, self._hush)
        self._show_footer()

    def _hush(self) -> None:
        self._said = None
        self._show_footer()

    def reason_against(self, action: str) -> str:
        """Why an action can do nothing now; empty if it can."""
        if action in ("note", "alias", "copy") and self.version is None:
            return "no version is selected"
        if action in ("filter", "open", "next_pane") and self.has_class("-empty"):
            return "the store is empty"
        return ""

    @property
    def _is_filtering(self) -> bool:
        return self.query_one("#filter-line").has_class("-shown")


def _whose(table: VersionTable) -> tuple[str, str]:
    return table.project, table.name.name
