"""An opened store: its projects, and what a ref means in it."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mvfs import settings
from mvfs.catalog import acquainted
from mvfs.catalog.project import Project, index_path
from mvfs.catalog.reach import Reach
from mvfs.errors import Conflict, MvfsError, NotAStore, NotFound, Unavailable
from mvfs.index import queries
from mvfs.index.index import Index
from mvfs.index.rows import Name, Version
from mvfs.index.rows import Project as ProjectRow
from mvfs.refs import LATEST, Reading, Ref, check_name
from mvfs.settings import StoreLocation
from mvfs.store import keys, making
from mvfs.store.backend.base import Backend
from mvfs.store.backend.local import LocalBackend
from mvfs.store.effects import AnyEffect, ProjectMade, ProjectRenamed
from mvfs.store.identity import StoreIdentity
from mvfs.store.journal import Journal

ROOT_AGE = 60_000_000
"""Microseconds for which the names of a far store's projects are believed."""

if TYPE_CHECKING:
    from mvfs.store.probe import Probed


class Place(msgspec.Struct, frozen=True):
    """What a ref stands for: a project, a type or a name in it, a version, or a path in a version."""

    project: Project
    type: str | None = None
    name: Name | None = None
    version: Version | None = None
    path: str = ""


class Catalog:
    """A store. Nothing is written before something is logged, so a store that is not there reads as empty."""

    def __init__(self, backend: Backend) -> None:
        """Open the store in ``backend``; a far place is probed before a store is made in it.

        Raises:
            UnsupportedFormat: a newer mvfs made it.
            NotAStore: ``store.mp`` is something else.
        """
        self.reach = Reach(backend.location)
        self._place = backend
        """The place as it is, whatever its writers need."""
        self._identity: StoreIdentity | None = None
        self._take(acquainted.recall(backend) if backend.is_far else None)
        self._is_recalled = self._identity is not None
        if not self._is_recalled:
            self._take(acquainted.read(backend))
        self._root: Index | None = None
        self._projects: dict[str, Project] = {}

    @property
    def location(self) -> str:
        """How a user names this store."""
        return self.backend.location

    @property
    def exists(self) -> bool:
        """Whether the store was made already."""
        if self._is_recalled:
            self._identify()
        return self._identity is not None

    def make(self, probed: Probed | None = None) -> StoreIdentity:
        """Make the store if it is not there. A place with a doubt about it gets one for a single writer.

        Raises:
            Unavailable: nobody has probed the place, it is far, and it has no conditional writes.
        """
        if not self.exists:
            if probed is None and self._place.is_far:
                from mvfs.store.probe import probe  # once in the life of a store

                probed = probe(self._place)
            making.make(self._place, probed, time.time_ns() // 1000)
            self._identify()
        assert self._identity is not None
        return self._identity

    def _identify(self) -> None:
        """Read who the store is; what was opened of another one is left behind."""
        known = self._identity
        self._take(acquainted.read(self._place))
        self._is_recalled = False
        if self._identity != known:
            self._root = None
            self._projects = {}

    def _take(self, found: StoreIdentity | None) -> None:
        self._identity = found
        self.backend = making.for_writers(self._place, found) if found is not None else self._place

    def _index(self) -> Index | None:
        if self._identity is None:
            self._identify()
        if self._root is None and self._identity is not None:
            journal = Journal(self.backend, keys.ROOT_JOURNAL)
            self._root = Index(index_path(self._identity.store_id, self.backend, "projects"), journal)
            if self._is_recalled and self._root.seq == 0:
                self._identify()  # nothing else would show that it is another store by now
                return self._index()
        return self._root

    def refresh(self) -> bool:
        """Take in new projects; return whether there were any (`Project.refresh` does the rest)."""
        index = self._index()
        if index is None:
            return False
        moved = self.reach.refresh(index)
        return moved if self._is_same(index) else self.refresh()

    def _is_same(self, index: Index) -> bool:
        """Whether an index is that of this store: where its history is another one, the store may be, too."""
        if not index.was_replaced:
            return True
        index.was_replaced = False
        self._identify()
        return index in (self._root, *(project.index for project in self._projects.values()))

    def last_change(self) -> int:
        """When projects of a far store were last made or renamed (`Index.last_change`)."""
        return self._root.last_change() if self._root is not None else 0

    def projects(self) -> list[str]:
        """Names of all projects, sorted."""
        return [row.name for row in self.project_rows()]

    def project_rows(self) -> list[ProjectRow]:
        """Names and ids of all projects, by name; none of them is opened."""
        self.refresh()
        return queries.projects(self._root) if self._root else []

    def project(self, name: str) -> Project:
        """Return a project, up to date.

        Raises:
            NotFound: the store has none such.
        """
        known = self._recent(name)
        if known is not None:
            known.refresh()
            if self._is_same(known.index) and self._recent(name) is known:
                return known
        self.refresh()
        for row in queries.projects(self._root) if self._root else ():
            if row.name == name:
                project = self._opened(row.name, row.id)
                project.refresh()
                return project if self._is_same(project.index) else self.project(name)
        if self._identity is None:
            raise NotFound(f"no project '{name}': there is no store at {self.location} yet", project=name)
        raise NotFound(f"store {self.location} has no project '{name}'", project=name)

    def _recent(self, name: str) -> Project | None:
        """A project of a far store, if its name was looked up a moment ago: that costs a request.

        Whoever renames a project marks its journal, so that this is noticed by who follows only that.
        """
        root = self._index() if self.backend.is_far else None
        looked = root.looked() if root is not None else None
        if root is None or looked is None or not 0 <= time.time_ns() // 1000 - looked.at < ROOT_AGE:
            return None
        for row in queries.projects(root):
            if row.name == name:
                project = self._opened(row.name, row.id)
                seen = project.index.looked()
                return project if seen is not None and seen.marked < looked.at else None
        return None

    def make_project(self, name: str) -> Project:
        """Return a project, made if it is not there.

        Raises:
            InvalidName: the name breaks the rules.
        """
        name = check_name(name, "project")
        root = self._index()
        if root is None:
            self.make()
            root = self._index()
        assert root is not None

        def plan() -> list[AnyEffect]:
            known = {row.name for row in queries.projects(root)}
            return [] if name in known else [ProjectMade(name, keys.new_ulid())]

        self.reach.refresh(root, strict=True)
        if not self._is_same(root):
            return self.make_project(name)
        if plan():
            Journal(self.backend, keys.ROOT_JOURNAL).commit(root, plan, settings.actor())
            root.leave_checkpoint()
        return self.project(name)

    def rename_project(self, name: str, new: str) -> None:
        """Give a project another name; it stays where it is stored.

        Raises:
            InvalidName: the new name breaks the rules.
            NotFound: there is no such project.
            Conflict: the new name is taken.
        """
        new = check_name(new, "project")
        project = self.project(name)
        root = self._index()
        assert root is not None

        def plan() -> list[AnyEffect]:
            known = {row.name for row in queries.projects(root)}
            if name not in known:
                raise NotFound(f"store {self.location} has no project '{name}'", project=name)
            if new in known:
                raise Conflict(f"project '{new}' exists; choose another name", project=new)
            return [ProjectRenamed(name, new)]

        if not root.is_followed:
            root.refresh()
        Journal(self.backend, keys.ROOT_JOURNAL).commit(root, plan, settings.actor())
        root.leave_checkpoint()
        if self.backend.is_far:
            with contextlib.suppress(Unavailable):  # without it, others notice in `ROOT_AGE`
                project.mark()

    def _opened(self, name: str, project_id: str) -> Project:
        if project_id not in self._projects:
            assert self._identity is not None
            store_id = self._identity.store_id
            self._projects[project_id] = Project(self.backend, store_id, name, project_id, self.reach)
        self._projects[project_id].name = name  # it may have been renamed
        return self._projects[project_id]

    def resolve(self, ref: Ref) -> Place:
        """Return what a ref stands for: the first of its readings that exists.

        Raises:
            NotFound: none does; the message is about the one that came nearest.
        """
        return resolve_in(self.project(ref.words[0]), ref)

    def version(self, ref: Ref) -> Place:
        """Like `resolve`, for refs that must mean a version: without a selector, ``latest``.

        Raises:
            NotFound: it means nothing, or a project or type.
        """
        return version_in(self.project(ref.words[0]), ref)


def resolve_in(project: Project, ref: Ref) -> Place:
    """Like `Catalog.resolve`, in a project that is known already and up to date, whatever the ref calls it.

    Raises:
        NotFound: the ref stands for nothing there.
    """
    trouble: MvfsError | None = None
    for reading in ref.readings():
        try:
            place = _look_up(project, reading)
        except NotFound as exc:
            trouble = trouble or exc
            continue
        if place is not None:
            return place
    if trouble is None:
        trouble = NotFound(
            f"project '{project.name}' has no name or type '{'/'.join(ref.words[1:])}'", ref=ref.text
        )
    raise trouble


def version_in(project: Project, ref: Ref) -> Place:
    """Like `Catalog.version`, in a project that is known already.

    Raises:
        NotFound: the ref means nothing there, or the project itself or a type.
    """
    place = resolve_in(project, ref)
    if place.name is None:
        raise NotFound(f"'{ref.text}' is no version; name one, as in project/name:v3", ref=ref.text)
    if place.version is not None:
        return place
    version = project.version(place.name.name, LATEST)
    return Place(project, place.type, place.name, version, place.path)


def _look_up(project: Project, reading: Reading) -> Place | None:
    """Return the place of a reading, None if it is about something that does not exist at all.

    Raises:
        NotFound: the name exists, but not that version, alias or file.
    """
    if reading.name is None:
        if reading.type is None:
            return Place(project)
        return Place(project, reading.type) if reading.type in project.types() else None
    name = queries.name(project.index, reading.name)
    if name is None or reading.type not in (None, name.type):
        return None
    if not name.versions:
        project.find_name(name.name)  # raises, and says that it was deleted
    if reading.selector is None and not reading.path:
        return Place(project, name.type, name)
    version = project.version(name.name, reading.selector or LATEST)
    if reading.path and project.content(version).find(reading.path) is None:
        raise NotFound(f"{project.name}/{name.name}:{version.label} holds no '{reading.path}'")
    return Place(project, name.type, name, version, reading.path)


def open_catalog(location: StoreLocation | None = None) -> Catalog:
    """Open the store at ``location`` (by default the configured one); an absent or empty directory is one.

    Raises:
        NotAStore: the directory holds something else, or is a file.
        UnsupportedFormat: a newer mvfs made it.
    """
    location = location or settings.store_location()
    if location.path is None:
        assert location.url is not None
        from mvfs.cache.cached import with_cache
        from mvfs.store.backend.breaker import BreakerBackend
        from mvfs.store.backend.opening import backend_of

        return Catalog(with_cache(BreakerBackend(backend_of(location.url))))
    catalog = Catalog(LocalBackend(location.path))
    if catalog.exists or _is_free(location.path):
        return catalog
    return Catalog(LocalBackend(location.path))  # another process has made it just now


def _is_free(path: Path) -> bool:
    """Whether a directory can become a store; False if it is one after all.

    Raises:
        NotAStore: it holds something else.
    """
    try:
        others = [name for name in os.listdir(path) if name not in ("tmp", "probe", "locks")]
    except FileNotFoundError:
        return True
    except NotADirectoryError:
        raise NotAStore(f"{path} is a file, not a store; name a directory") from None
    except PermissionError:
        raise NotAStore(f"{path} cannot be read: permission denied") from None
    if others and keys.STORE not in others:
        raise NotAStore(
            f"{path} is no mvfs store: it has no {keys.STORE} but holds '{sorted(others)[0]}'; name another"
            " directory, or make a store in an empty one with 'mvfs init'"
        )
    return not others
