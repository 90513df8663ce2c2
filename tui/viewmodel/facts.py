"""All that is known of one version, as read from the store: texts in it are still as they were stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mvfs.index.rows import Run, Version
from mvfs.store.manifest.records import DirEntry, FileEntry


@dataclass(frozen=True, slots=True)
class Listing:
    """The first entries of a directory in a version."""

    entries: Sequence[FileEntry | DirEntry]
    unseen: int
    """Files of the directory, at any depth, that no entry covers."""


@dataclass(frozen=True, slots=True)
class Source:
    """A version that a run took as input."""

    project: str | None
    """The name of its project; None where it cannot be told."""
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Facts:
    """One version, the runs around it, and the directories of it that were read."""

    project: str
    version: Version
    producers: Sequence[Run] = ()
    """The runs that logged it, the first one first."""
    sources: Sequence[Source] = ()
    """What the first producer used."""
    siblings: Sequence[Version] = ()
    """What else the first producer logged."""
    users: Sequence[Run] = ()
    listings: Mapping[str, Listing] = field(default_factory=dict)
    trouble: str | None = None
    """Why the files cannot be shown."""

    @property
    def ref(self) -> str:
        """``project/type/name:v3``."""
        return f"{self.project}/{self.version.type}/{self.version.name}:{self.version.label}"
