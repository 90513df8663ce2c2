"""What the UI asks of a store. Called from worker threads; knows no widget. `tui.writing` makes changes."""

from __future__ import annotations

import contextlib
import threading
from itertools import islice

from mvfs import refs
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.catalog import Place as Found
from mvfs.catalog.content import Content
from mvfs.catalog.liveness import with_states
from mvfs.catalog.project import Project
from mvfs.catalog.reach import Reach
from mvfs.errors import InvalidInput, MvfsError, NotFound
from mvfs.index import queries
from mvfs.index.rows import Name, Run, Version
from mvfs.store.manifest.records import DirEntry
from tui.goal import Goal, goal_of
from tui.place import Place
from tui.viewmodel.completion import Known
from tui.viewmodel.facts import Facts, Listing, Source
from tui.viewmodel.versions import VersionTable

_LISTED = 200
"""Entries of a directory that are read at first."""

_FEW, _WINDOW = 500, 80
"""Up to how many versions are read at once, and how many of more are read for the first frame."""

_WIDE_OPEN = 30
"""A version of no more files shows all of its directories unfolded."""


class Library:
    """A store as the screens see it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self.known = Known()
        """What was read so far; the UI thread may look at it."""
        self._first_seen: dict[str, int] = {}
        if self.is_far:
            catalog.reach.patience = catalog.reach.patience or 1  # asks again and again, as cheaply as it can

    @property
    def is_far(self) -> bool:
        """Whether a look at the store crosses a network."""
        return self._catalog.backend.is_far

    @property
    def location(self) -> str:
        """How a user names this store."""
        return self._catalog.location

    @property
    def reach(self) -> Reach:
        """Whether the store answers."""
        return self._catalog.reach

    def try_to_reach(self) -> None:
        """Ask the store for something, so that `reach` is as of now."""
        with self._lock:
            self._catalog.refresh()

    def project(self, name: str) -> Project:
        """A project of the store as of now."""
        with self._lock:
            project = self._catalog.project(name)
            if name not in self._first_seen:
                self._first_seen[name] = project.index.seq
            return project

    def first_seen(self, name: str) -> int:
        """How many entries a project had when it was read first."""
        return self._first_seen.get(name, 0)

    def goal(self, place: Place, project: str | None = None) -> Goal:
        """What a place of the browser means; its ref may leave out the ``project`` that one is in.

        Raises:
            NotFound: its ref stands for nothing.
            InvalidInput: it is none.
        """
        if not place.refs:
            return Goal(sort=place.sort, filter=place.filter)
        text = place.refs[0]
        try:
            return self._goal(refs.parse(text), place)
        except (NotFound, InvalidInput):
            if project is None:
                raise
            with contextlib.suppress(NotFound, InvalidInput):
                return self._goal(refs.parse(f"{project}/{text}"), place)
            raise

    def _goal(self, ref: refs.Ref, place: Place) -> Goal:
        if ref.store is not None:
            raise InvalidInput(f"'{ref.text}' is in another store; open it with 'mvfs tui'", ref=ref.text)
        with self._lock:
            return goal_of(self._catalog.resolve(ref), place.sort, place.filter)

    # Reading

    def version(self, ref: refs.Ref) -> Found:
        """What a ref to a version, or to a path in one, stands for.

        Raises:
            NotFound: nothing, or no version.
        """
        with self._lock:
            return self._catalog.version(ref)

    def projects(self) -> list[str]:
        """Names of all projects."""
        with self._lock:
            self.known.projects = found = self._catalog.projects()
        return found

    def names(self, project: str) -> list[Name]:
        """The names of a project as of now."""
        found = self.project(project).names()
        self.known.names[project] = sorted((one.type, one.name) for one in found)
        return found

    def table(self, project: str, name: str) -> VersionTable:
        """The versions of a name, newest first."""
        opened = self.project(project)
        found = opened.find_name(name)
        versions = opened.versions(name)
        versions.reverse()
        table = VersionTable(project, found, versions)
        table.prepare()
        self.known.aliases[project, name] = sorted(table.aliases())
        return table

    def first_table(self, project: str, name: Name, number: int | None) -> VersionTable:
        """A screenful of versions of a name, around ``number`` or the newest: soon there, however many."""
        if name.versions <= _FEW:
            return self.table(project, name.name)
        opened = self.project(project)
        newest = name.last if number is None else min(name.last, number + _WINDOW // 2)
        found = (queries.version(opened.index, name.name, one) for one in range(newest, newest - _WINDOW, -1))
        table = VersionTable(project, name, [version for version in found if version is not None])
        table.prepare()
        return table

    def runs(self, project: str) -> dict[str, Run]:
        """All runs of a project by id."""
        return {run.id: run for run in queries.runs(self.project(project).index)}

    def facts(self, project: str, version: Version) -> Facts:
        """Everything about a version; where its files cannot be read, what there is beside and why."""
        opened = self.project(project)
        index = opened.index
        producers = with_states(opened, queries.producers(index, version.name, version.number))
        first = producers[0].id if producers else None
        listings, trouble = self._listings(opened, version)
        return Facts(
            project,
            version,
            producers,
            self._sources(opened, first) if first else (),
            [v for v in queries.versions_of_run(index, first) if not _same(v, version)] if first else (),
            with_states(opened, queries.users(index, version.name, version.number)),
            listings,
            trouble,
        )

    def _listings(self, project: Project, version: Version) -> tuple[dict[str, Listing], str | None]:
        try:
            content = project.content(version)
            listings = {"": _listing(content, "", _LISTED)}
            if version.files <= _WIDE_OPEN:
                waiting = [entry.path for entry in listings[""].entries if isinstance(entry, DirEntry)]
                while waiting:
                    path = waiting.pop()
                    listings[path] = _listing(content, path, _LISTED)
                    waiting += [e.path for e in listings[path].entries if isinstance(e, DirEntry)]
        except MvfsError as exc:
            return {}, exc.message
        return listings, None

    def listing(self, project: str, version: Version, path: str, most: int) -> Listing:
        """The first ``most`` entries of a directory of a version."""
        return _listing(self.project(project).content(version), path, most)

    def _sources(self, project: Project, run_id: str) -> list[Source]:
        inputs = queries.inputs(project.index, run_id)
        foreign = {one.project_id for one in inputs if one.project_id is not None}
        names: dict[str | None, str] = {None: project.name}
        for name in self.projects() if foreign else ():
            other = self.project(name)
            names[other.id] = name
        return [Source(names.get(one.project_id), one.name, one.number) for one in inputs]


def _listing(content: Content, path: str, most: int) -> Listing:
    folder = content.find(path)
    entries = list(islice(content.children(path), most))
    total = folder.files if isinstance(folder, DirEntry) else len(entries)
    covered = sum(entry.files if isinstance(entry, DirEntry) else 1 for entry in entries)
    return Listing(entries, max(total - covered, 0))


def _same(one: Version, other: Version) -> bool:
    return (one.name, one.number) == (other.name, other.number)
