"""Deletes the objects that no version needs, so that no writer at work can be hurt.

(1) List blobs and manifests. (2) Fold the journal to its tail. (3) Garbage is what was listed and what no
live version needs there, old enough to be nobody's work in progress. (4) Commit that list at exactly that
tail; if somebody else commits first, begin again at 2. (5) Delete. (6) Record that it is done. A writer
whose objects are on a list that came before its own entry notices, and uploads them again. Age is only
politeness; safety comes from the order of the entries. docs/FORMAT.md, "Sweep".
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass

from mvfs import settings
from mvfs.catalog.project import Project
from mvfs.catalog.references import References, needed_now
from mvfs.catalog.uploads import end_old_uploads
from mvfs.errors import CorruptObject, MvfsError, NoPermission
from mvfs.index import queries
from mvfs.index.fresh import fresh
from mvfs.index.index import Index
from mvfs.index.rows import Sweep
from mvfs.store import effects as fx
from mvfs.store import keys, sweeplist
from mvfs.store.backend.base import Backend, ObjectInfo
from mvfs.store.journal import Operation
from mvfs.store.pipeline import Progress

GRACE = 7 * 24 * 3600
"""Seconds for which new objects and deleted versions are left alone by default."""

_PROBING = 3600
"""Seconds after which nobody can still be looking at a probe."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """What a sweep would delete, or has deleted."""

    objects: int
    size: int
    """Bytes."""
    spared: int
    """Bytes of garbage that is still too young."""
    uploads: int = 0
    """Uploads in parts whose writers are gone; nobody knows their sizes."""


class _Survey:
    """One look at a project: what is stored, what is needed."""

    def __init__(self, project: Project, grace: float) -> None:
        self._project = project
        self._references = References(project.backend)
        self.listed = _objects(project)
        self.now = _clock(project.backend)
        """Nanoseconds by the store's clock."""
        self._grace = grace

    def unneeded(self, index: Index) -> dict[str, ObjectInfo]:
        """Return the listed objects that no version needs at the index's state (which may be moved on).

        Raises:
            CorruptObject: a live version's manifest cannot be read, so its needs are unknown.
        """
        needed = needed_now(self._references, index)
        for gone in queries.trash(index) if self._grace > 0 else ():
            if self.now // 1000 - gone.time < self._grace * 1e6:
                with contextlib.suppress(CorruptObject):  # broken, and in the trash: nothing to keep
                    needed |= self._references.of_all([gone.version])
        return {key: info for key, info in self.listed.items() if key not in needed}

    def is_old(self, info: ObjectInfo) -> bool:
        """Whether nobody can still be about to commit the object, unless very slowly."""
        return self.now - info.modified >= self._grace * 1e9


def survey(project: Project, grace: float = GRACE) -> Garbage:
    """Return what a sweep would find; nothing is changed."""
    look = _Survey(project, grace)
    unneeded = look.unneeded(fresh(project.journal)).values()
    old = [info for info in unneeded if look.is_old(info)]
    spared = sum(info.size for info in unneeded) - sum(info.size for info in old)
    uploads = end_old_uploads(project, look.now, grace, only_count=True)
    return Garbage(len(old), sum(info.size for info in old), spared, uploads)


def sweep(project: Project, grace: float = GRACE, progress: Progress | None = None) -> Garbage:
    """Delete the garbage of a project that is older than ``grace`` seconds.

    Raises:
        CorruptObject: a live version's manifest cannot be read; ``fsck`` tells more.
    """
    look = _Survey(project, grace)  # step 1, and it must stay the first
    _remove_probes(project.backend, look.now)
    uploads = end_old_uploads(project, look.now, grace)
    index = fresh(project.journal)
    for unfinished in [one for one in queries.sweeps(index) if not one.done]:
        for key in _delete(project, index, unfinished, progress):
            look.listed.pop(key, None)
    spared = 0
    victims: dict[str, int] = {}
    operation = Operation(index.seq)
    written: list[str] = []  # lists that no entry names

    def plan() -> list[fx.AnyEffect]:
        nonlocal spared
        _discard(project.backend, written)  # that of a race that was lost
        unneeded = look.unneeded(index).values()
        old = [info for info in unneeded if look.is_old(info)][: sweeplist.MAX_OBJECTS]
        spared = sum(info.size for info in unneeded) - sum(info.size for info in old)
        victims.clear()
        victims.update((info.key, info.size) for info in old)
        if not victims:
            return []
        sweep_id = keys.new_sweep_id()
        written.append(keys.sweep_list(project.id, sweep_id))
        list_hash = sweeplist.write(project.backend, project.id, sweep_id, victims)
        return [fx.Swept(sweep_id, list_hash, len(victims), sum(victims.values()))]

    try:
        entry = index.journal.commit(index, plan, settings.actor(), operation)
    except BaseException:
        if not operation.may_be_needed:
            _discard(project.backend, written)
        raise
    if entry is not None:
        _delete(project, index, queries.sweeps(index)[-1], progress)
    return Garbage(len(victims), sum(victims.values()), spared, uploads)


def _discard(backend: Backend, lists: list[str]) -> None:
    """Remove lists that no entry can name any more."""
    for key in lists:
        with contextlib.suppress(MvfsError):
            backend.delete(key)
    lists.clear()


def _delete(project: Project, index: Index, sweep: Sweep, progress: Progress | None) -> Iterable[str]:
    """Steps 5 and 6; may be done by anybody, any number of times, since keys are never used again."""
    victims = sweeplist.read(project.backend, project.id, sweep.id, sweep.list_hash)
    needed = needed_now(References(project.backend), index)
    if wrong := needed.intersection(victims):
        raise CorruptObject(
            f"sweep {sweep.id} lists {len(wrong)} objects that versions need; nothing was deleted;"
            " run 'mvfs fsck'",
            key=min(wrong),
        )
    for key, size in victims.items():
        project.backend.delete(key)
        if progress is not None:
            progress(size)

    def plan() -> list[fx.AnyEffect]:
        done = {one.id for one in queries.sweeps(index) if one.done}
        return [] if sweep.id in done else [fx.SweepDone(sweep.id)]

    index.journal.commit(index, plan, settings.actor())
    return victims


def _objects(project: Project) -> dict[str, ObjectInfo]:
    """Everything stored in a project that could be garbage."""
    folders = (f"p/{project.id}/blobs/", f"p/{project.id}/manifests/")
    return {
        info.key: info
        for folder in folders
        for info in project.backend.list(folder)
        if keys.is_object(info.key)
    }


def _clock(backend: Backend) -> int:
    """The store's own time in nanoseconds: what it stamps on an object that is written now.

    Raises:
        NoPermission: the credentials may not delete; better known before anything is listed as swept.
    """
    key = f"probe/{os.urandom(8).hex()}"
    backend.put(key, b"")
    info = backend.head(key)
    try:
        backend.delete(key)
    except NoPermission as exc:
        raise NoPermission(
            f"cannot sweep {backend.location}: the credentials may not delete; nothing was swept"
        ) from exc
    return info.modified if info else 0


def _remove_probes(backend: Backend, now: int) -> None:
    """Remove what processes that died while they probed or locked the store have left."""
    for info in [info for folder in keys.PASSING for info in backend.list(folder)]:
        if now - info.modified > _PROBING * 1e9:
            backend.delete(info.key)
