"""Where a run's records go: into the store, or, for a disabled run, nowhere."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from typing import Any, Protocol

from mvfs.catalog import pointers, runs
from mvfs.catalog.project import Project
from mvfs.catalog.reach import is_out_of_reach
from mvfs.errors import InvalidInput, Unavailable
from mvfs.sdk import active
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.terms import PLAIN, Terms

_log = logging.getLogger("mvfs")

_writing = threading.RLock()
"""Held while anything is written, and across a fork: a child must not begin in the middle of a write."""

os.register_at_fork(
    before=_writing.acquire, after_in_parent=_writing.release, after_in_child=_writing.release
)


class Recorder(Protocol):
    """What a run asks for."""

    @property
    def disabled(self) -> bool:
        """Whether nothing is recorded."""

    def write_history(self, segment: int, rows: list[dict[str, Any]]) -> None:
        """Store logged points."""

    def publish(self, config: dict[str, Any] | None, summary: dict[str, Any] | None) -> None:
        """Replace the run's config and summary, those that are given."""

    def finish(self, summary: dict[str, Any], state: str) -> None:
        """Record the end."""

    def log(
        self, artifact: Artifact, aliases: Sequence[str], tags: Sequence[str], terms: Terms = PLAIN
    ) -> None:
        """Record an artifact as output."""

    def use(self, artifact: Artifact) -> None:
        """Record a logged artifact as input."""


class StoreRecorder:
    """Records in a project of the configured store. May be used from several threads.

    In a forked child, artifacts are recorded as usual, through a store of its own; config, history,
    summary and end belong to the parent.
    """

    disabled = False

    def __init__(self, project: str, run_id: str, entity: str) -> None:
        self._name = project
        self._run_id = run_id
        self._entity = entity
        self._owner = os.getpid()
        self._opened: dict[int, Project] = {}
        self._owed: list[tuple[Project, str, int]] = []

    @property
    def project(self) -> Project:
        """The project, opened by this process."""
        pid = os.getpid()
        if pid not in self._opened:
            self._opened[pid] = active.catalog().make_project(self._name)
        return self._opened[pid]

    @property
    def _is_owner(self) -> bool:
        return os.getpid() == self._owner

    def start(self, run: runs.RunStart) -> None:
        """Record the beginning."""
        with _writing:
            runs.start(self.project, run)

    def resume(self) -> None:
        """Record that the run goes on."""
        with _writing:
            runs.resume(self.project, self._run_id)

    def write_history(self, segment: int, rows: list[dict[str, Any]]) -> None:
        if self._is_owner:
            with _writing:
                runs.write_history(self.project, self._run_id, segment, rows)

    def publish(self, config: dict[str, Any] | None, summary: dict[str, Any] | None) -> None:
        if self._is_owner:
            with _writing:
                self._settle()
                if config is not None:
                    runs.set_config(self.project, self._run_id, config)
                if summary is not None:
                    runs.set_summary(self.project, self._run_id, summary)

    def finish(self, summary: dict[str, Any], state: str) -> None:
        if self._is_owner:
            with _writing:
                self._settle()
                runs.finish(self.project, self._run_id, summary, state)

    def log(
        self, artifact: Artifact, aliases: Sequence[str], tags: Sequence[str], terms: Terms = PLAIN
    ) -> None:
        with _writing:
            self._settle()
            if artifact.is_draft():
                artifact.log_to(self.project, self._run_id, aliases, tags, self._entity, terms=terms)
            else:
                self._log_again(artifact, aliases, tags, terms)

    def _log_again(
        self, artifact: Artifact, aliases: Sequence[str], tags: Sequence[str], terms: Terms
    ) -> None:
        """Record a version that is in the store already as output of this run, too."""
        home, version = artifact.stored()
        if (home.backend.location, home.id) != (self.project.backend.location, self.project.id):
            raise InvalidInput("A run can't log an artifact to a different project.")
        if terms.if_better is not None:
            raise InvalidInput(f"'{artifact.name}' is logged already; if_better goes with a draft")
        runs.produce(self.project, self._run_id, version.name, version.number)
        aliases = [alias for alias in aliases if alias != "latest"]
        if aliases:
            pointers.set_aliases(
                self.project, version.name, version.number, aliases, insistence=terms.insistence
            )
        if tags:
            pointers.change_tags(self.project, version.name, version.number, tags)
        artifact.reload()

    def use(self, artifact: Artifact) -> None:
        home, version = artifact.stored()
        if home.backend.location != self.project.backend.location:
            raise InvalidInput(
                f"'{artifact.ref}' is in store {home.backend.location}, the run in"
                f" {self.project.backend.location}; copy the version over to use it there"
            )
        with _writing:
            self._owed.append((home, version.name, version.number))
            try:
                self._settle()
            except Unavailable as exc:
                if not is_out_of_reach(exc):
                    raise
                later = "it will be with what the run writes next"
                _log.warning("mvfs: the use of '%s' is not recorded yet, %s: %s", artifact.ref, later, exc)

    def _settle(self) -> None:
        """Record the uses that were not: their store was out of reach."""
        while self._owed:
            used = self._owed.pop(0)
            try:
                runs.use(self.project, self._run_id, *used)
            except Unavailable as exc:
                if is_out_of_reach(exc):
                    self._owed.insert(0, used)
                raise


class NullRecorder:
    """Records nothing; what is logged is closed to changes, as it would be otherwise."""

    disabled = True

    def write_history(self, segment: int, rows: list[dict[str, Any]]) -> None:
        pass

    def publish(self, config: dict[str, Any] | None, summary: dict[str, Any] | None) -> None:
        pass

    def finish(self, summary: dict[str, Any], state: str) -> None:
        pass

    def log(
        self,
        artifact: Artifact,
        aliases: Sequence[str],  # noqa: ARG002
        tags: Sequence[str],  # noqa: ARG002
        terms: Terms = PLAIN,  # noqa: ARG002
    ) -> None:
        artifact.finalize()

    def use(self, artifact: Artifact) -> None:
        pass
