"""The projects that a walk meets, opened when first needed. One that is gone or damaged ends no walk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from mvfs.catalog.project import Project
from mvfs.errors import MvfsError
from mvfs.index.links import Links
from mvfs.index.rows import Project as ProjectRow


class Projects(Protocol):
    """A store's projects, as a `Catalog` knows them."""

    def project(self, name: str) -> Project:
        """Open one as of now."""

    def project_rows(self) -> Sequence[ProjectRow]:
        """All of them."""


class Opened(NamedTuple):
    """A project whose journal can be asked."""

    id: str
    name: str
    links: Links


class Places:
    """Projects by their ids."""

    def __init__(self, catalog: Projects, home: Project, *, here: bool = False) -> None:
        """Begin with ``home``; with ``here``, no other project is asked who used what."""
        self._catalog = catalog
        self.home = Opened(home.id, home.name, Links(home.index))
        self._here = here
        self._opened: dict[str, Opened | None] = {home.id: self.home}
        self._names: dict[str, str] | None = None
        self._users: dict[str, list[Opened]] | None = None
        self.unread: dict[str, str] = {}
        """Why a project could not be opened, by its name."""

    def of(self, project_id: str) -> Opened | None:
        """Return a project; None if the store has none such, or it cannot be read."""
        if project_id not in self._opened:
            self._opened[project_id] = self._open(project_id)
        return self._opened[project_id]

    def name(self, project_id: str) -> str:
        """The name of a project, be it readable or not; its id where the store has none such."""
        if project_id == self.home.id:
            return self.home.name
        return self._known().get(project_id, project_id)

    def others_using(self, project_id: str) -> list[Opened]:
        """Return the other projects with runs that used versions of this one."""
        if self._users is None:
            self._users = {}
            ids = [self.home.id] if self._here else self._known()
            for asked in [one for each in ids if (one := self.of(each)) is not None]:
                for source in asked.links.sources():
                    self._users.setdefault(source, []).append(asked)
        return self._users.get(project_id, [])

    def _known(self) -> dict[str, str]:
        if self._names is None:
            self._names = {row.id: row.name for row in self._catalog.project_rows()}
        return self._names

    def _open(self, project_id: str) -> Opened | None:
        name = self._known().get(project_id)
        if name is None:
            return None
        try:
            return Opened(project_id, name, Links(self._catalog.project(name).index))
        except MvfsError as exc:
            self.unread[name] = exc.message
            return None
