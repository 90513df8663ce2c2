"""Which objects the versions of a project need, and which of them a sweep has declared to be garbage.

What decides about deletion is folded anew from single entries, never taken from a cache.
"""

from __future__ import annotations

from collections.abc import Iterable

from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject
from mvfs.index import queries
from mvfs.index.index import Index
from mvfs.index.rows import Sweep, Version
from mvfs.store import sweeplist
from mvfs.store.backend.base import Backend
from mvfs.store.ingest import Ingested
from mvfs.store.manifest.reader import Manifest


class ObjectsGone(Exception):
    """Objects that an entry would lead to may be garbage by now; store them again."""


class References:
    """The objects that versions lead to; remembers each manifest, which never changes."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._known: dict[tuple[str, bytes], dict[str, int]] = {}

    def of(self, version: Version) -> dict[str, int]:
        """Return the keys of a version's blobs with their sizes (the manifest is not among them).

        Raises:
            CorruptObject: the manifest is missing or was changed.
        """
        known = (version.manifest, version.manifest_hash)
        if known not in self._known:
            manifest = Manifest(self._backend, version.manifest, version.manifest_hash)
            self._known[known] = {blob.key: blob.size for blob in manifest.blobs()}
        return self._known[known]

    def of_all(self, versions: Iterable[Version]) -> set[str]:
        """Return the keys of all manifests and blobs of the versions.

        Raises:
            CorruptObject: a manifest is missing or was changed.
        """
        found: set[str] = set()
        for version in versions:
            found.add(version.manifest)
            found.update(self.of(version))
        return found


def needed_now(references: References, index: Index) -> set[str]:
    """Return the keys of all objects that live versions need, at the index's state or a later one.

    A manifest may be gone because its version was deleted and swept after that state: then the index is
    brought up to date, and the question asked again.

    Raises:
        CorruptObject: a live version's manifest cannot be read.
    """
    while True:
        try:
            return references.of_all(queries.live(index))
        except CorruptObject:
            if not index.refresh():
                raise


def swept_since(project: Project, index: Index, since: int) -> set[str]:
    """Return the keys that sweeps in entries numbered ``since`` or higher declared to be garbage.

    Raises:
        CorruptObject: a list cannot be read, so nobody can tell.
    """
    found: set[str] = set()
    for sweep in queries.sweeps(index, since):
        found.update(sweeplist.read(project.backend, project.id, sweep.id, sweep.list_hash))
    return found


class Losses:
    """What sweeps have taken since an entry; made for one state of the index."""

    def __init__(self, project: Project, index: Index, since: int) -> None:
        """Read the lists of all sweeps in entries numbered ``since`` or higher.

        Raises:
            CorruptObject: a list cannot be read, so nobody can tell.
        """
        self._taken: dict[str, Sweep] = {}
        for sweep in queries.sweeps(index, since):
            listed = sweeplist.read(project.backend, project.id, sweep.id, sweep.list_hash)
            self._taken.update(dict.fromkeys(listed, sweep))

    def of(self, version: Version, references: References) -> Sweep | None:
        """Return a sweep that took an object of the version, or None if all are there.

        Raises:
            CorruptObject: no sweep took the manifest, but it is missing or was changed.
        """
        if self._taken and (sweep := self._taken.get(version.manifest)) is not None:
            return sweep
        needed = references.of(version)
        return next((self._taken[key] for key in needed if key in self._taken), None)


def require_unswept(project: Project, written: Iterable[str], since: int) -> None:
    """Check at the index's state that no sweep since base ``since`` has listed an object that was written.

    Raises:
        ObjectsGone: one has.
    """
    if not swept_since(project, project.index, since).isdisjoint(written):
        raise ObjectsGone


def require_objects(project: Project, name: str, ingested: Ingested, since: int) -> None:
    """Check at the index's state that an entry may lead to what was ingested since base ``since``.

    The version of ``name`` whose blobs are reused must still be there, with the manifest that was read, or in
    the trash, out of reach of any sweep since then; and none may have listed an object that was written.

    Raises:
        ObjectsGone: one of it is not so.
    """
    borrowed = ingested.borrowed
    if borrowed is not None and not queries.is_manifest_live(project.index, borrowed, name):
        was_swept = bool(queries.sweeps(project.index, since))
        if was_swept or not queries.is_manifest_in_trash(project.index, borrowed, name):
            raise ObjectsGone
    require_unswept(project, ingested.own, since)
