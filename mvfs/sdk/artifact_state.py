"""What an artifact holds, and the refusal of what it cannot do yet, or any more."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from mvfs.catalog.project import Project
from mvfs.errors import ArtifactFinalizedError, ArtifactNotLoggedError
from mvfs.index.rows import Link
from mvfs.sdk.draft import DraftFiles
from mvfs.sdk.stored import Stored

if TYPE_CHECKING:
    from mvfs.sdk.later import Pending


class ArtifactTTL(Enum):
    """What a version's time to live can be beside a time, or None."""

    INHERIT = 0
    """No time of its own."""


class ArtifactState:
    """The fields of an artifact; its abilities are in the classes that build on this one."""

    _name: str
    _type: str
    _description: str | None
    _metadata: dict[str, Any]
    _aliases: list[str]
    _tags: list[str]
    _ttl: timedelta | ArtifactTTL | None
    _entity: str
    _incremental: bool
    _files: DraftFiles
    _finalized: bool
    _stored: Stored | None
    _link: Link | None
    """What it stands for, where the version is a link."""
    _home: Project | None
    """Where a draft of a logged version must be logged."""
    _distributed_id: str | None
    _pending: Pending | None
    """What becomes of it, where it is logged in the background."""
    _reused: bool
    _deleted: bool

    def _need(self, what: str) -> Stored:
        if self._stored is None:
            raise ArtifactNotLoggedError(
                f"'Artifact.{what}' used prior to logging artifact or while in offline mode."
                " Call Artifact.wait() before accessing logged artifact properties.",
                attribute=what,
            )
        return self._stored

    def _draft(self, what: str) -> DraftFiles:
        if self._finalized:
            raise ArtifactFinalizedError(
                f"'Artifact.{what}' used on logged artifact. Can't modify finalized artifact.",
                attribute=what,
            )
        return self._files
