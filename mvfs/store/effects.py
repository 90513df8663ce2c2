"""What a journal entry can do: one small record per effect, already resolved.

Effects say what became true ("alias latest moved from 11 to 12"), never what to compute, so that every
client that folds the journal reaches the same state. docs/FORMAT.md, "Effects".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

MAX_DEPTH = 64
"""Levels of maps and lists in metadata, config and summary; the map itself is the first."""


def depth(value: object) -> int:
    """How many levels of maps and lists a value has."""
    levels, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list | tuple)]:
        levels += 1
        level = [item for one in level for item in _items(one)]
    return levels


def _items(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()


class Effect(
    msgspec.Struct,
    frozen=True,
    array_like=True,
    forbid_unknown_fields=True,
    tag_field="effect",
    gc=False,  # nothing in one can lead back to it; a long fold makes very many
):
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


class Deleted(Effect, frozen=True, tag="delete"):
    """A version went to the trash: nothing shows it, its number stays taken, its objects stay for now."""

    name: str
    number: int


class Undeleted(Effect, frozen=True, tag="undelete"):
    """A version came back from the trash."""

    name: str
    number: int


class Repointed(Effect, frozen=True, tag="repoint"):
    """The same content is stored elsewhere: a version has a new manifest."""

    name: str
    number: int
    manifest: str
    manifest_hash: bytes


class NameRenamed(Effect, frozen=True, tag="rename"):
    """A name has a new one; its versions, aliases and lineage go with it."""

    name: str
    new: str


class ProjectRenamed(Effect, frozen=True, tag="rename_project"):
    """A project has a new name (root journal only)."""

    name: str
    new: str


class ExpirySet(Effect, frozen=True, tag="expires"):
    """When ``prune`` may delete a version: microseconds since 1970; None: never by age."""

    name: str
    number: int
    time: int | None


class Swept(Effect, frozen=True, tag="sweep"):
    """The objects in list ``id`` are garbage from here on, and anybody may delete them."""

    id: str
    list_hash: bytes
    """BLAKE3 of the list object."""
    objects: int
    size: int
    """Bytes of the objects."""


class SweepDone(Effect, frozen=True, tag="sweep_done"):
    """The objects in list ``id`` are deleted."""

    id: str


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


class MetadataSet(Effect, frozen=True, tag="metadata"):
    """A version's metadata is now ``values`` (replaces the one before)."""

    name: str
    number: int
    values: dict[str, Any]


class Linked(Effect, frozen=True, tag="linked"):
    """A version is a link: it was not logged here, but stands for one of another name or project."""

    name: str
    number: int
    project_id: str | None
    """None for the journal's own project."""
    source: str
    source_number: int


class NameDescribed(Effect, frozen=True, tag="about"):
    """What is said of a name, all versions of it together: a text (None: nothing) and its tags."""

    name: str
    text: str | None
    tags: list[str]


class NameRetyped(Effect, frozen=True, tag="retype"):
    """A name has another type; its versions go with it."""

    name: str
    type: str


class RuleSet(Effect, frozen=True, tag="rule"):
    """The rule that keeps ``best``: the metric's path and ``max`` or ``min``; None clears it."""

    name: str
    metric: str | None
    mode: str | None


class RunStarted(Effect, frozen=True, tag="run"):
    """A run began. Its whole record is the object ``runs/<id>/start.mpz``."""

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


class RunLabelled(Effect, frozen=True, tag="labels"):
    """What people call and say of a run, as it is now: editable while it goes on."""

    run: str
    name: str
    job_type: str | None
    group: str | None
    tags: list[str]
    notes: str | None


class RunFinished(Effect, frozen=True, tag="finished"):
    """A run ended; ``state`` is ``finished`` or ``failed``."""

    run: str
    state: str


AnyEffect = (
    ProjectMade | NameMade | VersionMade | Produced | Used | AliasMoved | NoteWritten | Tagged | RuleSet
    | RunStarted | RunResumed | RunConfig | RunSummary | RunFinished | Deleted | Undeleted | Repointed
    | NameRenamed | ProjectRenamed | ExpirySet | Swept | SweepDone | MetadataSet | Linked | NameDescribed
    | NameRetyped | RunLabelled
)  # fmt: skip

KNOWN_FEATURES = frozenset[str]()
"""Names that an entry's ``requires`` may hold for this client; format 1 needs none."""
