"""What a run asks of whoever records it; and what a disabled run has instead of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from mvfs.catalog.points import Row
from mvfs.catalog.run_objects import Line
from mvfs.catalog.runs import Labels
from mvfs.catalog.spool import Spool
from mvfs.sdk.artifact import Artifact


class Changes(msgspec.Struct, frozen=True):
    """What is to be recorded of a run; None or empty where nothing changed."""

    config: dict[str, Any] | None = None
    summary: dict[str, Any] = {}
    """Values that this process set."""
    removed: tuple[str, ...] = ()
    """Keys that it took out of the summary."""
    labels: Labels | None = None
    metrics: dict[str, Any] = {}


class Recorder(Protocol):
    """What a run asks for."""

    @property
    def disabled(self) -> bool:
        """Whether nothing is recorded."""

    @property
    def spool(self) -> Spool | None:
        """Where this process notes what is not recorded yet."""

    def in_child(self) -> Recorder:
        """Return a recorder for a process that was forked from this one."""

    def write_history(self, number: int, rows: list[Row]) -> None:
        """Store a segment of logged points."""

    def write_lines(self, number: int, lines: list[Line]) -> None:
        """Store a segment of printed lines."""

    def write_record(self, kind: str, record: dict[str, Any]) -> None:
        """Store one of this process's records."""

    def sign(self, *, preempting: bool = False) -> None:
        """Leave a sign of life."""

    def publish(self, changes: Changes, *, patient: bool = True) -> bool:
        """Record what changed; return False where that would have to wait, and ``patient`` is not set."""

    def finish(self, changes: Changes, state: str | None, about: dict[str, Any]) -> None:
        """Record the end; ``state`` is None where only this process ends."""

    def keep(self, changes: Changes, state: str | None, about: dict[str, Any]) -> None:
        """Leave the end to the next run on this machine: the store is out of reach."""

    def log(self, artifact: Artifact, aliases: Sequence[str], tags: Sequence[str]) -> None:
        """Record an artifact as output."""

    def use(self, artifact: Artifact) -> None:
        """Record a logged artifact as input."""


class NullRecorder:
    """Records nothing; what is logged is closed to changes, as it would be otherwise."""

    disabled = True
    spool = None

    def in_child(self) -> NullRecorder:
        return self

    def write_history(self, number: int, rows: list[Row]) -> None:
        pass

    def write_lines(self, number: int, lines: list[Line]) -> None:
        pass

    def write_record(self, kind: str, record: dict[str, Any]) -> None:
        pass

    def sign(self, *, preempting: bool = False) -> None:
        pass

    def publish(self, changes: Changes, *, patient: bool = True) -> bool:  # noqa: ARG002
        return True

    def finish(self, changes: Changes, state: str | None, about: dict[str, Any]) -> None:
        pass

    def keep(self, changes: Changes, state: str | None, about: dict[str, Any]) -> None:
        pass

    def log(self, artifact: Artifact, aliases: Sequence[str], tags: Sequence[str]) -> None:  # noqa: ARG002
        artifact.finalize()

    def use(self, artifact: Artifact) -> None:
        pass
