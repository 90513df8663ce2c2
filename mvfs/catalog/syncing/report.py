"""What a sync has done, and what it has left alone."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sent:
    """A version that the target did not have."""

    project: str
    type: str
    name: str
    source: int
    """Its number in the source."""
    target: int
    """Its number in the target."""

    @property
    def label(self) -> str:
        """``v3``, or ``v3 -> v5`` where the number was not free."""
        return f"v{self.source}" if self.source == self.target else f"v{self.source} -> v{self.target}"

    @property
    def ref(self) -> str:
        """Its ref in the target."""
        return f"{self.project}/{self.type}/{self.name}:v{self.target}"


@dataclass(slots=True)
class Report:
    """Grows while a sync is at work."""

    sent: list[Sent] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    """``project/id`` of the runs that were sent or brought up to date."""
    changes: int = 0
    """Aliases, notes, tags, expiries and lines of lineage that versions of the target were given."""
    conflicts: list[str] = field(default_factory=list)
    """What differs and was left as the target has it."""
    kept_deleted: list[str] = field(default_factory=list)
    """Versions whose content was deleted in the target, and stays so."""
    damaged: list[str] = field(default_factory=list)
    """What could not be sent because its bytes are damaged in the source."""
    new_bytes: int = 0
    """Bytes of blobs that were sent."""

    @property
    def is_empty(self) -> bool:
        """Whether the target had everything."""
        return not (self.sent or self.runs or self.changes)
