"""What a journal entry can do: one small record per effect, already resolved.

Effects say what became true ("alias latest moved from 11 to 12"), never what to compute, so that every
client that folds the journal reaches the same state. docs/FORMAT.md, "Effects".
"""

from __future__ import annotations

from typing import Any

import msgspec


class Effect(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag_field="effect"):
    """Base of all effects; on disk an array whose first item is the tag."""


class ProjectMade(Effect, frozen=True, tag="project"):
    """A project came to be (root journal only)."""

    name: str
    project_id: str


class NameMade(Effect, frozen=True, tag="name"):
    """A name came to be; it is unique in its project whatever its type."""

    name: str
    type: str


class VersionMade(Effect, frozen=True, tag="version"):
    """A version was logged."""

    name: str
    number: int
    manifest: str
    """Key of the manifest object."""
    manifest_hash: bytes
    """BLAKE3 of the manifest's head (prefix and header)."""
    digest: bytes
    """Identity of the logical content."""
    files: int
    size: int
    """Bytes of all files together."""
    run: str | None
    """Id of the run that logged it."""
    metadata: dict[str, Any]


class Produced(Effect, frozen=True, tag="produced"):
    """A run logged content that a version already had."""

    name: str
    number: int
    run: str


class Used(Effect, frozen=True, tag="used"):
    """A run took a version as input; ``project_id`` is None for the journal's own project."""

    run: str
    project_id: str | None
    name: str
    number: int


class AliasMoved(Effect, frozen=True, tag="alias"):
    """An alias points at ``new`` (None: nowhere) and pointed at ``old`` before."""

    name: str
    alias: str
    new: int | None
    old: int | None


class NoteWritten(Effect, frozen=True, tag="note"):
    """A version's note was replaced; None removes it."""

    name: str
    number: int
    text: str | None


class Tagged(Effect, frozen=True, tag="tag"):
    """Tags were added to and removed from a version."""

    name: str
    number: int
    added: list[str]
    removed: list[str]


class RuleSet(Effect, frozen=True, tag="rule"):
    """The rule that keeps ``best``: the metric's path and ``max`` or ``min``; None clears it."""

    name: str
    metric: str | None
    mode: str | None


class RunStarted(Effect, frozen=True, tag="run"):
    """A run began. Its whole record is the object ``runs/<id>/start.mp``."""

    run: str
    name: str
    job_type: str | None
    group: str | None
    config: dict[str, Any]


class RunResumed(Effect, frozen=True, tag="resumed"):
    """A run that had ended, or had been cut off, goes on."""

    run: str


class RunConfig(Effect, frozen=True, tag="config"):
    """The run's config as it is now (replaces the one before)."""

    run: str
    values: dict[str, Any]


class RunSummary(Effect, frozen=True, tag="summary"):
    """The run's summary values as they are now (replaces the one before)."""

    run: str
    values: dict[str, Any]


class RunFinished(Effect, frozen=True, tag="finished"):
    """A run ended; ``state`` is ``finished`` or ``failed``."""

    run: str
    state: str


AnyEffect = (
    ProjectMade | NameMade | VersionMade | Produced | Used | AliasMoved | NoteWritten | Tagged | RuleSet
    | RunStarted | RunResumed | RunConfig | RunSummary | RunFinished
)  # fmt: skip

KNOWN_FEATURES = frozenset[str]()
"""Names that an entry's ``requires`` may hold for this client; format 1 needs none."""
