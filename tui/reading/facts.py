"""Everything about one version: first what the index and the manifest know, which is soon there."""

from __future__ import annotations

from itertools import islice

from mvfs.catalog.content import Content
from mvfs.catalog.liveness import with_states
from mvfs.catalog.project import Project
from mvfs.errors import MvfsError
from mvfs.index import policies, queries
from mvfs.index.policies import AliasChange
from mvfs.index.rows import Run, Version
from mvfs.store.manifest.records import DirEntry
from tui.library import Library
from tui.mounted import directory, standing
from tui.viewmodel.facts import Facts, Listing, Source

_LISTED = 200
"""Entries of a directory that are read at first."""

_WIDE_OPEN = 30
"""A version of no more files shows all of its directories unfolded."""

_MOVES = 1000
"""Steps in the history of aliases that are shown at most."""

_USERS, _MADE = 20, 3
"""The newest users whose outputs are looked up, and how many of each are shown."""


def facts(library: Library, project: str, version: Version) -> Facts:
    """Return it; where the files cannot be read, what there is beside and why."""
    opened = library.project(project)
    index = opened.index
    producers = with_states(opened, queries.producers(index, version.name, version.number))
    users = with_states(opened, queries.users(index, version.name, version.number))
    first = producers[0].id if producers else None
    listings, trouble = _listings(opened, version)
    names = _ProjectNames(library, opened)
    link = queries.link(index, version.name, version.number)
    return Facts(
        project,
        version,
        producers,
        _sources(opened, names, first) if first else (),
        [v for v in queries.versions_of_run(index, first) if not _same(v, version)] if first else (),
        users,
        listings,
        trouble,
        queries.name(index, version.name),
        _made(opened, users),
        _moves(opened, version),
        frozenset(policies.protected(index, version.name)),
        policies.retention(index, version.name),
        Source(names.of(link.project_id), link.source, link.source_number) if link else None,
        _links(library, opened, version),
        path_of(library, project, version),
    )


def _same(one: Version, other: Version) -> bool:
    return (one.name, one.number) == (other.name, other.number)


class _ProjectNames:
    """What projects are called; the others are asked only where one is needed."""

    def __init__(self, library: Library, home: Project) -> None:
        self._library = library
        self._known: dict[str | None, str] = {None: home.name}

    def of(self, project_id: str | None) -> str | None:
        """The name of a project; None where it is not there (any more)."""
        if project_id not in self._known:
            for name in self._library.projects():
                self._known[self._library.project(name).id] = name
        return self._known.get(project_id)


def _sources(project: Project, names: _ProjectNames, run_id: str) -> list[Source]:
    inputs = queries.inputs(project.index, run_id)
    return [Source(names.of(one.project_id), one.name, one.number) for one in inputs]


def _made(project: Project, users: list[Run]) -> dict[str, list[Version]]:
    newest = users[-_USERS:]
    return {run.id: queries.versions_of_run(project.index, run.id)[:_MADE] for run in newest}


def _moves(project: Project, version: Version) -> list[AliasChange]:
    """What happened to aliases of a version, and the protection of these; newest first."""
    changes = policies.alias_changes(project.index, version.name)
    mine = {one.alias for one in changes if version.number in (one.new, one.old)} | {*version.aliases}
    return [
        one
        for one in reversed(changes)
        if version.number in (one.new, one.old) or (one.protects is not None and one.alias in mine)
    ][:_MOVES]


def _links(library: Library, project: Project, version: Version) -> list[Source]:
    found: list[Source] = []
    for name in library.projects():
        other = library.project(name)
        home = None if other.id == project.id else project.id
        found += [
            Source(name, one.name, one.number)
            for one in queries.links_to(other.index, home, version.name, version.number)
        ]
    return found


def path_of(library: Library, project: str, version: Version) -> str:
    """Return where a version is in a mount of the store, or would be."""
    place = f"{project}/{version.type}/{version.name}:{version.label}"
    return directory(standing(library.location), place) or place.replace(":", "/")


def _listings(project: Project, version: Version) -> tuple[dict[str, Listing], str | None]:
    try:
        content = project.content(version)
        listings = {"": _listing(content, "", _LISTED)}
        if version.files <= _WIDE_OPEN:
            waiting = [entry.path for entry in listings[""].entries if isinstance(entry, DirEntry)]
            while waiting:
                path = waiting.pop()
                listings[path] = _listing(content, path, _LISTED)
                waiting += [e.path for e in listings[path].entries if isinstance(e, DirEntry)]
    except MvfsError as exc:
        return {}, exc.message
    return listings, None


def listing(library: Library, project: str, version: Version, path: str, most: int) -> Listing:
    """Return the first ``most`` entries of a directory of a version."""
    return _listing(library.project(project).content(version), path, most)


def _listing(content: Content, path: str, most: int) -> Listing:
    folder = content.find(path)
    entries = list(islice(content.children(path), most))
    total = folder.files if isinstance(folder, DirEntry) else len(entries)
    covered = sum(entry.files if isinstance(entry, DirEntry) else 1 for entry in entries)
    return Listing(entries, max(total - covered, 0))
