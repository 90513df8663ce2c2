"""What a check finds: one record per trouble, with the versions and files that it hurts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from enum import IntEnum, StrEnum

import msgspec

from mvfs.index.rows import Version
from mvfs.store.pipeline import Progress


class Severity(IntEnum):
    """How bad a finding is, worst first."""

    DAMAGE = 0
    UNREADABLE = 1
    """Nobody can tell now: no permission, a failing disk, a newer format."""
    NOTE = 2
    """Worth knowing; no version is hurt."""


class Kind(StrEnum):
    """What can be found, in the order in which it is told. Append-only for programs that read it."""

    ENTRY_MISSING = "entry_missing"
    ENTRY_DAMAGED = "entry_damaged"
    ENTRIES_LOST = "entries_lost"
    HISTORY_CHANGED = "history_changed"
    PROJECT_UNNAMED = "project_unnamed"
    MANIFEST_MISSING = "manifest_missing"
    MANIFEST_DAMAGED = "manifest_damaged"
    BLOB_MISSING = "blob_missing"
    BLOB_SIZE = "blob_size"
    BLOB_CHANGED = "blob_changed"
    LEAVES_DAMAGED = "leaves_damaged"
    TENSORS_DAMAGED = "tensors_damaged"
    RUN_DAMAGED = "run_damaged"
    SWEEP_LIST_DAMAGED = "sweep_list_damaged"
    SWEEP_NAMES_LIVE = "sweep_names_live"
    UNREADABLE = "unreadable"
    INDEX_WRONG = "index_wrong"
    COPY_WRONG = "copy_wrong"
    SWEEP_UNFINISHED = "sweep_unfinished"
    ORPHANS = "orphans"
    LEFTOVERS = "leftovers"
    FOREIGN = "foreign"


_NOTES = frozenset(
    {Kind.INDEX_WRONG, Kind.COPY_WRONG, Kind.SWEEP_UNFINISHED, Kind.ORPHANS, Kind.LEFTOVERS, Kind.FOREIGN}
)
_RANK = {kind: rank for rank, kind in enumerate(Kind)}


class Hurt(msgspec.Struct, frozen=True):
    """A version that a finding hurts."""

    ref: str
    """``project/type/name:vN``."""
    files: tuple[str, ...] = ()
    """The files that cannot be read; empty where that is all of them, or none of their bytes."""
    in_trash: bool = False


class Finding(msgspec.Struct, frozen=True):
    """One trouble."""

    kind: Kind
    level: int
    """1 journals, 2 manifests, 3 objects, 4 bytes."""
    object: str
    """Key of the object, or of the folder where a finding sums up several objects."""
    message: str
    """What is wrong, and what to do."""
    versions: tuple[Hurt, ...] = ()
    objects: tuple[str, ...] = ()
    """The keys that a finding about a folder sums up."""
    leaves: tuple[int, ...] = ()
    """Which leaves of a blob were changed."""

    @property
    def severity(self) -> Severity:
        """Damage that hurts nothing but the trash, or bytes that no version uses, is only worth a note."""
        is_blob = self.kind in (Kind.BLOB_MISSING, Kind.BLOB_SIZE, Kind.BLOB_CHANGED)
        if self.kind in _NOTES or ((self.versions or is_blob) and all(one.in_trash for one in self.versions)):
            return Severity.NOTE
        return Severity.UNREADABLE if self.kind is Kind.UNREADABLE else Severity.DAMAGE


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order in which they are told."""
    return sorted(findings, key=lambda one: (one.severity, _RANK[one.kind], one.object))


def hurt(project: str, version: Version, files: Iterable[str] = (), *, in_trash: bool = False) -> Hurt:
    """Return the record of a hurt version."""
    return Hurt(f"{project}/{version.type}/{version.name}:{version.label}", tuple(files), in_trash)


Watch = Callable[[str, int], AbstractContextManager[Progress]]
"""Begins a stretch of work of so many units, and is told how many more are done."""


def unwatched(what: str, total: int) -> AbstractContextManager[Progress]:  # noqa: ARG001 - see `Watch`
    """Nobody looks."""
    return nullcontext(lambda _: None)
