"""What may be edited on a logged artifact, and how the edits are stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from mvfs.catalog import deletion, pointers
from mvfs.catalog.expiry import set_expiry
from mvfs.catalog.metadata import normal_metadata
from mvfs.catalog.protection import NOT_INSISTING, Insistence
from mvfs.errors import ArtifactFinalizedError, InvalidInput
from mvfs.index.rows import Version
from mvfs.refs import Selector
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


def save(
    stored: Stored,
    description: str | None,
    metadata: dict[str, Any],
    aliases: Sequence[str],
    tags: Sequence[str],
    *,
    ttl: timedelta | None,
    insistence: Insistence = NOT_INSISTING,
) -> Version:
    """Store what differs from the version as it was read; return it as it is now.

    Edits are differences: an alias that somebody else added meanwhile stays.

    Raises:
        ArtifactFinalizedError: the metadata was edited.
        Conflict: an alias is kept by the system or a rule, is protected, or was moved meanwhile.
    """
    project, before = stored.project, stored.version
    if normal_metadata(metadata) != before.metadata:
        raise ArtifactFinalizedError(
            "'Artifact.metadata' used on logged artifact. Can't modify finalized artifact."
            " Say it in its description or tags, or log other content with other metadata.",
            attribute="metadata",
        )
    name, this = before.name, Selector(number=before.number)
    project.refresh()
    _save_aliases(stored, [alias for alias in aliases if alias != before.label], insistence)
    added = [tag for tag in tags if tag not in before.tags]
    removed = [tag for tag in before.tags if tag not in tags]
    if added or removed:
        pointers.change_tags(project, name, before.number, added, removed)
    if description != before.note:
        pointers.set_note(project, name, before.number, description)
    if ttl != ttl_of(before):
        expires = None if ttl is None else before.created + ttl // _MICROSECOND
        set_expiry(project, name, before.number, expires)
    return project.version(name, this)


def _save_aliases(stored: Stored, aliases: Sequence[str], insistence: Insistence) -> None:
    project, before = stored.project, stored.version
    if added := [alias for alias in aliases if alias not in before.aliases]:
        pointers.set_aliases(project, before.name, before.number, added, insistence=insistence)
    kept = {"latest"} | ({"best"} if project.find_name(before.name).rule else set())
    now = {alias for alias, number in project.aliases(before.name).items() if number == before.number}
    removed = [a for a in before.aliases if a not in aliases and a not in kept and a in now]
    if removed:
        pointers.remove_aliases(project, before.name, removed, expect=before.number, insistence=insistence)


def ttl_of(version: Version) -> timedelta | None:
    """How long after it was logged a version expires; None: never."""
    if version.expires is None:
        return None
    try:
        return timedelta(microseconds=version.expires - version.created)
    except OverflowError:
        return timedelta.max


def check_ttl(ttl: timedelta | None) -> timedelta | None:
    """Return a time to live, or refuse it.

    Raises:
        TypeError: it is no timedelta.
        InvalidInput: it is not positive, or longer than 1,000 years.
    """
    if ttl is not None and not isinstance(ttl, timedelta):
        raise TypeError(f"Artifact.ttl takes a timedelta or None, not {type(ttl).__name__}")
    if ttl is not None and ttl <= timedelta(0):
        raise InvalidInput(f"Artifact TTL Duration has to be positive. ttl: {ttl.total_seconds()}")
    if ttl is not None and ttl > _LONGEST:
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
