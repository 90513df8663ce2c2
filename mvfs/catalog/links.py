"""What a link stands for, and what links to a version (`linking` makes them)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mvfs.catalog.project import Project
from mvfs.errors import MvfsError, NotFound
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.refs import Selector

if TYPE_CHECKING:
    from mvfs.catalog.catalog import Catalog


def source_of(catalog: Catalog, project: Project, version: Version) -> tuple[Project, Version] | None:
    """Return what a link stands for; None where it is no link, or its source is not there any more."""
    found = queries.link(project.index, version.name, version.number)
    if found is None:
        return None
    home = project if found.project_id is None else project_by_id(catalog, found.project_id)
    try:
        return (home, home.version(found.source, Selector(number=found.source_number))) if home else None
    except NotFound:
        return None


def links_to(catalog: Catalog, project: Project, version: Version) -> list[tuple[Project, Version]]:
    """Return the links to a version, in all projects of the store that can be read."""
    found: list[tuple[Project, Version]] = []
    for name in catalog.projects():
        with contextlib.suppress(MvfsError):  # a project that is damaged hides nothing of the others
            other = catalog.project(name)
            home = None if other.id == project.id else project.id
            links = queries.links_to(other.index, home, version.name, version.number)
            found += [(other, other.version(one.name, Selector(number=one.number))) for one in links]
    return found


def project_by_id(catalog: Catalog, project_id: str) -> Project | None:
    """Return the project with an id; None if it is not there (any more)."""
    others = (catalog.project(name) for name in catalog.projects())
    return next((other for other in others if other.id == project_id), None)
