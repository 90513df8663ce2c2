"""Frees the space of blobs of which versions use less than half: see `mvfs.store.repack`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from mvfs import settings
from mvfs.catalog.project import Project
from mvfs.catalog.references import References, swept_since
from mvfs.errors import Conflict, CorruptObject, MvfsError
from mvfs.index import queries
from mvfs.index.fresh import fresh
from mvfs.index.index import Index
from mvfs.index.rows import Version
from mvfs.store import effects as fx
from mvfs.store.journal import Operation
from mvfs.store.manifest.reader import Manifest
from mvfs.store.manifest.writer import Packed
from mvfs.store.repack import Repack, Use, uses

_PER_ENTRY = 200
"""Versions that one entry takes."""

Move = tuple[Version, str, Packed]
"""A version, the key of its new manifest, and that manifest."""


@dataclass(frozen=True, slots=True)
class Repacked:
    """What was moved, or could be."""

    versions: int
    """Versions that have a new manifest."""
    freed: int
    """Bytes of the old blobs; a sweep deletes them."""
    written: int
    """Bytes of the new ones."""


def survey(project: Project, grace: float = 0) -> Repacked:
    """Return what a repack would move; nothing is changed.

    Raises:
        CorruptObject: a manifest cannot be read.
    """
    index = fresh(project.journal)
    manifests = _manifests(project, queries.live(index))
    victims = _victims(project, index, manifests, grace)
    keys = {use.blob.key for use in victims}
    hit = [
        label for label, manifest in manifests.items() if not keys.isdisjoint(b.key for b in manifest.blobs())
    ]
    used = sum(end - start for use in victims for start, end in use.merged())
    return Repacked(len(hit), sum(use.blob.size for use in victims), used)


def repack(project: Project, grace: float = 0) -> Repacked:
    """Move what is left of mostly dead blobs, and point versions to it; old blobs become garbage.

    Blobs stay if a version needs them that was deleted less than ``grace`` seconds ago.

    Raises:
        CorruptObject: a manifest or a blob is damaged.
        Conflict: a sweep took the new objects before they were in use; run it again.
    """
    index = fresh(project.journal)
    while True:
        try:
            return _repack(project, index, grace)
        except CorruptObject:
            if not index.refresh():  # else a version may have been deleted and swept meanwhile
                raise


def _repack(project: Project, index: Index, grace: float) -> Repacked:
    operation = Operation(index.seq)
    manifests = _manifests(project, queries.live(index))
    victims = _victims(project, index, manifests, grace)
    if not victims:
        return Repacked(0, 0, 0)
    work = Repack(project.backend, project.id)
    committed = False
    try:
        work.move(victims)
        made = {key: work.manifest(manifest) for key, manifest in manifests.items()}
        moves = [(version, *new) for version in queries.live(index) if (new := made[version.manifest])]
        for at in range(0, len(moves), _PER_ENTRY):
            _commit(project, index, moves[at : at + _PER_ENTRY], work, operation)
            committed = True
            operation = Operation(operation.since)
    except BaseException:
        if not committed and not operation.may_be_needed:  # else entries may lead to the new objects
            for key in work.written:
                with contextlib.suppress(MvfsError):
                    project.backend.delete(key)
        raise
    return Repacked(len(moves), sum(use.blob.size for use in victims), work.size)


def _commit(
    project: Project, index: Index, moves: Sequence[Move], work: Repack, operation: Operation
) -> None:
    def plan() -> list[fx.AnyEffect]:
        if not swept_since(project, index, operation.since).isdisjoint(work.written):
            raise Conflict(f"a sweep of '{project.name}' took what was being repacked; run it again")
        return [
            fx.Repointed(version.name, version.number, key, packed.head_hash)
            for version, key, packed in moves
            if (now := queries.version(index, version.name, version.number)) is not None
            and now.manifest == version.manifest
        ]

    index.journal.commit(index, plan, settings.actor(), operation)


def _manifests(project: Project, versions: Sequence[Version]) -> dict[str, Manifest]:
    """The manifests of versions by key."""
    hashes = {version.manifest: version.manifest_hash for version in versions}
    return {key: Manifest(project.backend, key, found) for key, found in hashes.items()}


def _victims(project: Project, index: Index, manifests: dict[str, Manifest], grace: float) -> list[Use]:
    spared: set[str] = set()
    references = References(project.backend)
    for gone in queries.trash(index) if grace > 0 else ():
        if time.time() - gone.time / 1e6 < grace:
            with contextlib.suppress(CorruptObject):  # nobody can bring it back
                spared.update(references.of(gone.version))
    found = uses(manifests.values()).values()
    return [use for use in found if use.blob.key not in spared and use.is_mostly_dead()]
