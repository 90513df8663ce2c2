"""What the UI asks of a store. Called from worker threads; knows no widget. `tui.writing` makes changes."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from mvfs import refs
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.catalog import Place as Located
from mvfs.catalog.project import Project
from mvfs.catalog.reach import Reach
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.index.rows import Name, Run
from mvfs.index.rows import Project as ProjectRow
from tui.goal import Goal, goal_of
from tui.place import Place
from tui.viewmodel.completion import Known
from tui.viewmodel.versions import VersionTable

if TYPE_CHECKING:
    from mvfs.diff.versions import VersionDiff

_FEW, _WINDOW = 500, 80
"""Up to how many versions are read at once, and how many of more are read for the first frame."""


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
            return Goal(sort=place.sort, filter=place.filter, shape=place.shape)
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
            return goal_of(self._catalog.resolve(ref), place.sort, place.filter, place.shape)

    def version(self, ref: str) -> Located:
        """The version, perhaps a path in it, that a ref stands for; without a selector the latest.

        Raises:
            NotFound: it stands for nothing, or for no version.
            InvalidInput: it is none, or of another store.
        """
        parsed = refs.parse(ref)
        if parsed.store is not None:
            raise InvalidInput(f"'{ref}' is in another store; open it with 'mvfs tui'", ref=ref)
        with self._lock:
            return self._catalog.version(parsed)

    def between(self, old: Located, new: Located) -> VersionDiff:
        """What differs between two versions; read when it is asked for."""
        from mvfs.diff.versions import between  # the first frame needs none of it

        assert old.version is not None
        assert new.version is not None
        return between(old.project, old.version, new.project, new.version, self._catalog, self._catalog)

    # Reading

    def resolve(self, ref: refs.Ref) -> Located:
        """What a ref stands for."""
        with self._lock:
            return self._catalog.resolve(ref)

    def projects(self) -> list[str]:
        """Names of all projects."""
        with self._lock:
            self.known.projects = found = self._catalog.projects()
        return found

    def project_rows(self) -> list[ProjectRow]:
        """Names and ids of all projects."""
        with self._lock:
            return self._catalog.project_rows()

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
