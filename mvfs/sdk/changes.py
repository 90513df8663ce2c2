"""What may be edited on a logged artifact, and how the edits are stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mvfs.catalog import deletion, pointers
from mvfs.catalog.expiry import NEVER, set_expiry
from mvfs.catalog.metadata import normal_metadata
from mvfs.catalog.project import Project
from mvfs.catalog.protection import NOT_INSISTING, Insistence
from mvfs.errors import InvalidInput
from mvfs.index.rows import Version
from mvfs.refs import Selector
from mvfs.sdk.artifact_state import ArtifactTTL
from mvfs.sdk.names import checked_aliases, checked_tags
from mvfs.sdk.stored import Stored

_MICROSECOND = timedelta(microseconds=1)
_LONGEST = timedelta(days=365_000)


def parse_metadata(metadata: Any) -> dict[str, Any]:
    """Return metadata as JSON would give it back.

    Raises:
        TypeError: it is neither a mapping nor JSON text of one.
        InvalidInput: JSON cannot hold it, or it has too many keys.
    """
    if metadata is None:
        return {}
    if isinstance(metadata, str):
        try:
            metadata = json.loads(metadata)
        except ValueError as exc:
            raise InvalidInput(f"metadata is no JSON: {exc}") from exc
    if not isinstance(metadata, dict):
        raise TypeError(f"Cannot parse {type(metadata)} as artifact metadata")
    return normal_metadata(metadata)


@dataclass(frozen=True, slots=True)
class Edits:
    """What an artifact says of itself now."""

    description: str | None
    metadata: dict[str, Any]
    aliases: Sequence[str]
    tags: Sequence[str]
    ttl: timedelta | ArtifactTTL | None


def save(
    stored: Stored,
    edits: Edits,
    source: tuple[Project, Version] | None = None,
    insistence: Insistence = NOT_INSISTING,
) -> Version:
    """Store what differs from the version as it was read; return it as it is now.

    Edits are differences: an alias, tag or key that somebody else added meanwhile stays. All but aliases are
    stored with ``source`` as well, what a link stands for.

    Raises:
        InvalidName: an alias or tag breaks the rules.
        InvalidInput: the metadata is no JSON, has too many keys, or is too long for one entry.
        Conflict: an alias is kept by the system or a rule, is protected, or was moved meanwhile.
    """
    project, before = stored.project, stored.version
    aliases = checked_aliases([alias for alias in edits.aliases if alias != before.label])
    tags = checked_tags(list(edits.tags), before.tags)
    metadata = normal_metadata(edits.metadata)
    project.refresh()
    _save_aliases(stored, aliases, insistence)
    for home, version in ((project, before), *([source] if source else [])):
        _annotate(home, version, before, tags, edits.description, metadata)
    if edits.ttl != ttl_of(before):
        set_expiry(project, before.name, before.number, _expires(before, edits.ttl))
    return project.version(before.name, Selector(number=before.number))


def _annotate(  # noqa: PLR0917 - what was, and what is
    project: Project,
    version: Version,
    before: Version,
    tags: Sequence[str],
    description: str | None,
    metadata: dict[str, Any],
) -> None:
    name, number = version.name, version.number
    added = [tag for tag in tags if tag not in before.tags]
    removed = [tag for tag in before.tags if tag not in tags]
    if added or removed:
        pointers.change_tags(project, name, number, added, removed)
    if description != before.note:
        pointers.set_note(project, name, number, description)
    lost = [key for key in before.metadata if key not in metadata]
    new = {
        key: value
        for key, value in metadata.items()
        if key not in before.metadata or before.metadata[key] != value
    }
    if new or lost:
        pointers.change_metadata(project, name, number, new, lost)


def differs(stored: Stored, edits: Edits) -> str | None:
    """Return what was edited that a link's source has, too: ``description``, ``metadata`` or ``tags``."""
    before = stored.version
    pairs = {
        "description": edits.description != before.note,
        "metadata": normal_metadata(edits.metadata) != before.metadata,
        "tags": set(edits.tags) != set(before.tags),
    }
    return next((what for what, changed in pairs.items() if changed), None)


def _save_aliases(stored: Stored, aliases: Sequence[str], insistence: Insistence) -> None:
    project, before = stored.project, stored.version
    if added := [alias for alias in aliases if alias not in before.aliases]:
        pointers.set_aliases(project, before.name, before.number, added, insistence=insistence)
    kept = {"latest"} | ({"best"} if project.find_name(before.name).rule else set())
    now = {alias for alias, number in project.aliases(before.name).items() if number == before.number}
    removed = [a for a in before.aliases if a not in aliases and a not in kept and a in now]
    if removed:
        pointers.remove_aliases(project, before.name, removed, expect=before.number, insistence=insistence)


def _expires(version: Version, ttl: timedelta | ArtifactTTL | None) -> int | None:
    if isinstance(ttl, ArtifactTTL):
        return None
    return NEVER if ttl is None else version.created + ttl // _MICROSECOND


def ttl_of(version: Version) -> timedelta | ArtifactTTL | None:
    """How long after it was logged a version expires; None where it never does, ``INHERIT`` where it has no
    time of its own.
    """
    if version.expires is None:
        return ArtifactTTL.INHERIT
    if version.expires == NEVER:
        return None
    try:
        exact = timedelta(microseconds=version.expires - version.created)
    except OverflowError:
        return timedelta.max
    whole = timedelta(seconds=round(exact.total_seconds()))  # both are the time of a clock that went on
    return whole if whole > timedelta(0) else exact


def check_ttl(
    ttl: timedelta | ArtifactTTL | None, type_: str, *, is_link: bool
) -> timedelta | ArtifactTTL | None:
    """Return a time to live, or refuse it.

    Raises:
        TypeError: it is no timedelta.
        InvalidInput: it is not positive, or longer than 1,000 years; or it is for a link.
    """
    if type_ == "wandb-history":
        raise InvalidInput("Cannot set artifact TTL for type wandb-history")
    if is_link:
        raise InvalidInput(
            "Cannot set TTL for link artifact. Unlink the artifact first then set the TTL for the source"
            " artifact"
        )
    if ttl is None or isinstance(ttl, ArtifactTTL):
        return ttl
    if not isinstance(ttl, timedelta):
        raise TypeError(f"Artifact.ttl takes a timedelta, None or ArtifactTTL, not {type(ttl).__name__}")
    if ttl <= timedelta(0):
        raise InvalidInput(f"Artifact TTL Duration has to be positive. ttl: {ttl.total_seconds()}")
    if ttl > _LONGEST:
        raise InvalidInput(f"{ttl.days:,} days is too long for a time to live; None keeps it for ever")
    return ttl


def delete(stored: Stored, *, delete_aliases: bool, insistence: Insistence = NOT_INSISTING) -> None:
    """Move a version to the trash.

    Raises:
        Conflict: an alias points at it, and ``delete_aliases`` is not set, or it is protected.
    """
    version = stored.version
    target = deletion.Target(version.name, (version.number,))
    deletion.delete(stored.project, [target], aliases=delete_aliases, insistence=insistence)
