"""Protections taken away, one at a time: each mutant is a defect that the explorer must find."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

from msgspec.structs import replace

from mvfs.catalog import references, repacking, sweeping
from mvfs.catalog.project import Project
from mvfs.catalog.sweeping import Garbage
from mvfs.catalog.undeletion import _Restoring
from mvfs.errors import MvfsError
from mvfs.index import queries
from mvfs.index.fresh import fresh
from mvfs.index.index import Index
from mvfs.store import keys, sweeplist
from mvfs.store.backend.base import ObjectInfo
from mvfs.store.ingest import Ingest
from mvfs.store.journal import Journal, Operation
from mvfs.store.manifest.records import Blob


@contextlib.contextmanager
def no_read_back() -> Iterator[None]:
    """An unclear create is taken for a failure, and the commit goes on to the next number."""

    def place(self: Journal, seq: int, raw: bytes, operation: Operation) -> bytes | None:
        try:
            won = self.backend.create(keys.entry(self.folder, seq), raw)
        except MvfsError:
            won = False
        return None if won else b"somebody else's"

    with mock.patch.object(Journal, "_place", place):
        yield


@contextlib.contextmanager
def operation_not_looked_for() -> Iterator[None]:
    """An operation that is tried again does not look whether its first try was written."""
    with mock.patch.object(Journal, "find", return_value=None):
        yield


@contextlib.contextmanager
def objects_always_discarded() -> Iterator[None]:
    """Whoever is interrupted removes what it uploaded, also if its entry was sent already."""
    never = property(lambda _: False, lambda _, __: None)
    with mock.patch.object(Operation, "undecided", never):
        yield


@contextlib.contextmanager
def age_based_sweep() -> Iterator[None]:
    """A sweep deletes what nobody needs and what is old enough, without a word in the journal."""

    def sweep(project: Project, grace: float) -> Garbage:
        look = sweeping._Survey(project, grace)
        victims = [info for info in look.unneeded(fresh(project.journal)).values() if look.is_old(info)]
        for info in victims:
            project.backend.delete(info.key)
        return Garbage(len(victims), 0, 0)

    with mock.patch.object(sweeping, "sweep", sweep):
        yield


@contextlib.contextmanager
def source_not_checked() -> Iterator[None]:
    """A commit does not check that the version whose blobs it reuses is still there."""
    with mock.patch.object(queries, "is_manifest_live", return_value=True):
        yield


@contextlib.contextmanager
def age_based_sweep_and_source_not_checked() -> Iterator[None]:
    """Both of them: "the blob exists, skip the upload" with a garbage collection by age."""
    with age_based_sweep(), source_not_checked():
        yield


@contextlib.contextmanager
def uploads_not_checked() -> Iterator[None]:
    """A commit does not check whether a sweep listed what it uploaded."""
    with mock.patch.object(references, "swept_since", return_value=set()):
        yield


@contextlib.contextmanager
def old_references() -> Iterator[None]:
    """A sweep that lost a race commits what it found before (what then refuses to delete is a second net)."""
    real = sweeping._Survey.unneeded

    def unneeded(self: sweeping._Survey, index: Index) -> dict[str, ObjectInfo]:
        if not hasattr(self, "found"):
            self.found = real(self, index)  # type: ignore[attr-defined]
        return dict(self.found)

    with mock.patch.object(sweeping._Survey, "unneeded", unneeded):
        yield


@contextlib.contextmanager
def bare_hash_keys() -> Iterator[None]:
    """A blob's key is the hash of its content and nothing else."""
    blob = keys.blob
    with mock.patch.object(keys, "blob", lambda *args: blob(*args)[:-8] + "0" * 8):
        yield


@contextlib.contextmanager
def reuse_of_orphans() -> Iterator[None]:
    """Any blob with the right hash is reused, unless a sweep lists it that is new or not done yet."""
    put, checked = Ingest._put, references.swept_since

    def reuse(self: Ingest, data: bytes, blob: Blob) -> Blob:
        there = next(iter(self._backend.list(blob.key[:-8])), None)
        if there is None:
            return put(self, data, blob)
        self._written.append(there.key)
        return replace(blob, key=there.key)

    def swept(project: Project, index: Index, since: int) -> set[str]:
        found = checked(project, index, since)
        for one in queries.sweeps(index):
            if not one.done:
                found.update(sweeplist.read(project.backend, project.id, one.id, one.list_hash))
        return found

    with mock.patch.object(Ingest, "_put", reuse), mock.patch.object(references, "swept_since", swept):
        yield


@contextlib.contextmanager
def undelete_not_checked() -> Iterator[None]:
    """A version comes back without a look at what sweeps took."""
    with mock.patch.object(_Restoring, "_without_lost", lambda _, wanted: wanted):
        yield


@contextlib.contextmanager
def repack_not_checked() -> Iterator[None]:
    """Versions are pointed to new objects without a look at what sweeps took."""
    with mock.patch.object(repacking, "swept_since", return_value=set()):
        yield
