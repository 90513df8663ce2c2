"""The directories above versions: store, project, type and name. They follow the journals."""

from __future__ import annotations

import os
import time
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.mount.folders import Folder
from mvfs.mount.homes import Contents, Home
from mvfs.mount.nodes import Link, Node, Origin, Place
from mvfs.refs import parse_selector
from mvfs.store import keys
from mvfs.store.backend.base import Backend


@dataclass(frozen=True, slots=True)
class Manner:
    """What all places of one mount have in common."""

    contents: Contents
    links: bool = False
    """Whether aliases are symlinks to versions, and not directories."""


class StorePlace(Place):
    """All projects of a store."""

    __slots__ = ("_catalog", "_manner")

    def __init__(self, catalog: Catalog, manner: Manner) -> None:
        self._catalog = catalog
        self._manner = manner
        super().__init__(("store",))

    @property
    def origin(self) -> Origin:
        return self._catalog

    def modified(self) -> int:
        return _modified(self._catalog.backend, keys.ROOT_JOURNAL, self._catalog.last_change())

    def position(self) -> object:
        return self._catalog.projects()

    def meanings(self) -> Mapping[str, object]:
        return dict.fromkeys(self._catalog.projects())

    def find(self, name: str) -> Node | None:
        try:
            return ProjectPlace(self._catalog.project(name), self._manner)
        except NotFound:
            return None

    def list(self) -> Iterator[tuple[str, Node]]:
        for name in self._catalog.projects():
            yield name, ProjectPlace(self._catalog.project(name), self._manner)


class _InProject(Place):
    """A place inside a project."""

    __slots__ = ("manner", "project")

    def __init__(self, project: Project, manner: Manner, key: Hashable) -> None:
        self.project = project
        self.manner = manner
        super().__init__(key)

    @property
    def origin(self) -> Origin:
        return self.project

    def modified(self) -> int:
        return last_entry(self.project)

    def position(self) -> object:
        return self.project.index.seq


class ProjectPlace(_InProject):
    """The types of a project."""

    __slots__ = ()

    def __init__(self, project: Project, manner: Manner) -> None:
        super().__init__(project, manner, ("project", project.id))

    def meanings(self) -> Mapping[str, object]:
        return dict.fromkeys(self.project.types())

    def find(self, name: str) -> Node | None:
        self.project.refresh()
        return TypePlace(self.project, self.manner, name) if name in self.project.types() else None

    def list(self) -> Iterator[tuple[str, Node]]:
        self.project.refresh()
        for type_ in self.project.types():
            yield type_, TypePlace(self.project, self.manner, type_)


class TypePlace(_InProject):
    """The names of a type."""

    __slots__ = ("type",)

    def __init__(self, project: Project, manner: Manner, type_: str) -> None:
        self.type = type_
        super().__init__(project, manner, ("type", project.id, type_))

    def meanings(self) -> Mapping[str, object]:
        return dict.fromkeys(row.name for row in self.project.names(self.type))

    def find(self, name: str) -> Node | None:
        self.project.refresh()
        row = queries.name(self.project.index, name)
        if row is None or not row.versions or row.type != self.type:
            return None
        return NamePlace(self.project, self.manner, name)

    def list(self) -> Iterator[tuple[str, Node]]:
        self.project.refresh()
        for row in self.project.names(self.type):
            yield row.name, NamePlace(self.project, self.manner, row.name)


class NamePlace(_InProject):
    """The versions of a name, ``v0`` and up, and its aliases; ``alias@date`` is found but not listed."""

    __slots__ = ("name",)

    def __init__(self, project: Project, manner: Manner, name: str) -> None:
        self.name = name
        super().__init__(project, manner, ("name", project.id, name))

    def modified(self) -> int:
        newest = queries.newest(self.project.index, self.name)
        return newest.created if newest else super().modified()

    def meanings(self) -> Mapping[str, object]:
        numbers = queries.numbers(self.project.index, self.name)
        return {f"v{number}": number for number in numbers} | self.project.aliases(self.name)

    def find(self, name: str) -> Node | None:
        try:
            selector = parse_selector(name)
        except InvalidInput:
            return None
        if selector.alias not in (None, name.partition("@")[0]):
            return None  # another Unicode form of the alias: every name has one path
        self.project.refresh()
        try:
            version = self.project.version(self.name, selector)
        except NotFound:
            return None
        return self._node(version, name)

    def list(self) -> Iterator[tuple[str, Node]]:
        self.project.refresh()
        versions = {version.number: version for version in self.project.versions(self.name)}
        for version in versions.values():
            yield version.label, self._node(version, version.label)
        for alias, number in self.project.aliases(self.name).items():
            if number in versions:
                yield alias, self._node(versions[number], alias)

    def _node(self, version: Version, label: str) -> Node:
        """What stands under ``vN``, an alias or ``alias@date``: the last two can be symlinks."""
        if self.manner.links and label != version.label:
            key = ("link", self.project.id, self.name, label, version.number)
            return Link(key, version.label, version.created)
        return Folder(Home(self.manner.contents, self.project, version, label))


def last_entry(project: Project) -> int:
    """When something last changed in a project, in microseconds since 1970."""
    return _modified(project.backend, project.journal.folder, project.index.last_change())


def _modified(backend: Backend, journal: str, listed: int) -> int:
    """When the last entry came into a journal: the time of its folder, or as ``listed`` where it is far.

    Now where there is none yet.
    """
    folder = backend.local_path(journal)
    try:
        return os.stat(folder).st_mtime_ns // 1000 if folder else listed
    except FileNotFoundError:
        return time.time_ns() // 1000
