"""``--used REF`` and ``--made REF``: the runs that took a version as input, or logged it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Set
from typing import TYPE_CHECKING

from mvfs import refs
from mvfs.index.links import Links

if TYPE_CHECKING:
    from mvfs.catalog.catalog import Catalog, Place
    from mvfs.catalog.project import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two options."""
    parser.add_argument("--used", metavar="REF", help="only runs that used this version, of all projects")
    parser.add_argument("--made", metavar="REF", help="only runs that logged this version, or its content")


def touching(args: argparse.Namespace, catalog: Catalog) -> Callable[[Project], Set[str]] | None:
    """Return what says which runs of a project did what the options ask for; None where they ask nothing.

    Raises:
        NotFound: there is no such version.
    """
    used, made = (catalog.version(refs.parse(text)) if text else None for text in (args.used, args.made))
    if used is None and made is None:
        return None

    def ids(project: Project) -> Set[str]:
        links = Links(project.index)
        found = [] if used is None else [_users(links, project, used)]
        found += [] if made is None else [_makers(links, project, made)]
        return set.intersection(*found)

    return ids


def _users(links: Links, project: Project, place: Place) -> set[str]:
    assert place.version is not None
    home = "" if place.project.id == project.id else place.project.id
    return set(links.users(home, place.version.name, place.version.number))


def _makers(links: Links, project: Project, place: Place) -> set[str]:
    assert place.version is not None
    if place.project.id != project.id:
        return set()
    return set(links.makers(place.version.name, place.version.number))
