"""All that is known of one version, as read from the store: texts in it are still as they were stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mvfs.index.policies import AliasChange, Retention
from mvfs.index.rows import Name, Run, Version
from mvfs.store.manifest.records import DirEntry, FileEntry
from tui.viewmodel.curve import Curve

_NO_RETENTION = Retention()


@dataclass(frozen=True, slots=True)
class Listing:
    """The first entries of a directory in a version."""

    entries: Sequence[FileEntry | DirEntry]
    unseen: int
    """Files of the directory, at any depth, that no entry covers."""


@dataclass(frozen=True, slots=True)
class Source:
    """A version that is named from somewhere: an input of a run, or one end of a link."""

    project: str | None
    """The name of its project; None where it cannot be told."""
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Series:
    """A number of each of some versions of a name, oldest first; NaN where one lacks it."""

    values: Sequence[float]
    here: int | None
    """Which of them is this version."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a version ranks by the rule of its name."""

    value: float | None
    """None: it lacks the metric."""
    rank: int
    of: int
    """Versions that have the metric."""
    best: int
    """Number of the version that the rule picks."""
    best_value: float


@dataclass(frozen=True, slots=True)
class Story:
    """What takes longer to read: how the run went and was started, and the name's other versions."""

    captured: Mapping[str, Any] = field(default_factory=dict)
    """Command line, host, code, packages and uncommitted changes of the first producer."""
    curves: Mapping[str, Curve] = field(default_factory=dict)
    """Of the first producer: how its values went, by key."""
    series: Mapping[str, Series] = field(default_factory=dict)
    """By dotted path: numbers of metadata over the versions of the name."""
    standing: Standing | None = None


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
    name: Name | None = None
    """What is said and set of all its versions."""
    made: Mapping[str, Sequence[Version]] = field(default_factory=dict)
    """What the newest users made of it, by run."""
    moves: Sequence[AliasChange] = ()
    """The history of aliases as far as it is about this version, and of their protection; newest first."""
    protected: frozenset[str] = frozenset()
    """Aliases of the name that are protected."""
    retention: Retention = _NO_RETENTION
    link: Source | None = None
    """What it is a link to."""
    links: Sequence[Source] = ()
    """The versions that are links to it."""
    path: str = ""
    """Where it is in a mount of the store; absolute where there is one."""
    story: Story | None = None
    """None until it was read."""

    @property
    def ref(self) -> str:
        """``project/type/name:v3``."""
        return f"{self.project}/{self.version.type}/{self.version.name}:{self.version.label}"
