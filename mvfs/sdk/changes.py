"""What may be edited on a logged artifact, and how the edits are stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mvfs.catalog import pointers
from mvfs.catalog.metadata import normal_metadata
from mvfs.errors import ArtifactFinalizedError, InvalidInput
from mvfs.index.rows import Version
from mvfs.refs import Selector
from mvfs.sdk.stored import Stored


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
) -> Version:
    """Store what differs from the version as it was read; return it as it is now.

    Edits are differences: an alias that somebody else added meanwhile stays.

    Raises:
        ArtifactFinalizedError: the metadata was edited.
        Conflict: an alias is kept by the system or a rule, or was moved meanwhile.
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
    _save_aliases(stored, [alias for alias in aliases if alias != before.label])
    added = [tag for tag in tags if tag not in before.tags]
    removed = [tag for tag in before.tags if tag not in tags]
    if added or removed:
        pointers.change_tags(project, name, before.number, added, removed)
    if description != before.note:
        pointers.set_note(project, name, before.number, description)
    return project.version(name, this)


def _save_aliases(stored: Stored, aliases: Sequence[str]) -> None:
    project, before = stored.project, stored.version
    if added := [alias for alias in aliases if alias not in before.aliases]:
        pointers.set_aliases(project, before.name, before.number, added)
    kept = {"latest"} | ({"best"} if project.find_name(before.name).rule else set())
    now = {alias for alias, number in project.aliases(before.name).items() if number == before.number}
    removed = [a for a in before.aliases if a not in aliases and a not in kept and a in now]
    if removed:
        pointers.remove_aliases(project, before.name, removed, expect=before.number)
