"""The first read of the store: as much as the first frame shows. Done before Textual is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mvfs.catalog.catalog import Catalog
from mvfs.errors import InvalidInput, NotFound
from mvfs.index.rows import Name
from tui.goal import Goal
from tui.library import Library
from tui.place import BROWSE, Place, is_run
from tui.remembered import remembered
from tui.viewmodel.shelf import Path
from tui.viewmodel.versions import VersionTable


@dataclass(frozen=True, slots=True)
class Opened:
    """A store, and what the first frame shows of it."""

    library: Library
    projects: Sequence[str] = ()
    project: str | None = None
    """The project that is unfolded."""
    names: Sequence[Name] = ()
    path: Path = ()
    """Where the tree's cursor goes."""
    table: VersionTable | None = None
    """Perhaps only the newest versions."""
    goal: Goal = field(default_factory=Goal)
    """What a place of the browser means."""
    place: Place = field(default_factory=Place)
    """What the user asked for."""


def open_at(catalog: Catalog, place: Place | None = None) -> Opened:
    """Read what the browser's first frame at ``place`` needs, or that of the first name there is.

    Other views read what they show themselves, in workers.

    Raises:
        NotFound: a ref in it stands for nothing.
    """
    library, place = Library(catalog), place or Place()
    if place.view in ("lineage", "diff", "file"):
        for ref in place.refs:
            if not is_run(ref):
                library.goal(Place(refs=(ref,)))
    if place.view != BROWSE:
        return Opened(library, place=place)
    return replace(read(library, library.goal(place)), place=place)


def open_again(catalog: Catalog) -> Opened:
    """Open where the user left this store last, or at the first name where that is not there any more."""
    place = Place.parse(remembered(catalog.location).place)
    try:
        return open_at(catalog, place)
    except (NotFound, InvalidInput):
        return open_at(catalog)


def read(library: Library, goal: Goal) -> Opened:
    """Read what the first frame at ``goal`` needs."""
    projects = library.projects()
    project = goal.project or (projects[0] if projects else None)
    if project is None:
        return Opened(library, goal=goal)
    names = sorted(library.names(project), key=lambda name: (name.type, name.name))
    inside = [name for name in names if goal.type in (None, name.type)]
    wanted = next((name for name in inside if name.name == goal.name), None)
    if wanted is None and goal.type is None:
        wanted = inside[0] if inside else None
    if wanted is None:
        return Opened(library, projects, project, names, goal.path or (project,), goal=goal)
    table = library.first_table(project, wanted, goal.number)
    return Opened(library, projects, project, names, (project, wanted.type, wanted.name), table, goal)
