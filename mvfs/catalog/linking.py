"""Links: versions of one name that stand for versions of another, as in W&B's registry.

A link is a version of its own, with numbers and aliases of its own and the content of what it stands for: in
the same project the very same objects, in another one copies. So it is listed, mounted, checked and synced
like any version, and outlives its source. docs/design/010-links.md.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mvfs.catalog import pointers
from mvfs.catalog.copying import Transfer, transfer
from mvfs.catalog.deletion import Target
from mvfs.catalog.expiry import NEVER, set_expiry
from mvfs.catalog.project import Project
from mvfs.catalog.protection import NOT_INSISTING, Insistence
from mvfs.errors import MvfsError, NotFound
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.refs import Selector

if TYPE_CHECKING:
    from mvfs.catalog.catalog import Catalog


def link(
    source: Project,
    version: Version,
    target: Project,
    name: str,
    aliases: Sequence[str] = (),
    *,
    insistence: Insistence = NOT_INSISTING,
) -> Version:
    """Link a version under ``name``, which becomes ``latest`` there; return the link.

    The version does not expire any more. Linking it again changes only the aliases.

    Raises:
        InvalidInput: it is the version's own name.
        Conflict: the name holds versions that were logged, or has another type; or an alias is protected.
    """
    order = Transfer(source, Target(version.name, (version.number,)), target, name, link=True)
    number = transfer(order).numbers[version.number]
    if order.is_inside:
        target = source
    target.refresh()
    if added := [alias for alias in aliases if alias != "latest"]:
        pointers.set_aliases(target, name, number, added, insistence=insistence)
    if version.expires not in (None, NEVER):
        set_expiry(source, version.name, version.number, None)
    return target.version(name, Selector(number=number))


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
