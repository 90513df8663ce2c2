"""What is to be synced: one project of the source, as much of it as was asked for, and its counterpart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.catalog.syncing.report import Report
from mvfs.errors import InvalidInput
from mvfs.index import queries
from mvfs.index.index import Index
from mvfs.index.rows import Version
from mvfs.refs import Ref
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.journal import Journal
from mvfs.store.pipeline import Progress


@dataclass(slots=True)
class Selection:
    """What of a project is wanted."""

    project: Project
    whole: bool = False
    """Whether all names and runs are."""
    names: dict[str, set[int] | None] = field(default_factory=dict)
    """The numbers that are wanted of each name; None: all."""

    def add(self, name: str, number: int | None) -> None:
        """Want a version too, or all versions of a name."""
        known = self.names.setdefault(name, set() if number is not None else None)
        if number is None:
            self.names[name] = None
        elif known is not None:
            known.add(number)

    def versions(self, name: str) -> list[Version]:
        """The wanted versions of a name that are there, by their numbers."""
        numbers = self.names[name]
        return [v for v in self.project.versions(name) if numbers is None or v.number in numbers]

    def all_versions(self) -> list[Version]:
        """The wanted versions of all names."""
        return [version for name in self.names for version in self.versions(name)]

    def runs(self) -> list[str]:
        """The runs that are wanted: all, or those that logged or used a wanted version; oldest first."""
        index = self.project.index
        found = queries.runs(index)
        if self.whole:
            return [run.id for run in found]
        wanted: set[str] = set()
        for version in self.all_versions():
            wanted.update(run.id for run in queries.producers(index, version.name, version.number))
            wanted.update(run.id for run in queries.users(index, version.name, version.number))
        return [run.id for run in found if run.id in wanted]


def select(catalog: Catalog, wanted: Sequence[Ref]) -> list[Selection]:
    """Return what refs of projects, types, names and versions mean; without any, everything.

    Raises:
        NotFound: one of them is not there.
        InvalidInput: one of them means a file.
    """
    found: dict[str, Selection] = {}
    for ref in wanted:
        place = catalog.resolve(ref)
        if place.path:
            raise InvalidInput(f"'{ref.text}' is a file; 'sync' takes whole versions", ref=ref.text)
        selection = found.setdefault(place.project.id, Selection(place.project))
        if place.name is not None:
            selection.add(place.name.name, place.version.number if place.version else None)
            continue
        selection.whole = selection.whole or place.type is None
        _add_all(selection, (name.name for name in place.project.names(place.type)))
    if not wanted:
        for project in catalog.projects():
            selection = Selection(catalog.project(project), whole=True)
            _add_all(selection, (name.name for name in selection.project.names()))
            found[selection.project.id] = selection
    return list(found.values())


def _add_all(selection: Selection, names: Iterable[str]) -> None:
    for name in names:
        selection.add(name, None)


@dataclass(slots=True)
class Order:
    """A selection on its way into a project."""

    selection: Selection
    target: Project
    report: Report
    force: bool
    dry: bool
    """Whether nothing may be written."""
    progress: Progress | None = None
    foreign_runs: set[str] = field(default_factory=set)
    """Ids that belong to another run in the target."""

    @property
    def source(self) -> Project:
        """Where it comes from."""
        return self.selection.project


class SupposedProject(Project):
    """A project that is not there: empty, and nothing is kept of it."""

    def __init__(self, backend: Backend, name: str) -> None:
        """Make one for a look at what would be sent."""
        self.backend, self.store_id, self.name, self.id = backend, "", name, keys.new_ulid()
        self.journal = Journal(backend, keys.project_journal(self.id))
        self.index = Index(None, self.journal)
