"""Repairs a checked store: journals first, then the versions that are hurt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mvfs.catalog.checking.project import ProjectCheck
from mvfs.catalog.checking.store import StoreCheck
from mvfs.catalog.project import Project
from mvfs.catalog.repair.healing import Healer, Outcome, needs_healing
from mvfs.catalog.repair.sources import Folder, Source, Store, Versions


def heal_versions(
    check: StoreCheck, sources: Sequence[Folder | Store], *, with_trash: bool = False
) -> Iterator[Outcome]:
    """Heal every hurt version that can be healed, and yield what came of each.

    Raises:
        NoSpace, NoPermission, Unavailable: the store cannot be written.
    """
    for one in check.projects:
        wanted = [
            holding
            for holding in one.holdings
            if needs_healing(one, holding) and (with_trash or not holding.in_trash)
        ]
        if not wanted:
            continue
        if not one.history.is_whole:
            for holding in wanted:
                why = "its journal is damaged, so nothing can be recorded; restore that first"
                yield Outcome(holding.hurt().ref, False, why)
            continue
        healer = Healer(_project(check, one), one, [_siblings(one), *sources])
        for holding in wanted:
            yield healer.heal(holding)


def _project(check: StoreCheck, one: ProjectCheck) -> Project:
    project = Project(check.backend, check.store_id, one.name, one.id)
    project.refresh()
    return project


def _siblings(one: ProjectCheck) -> Source:
    """The other versions of the same project."""
    versions = [holding.version for holding in one.holdings if not holding.is_swept]
    return Versions(f"project {one.name}", one.backend, versions)
