"""What the index answers with."""

from __future__ import annotations

from typing import Any

import msgspec


class Project(msgspec.Struct, frozen=True):
    """A project's name and the id under which it is stored."""

    name: str
    id: str


class Rule(msgspec.Struct, frozen=True):
    """What keeps ``best``: a metric's path and whether more (``max``) or less (``min``) is better."""

    metric: str
    mode: str


class Name(msgspec.Struct, frozen=True):
    """A name and how many versions it has; none where all were deleted."""

    name: str
    type: str
    versions: int
    last: int
    """Number of the newest version ever."""
    rule: Rule | None
    about: str | None = None
    """What is said of all its versions together."""
    tags: tuple[str, ...] = ()


class Version(msgspec.Struct, frozen=True):
    """One version of a name."""

    name: str
    type: str
    number: int
    manifest: str
    manifest_hash: bytes
    digest: bytes
    files: int
    size: int
    """Bytes."""
    run: str | None
    metadata: dict[str, Any]
    note: str | None
    created: int
    """Microseconds since 1970."""
    actor: str
    aliases: tuple[str, ...]
    tags: tuple[str, ...]
    expires: int | None = None
    """When `prune` may delete it: microseconds since 1970."""

    @property
    def label(self) -> str:
        """``v7``."""
        return f"v{self.number}"


class Link(msgspec.Struct, frozen=True):
    """A version that stands for one of another name or project."""

    name: str
    number: int
    project_id: str | None
    """None for the same project."""
    source: str
    source_number: int
    time: int
    """When it was made: microseconds since 1970."""


class Line(msgspec.Struct, frozen=True):
    """What a list shows of a version; where there are thousands, all of it takes several times as long."""

    number: int
    size: int
    """Bytes."""
    created: int
    """Microseconds since 1970."""
    metadata: dict[str, Any]
    note: str | None
    aliases: tuple[str, ...]

    @property
    def label(self) -> str:
        """``v7``."""
        return f"v{self.number}"


class Deleted(msgspec.Struct, frozen=True):
    """A version in the trash."""

    version: Version
    seq: int
    """Number of the entry that deleted it."""
    time: int
    actor: str


class Sweep(msgspec.Struct, frozen=True):
    """A sweep: the list of objects it declared to be garbage, and whether they are deleted."""

    id: str
    seq: int
    list_hash: bytes
    objects: int
    size: int
    time: int
    actor: str
    done: int
    """1 once the objects are deleted."""


class AliasMove(msgspec.Struct, frozen=True):
    """One step in the history of an alias; None stands for nowhere."""

    alias: str
    new: int | None
    old: int | None
    time: int
    actor: str


class NoteChange(msgspec.Struct, frozen=True):
    """One step in the history of a note."""

    text: str | None
    time: int
    actor: str


class Run(msgspec.Struct, frozen=True):
    """One execution, as far as the journal tells."""

    id: str
    name: str
    job_type: str | None
    group: str | None
    config: dict[str, Any]
    summary: dict[str, Any]
    state: str
    """``running``, ``finished`` or ``failed``; `catalog.liveness` knows which of those running have died."""
    started: int
    ended: int | None
    actor: str
    tags: tuple[str, ...] = ()
    notes: str | None = None


class Input(msgspec.Struct, frozen=True):
    """A version that a run used."""

    project_id: str | None
    name: str
    number: int
