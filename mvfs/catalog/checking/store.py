"""Checks a whole store, or some of its projects. Nothing is changed, and no damage stops it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mvfs.catalog.checking import listing
from mvfs.catalog.checking.findings import Finding, Kind, Severity, Watch, unwatched, worst_first
from mvfs.catalog.checking.history import History, fold_anew
from mvfs.catalog.checking.listing import Listing
from mvfs.catalog.checking.project import ProjectCheck
from mvfs.catalog.project import index_path
from mvfs.errors import NotFound
from mvfs.index import queries
from mvfs.index.rows import Project
from mvfs.store import identity, keys
from mvfs.store.backend.base import Backend
from mvfs.store.trust import stamps


@dataclass
class StoreCheck:
    """What one check of a store learned."""

    backend: Backend
    store_id: str
    root: History
    projects: list[ProjectCheck] = field(default_factory=list)
    beside: list[Finding] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """Everything found, worst first."""
        found = [*self.root.findings, *self.beside]
        for project in self.projects:
            found += project.findings
        return worst_first(found)

    @property
    def worst(self) -> Severity:
        """How bad it is; `Severity.NOTE` also where nothing was found."""
        return min((one.severity for one in self.findings), default=Severity.NOTE)

    def summary(self) -> dict[str, int]:
        """Counts, for the last line and for programs."""
        found = self.findings
        held = [one for project in self.projects for one in project.holdings]
        return {
            "projects": len(self.projects),
            "entries": sum(project.history.entries for project in self.projects),
            "versions": sum(not one.in_trash for one in held),
            "in_trash": sum(one.in_trash for one in held),
            "blobs": sum(len(project.needed()) for project in self.projects),
            "bytes_read": sum(project.bytes_read for project in self.projects),
            "damage": sum(one.severity is Severity.DAMAGE for one in found),
            "unreadable": sum(one.severity is Severity.UNREADABLE for one in found),
            "notes": sum(one.severity is Severity.NOTE for one in found),
            "versions_hurt": len({h.ref for one in found for h in one.versions if not h.in_trash}),
        }


def check_store(
    backend: Backend, names: Sequence[str] = (), percent: float = 0, watch: Watch = unwatched
) -> StoreCheck:
    """Check the projects called ``names``, or all; ``percent`` of the bytes are read.

    Raises:
        NotFound: there is no store, or no such project.
        NotAStore, UnsupportedFormat: ``store.mp`` is something else, or of a newer mvfs.
        Unavailable: the store cannot be listed.
    """
    backend = backend.stored()
    who = identity.read(backend)
    if who is None:
        raise NotFound(f"there is no store at {backend.location}")
    everything = Listing(backend) if not names else None  # before the folds: what is new is known to them
    root = fold_anew(backend, keys.ROOT_JOURNAL, index_path(who.store_id, backend, "projects"))
    check = StoreCheck(backend, who.store_id, root)
    wanted = _wanted(check, names, everything)
    listed = everything or Listing(backend, [one.id for one in wanted])
    trusted = stamps()
    for one in wanted:
        journal = keys.project_journal(one.id)
        history = fold_anew(backend, journal, index_path(who.store_id, backend, one.id))
        project = ProjectCheck(backend, one.id, one.name, history, listed.projects.get(one.id, {}), trusted)
        project.run(percent, watch)
        check.projects.append(project)
    if everything is not None:
        check.beside += listing.beside(backend, everything)
    return check


def _wanted(check: StoreCheck, names: Sequence[str], everything: Listing | None) -> list[Project]:
    """The projects to check; those that no entry names go by their id."""
    known = queries.projects(check.root.index)
    if everything is not None:
        named = {one.id for one in known}
        for project_id in sorted(set(everything.projects) - named):
            first = keys.entry(keys.project_journal(project_id), 0)
            if first in everything.projects[project_id]:
                what = "no entry of the root journal names this project; restore the newest 'projects/'"
                check.beside.append(Finding(Kind.PROJECT_UNNAMED, 1, f"p/{project_id}", what))
            known.append(Project(project_id, project_id))
        return known
    by_name = {one.name: one for one in known} | {one.id: one for one in known}
    for name in names:
        if name not in by_name:
            raise NotFound(f"store {check.backend.location} has no project '{name}'", project=name)
    return list(dict.fromkeys(by_name[name] for name in names))
