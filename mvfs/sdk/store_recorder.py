"""Records runs in a store."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from typing import Any

import msgspec

from mvfs.catalog import delivery, liveness, pointers, run_objects, runs, spool
from mvfs.catalog.points import Row
from mvfs.catalog.project import Project
from mvfs.catalog.reach import is_out_of_reach
from mvfs.catalog.run_objects import Line
from mvfs.catalog.spool import Spool
from mvfs.errors import InvalidInput, Unavailable
from mvfs.sdk import active
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.recorder import Changes

_log = logging.getLogger("mvfs")

_writing = threading.RLock()
"""Held while anything is committed, and across a fork: a child must not begin in the middle of a write."""

_putting = threading.RLock()
"""The same for single objects, which need not wait for an artifact that is being written. Taken second."""


def _before_fork() -> None:
    _writing.acquire()
    _putting.acquire()


def _after_fork() -> None:
    _putting.release()
    _writing.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


class StoreRecorder:
    """Records in a project of the configured store, as one writer of a run. May be used from several threads.

    In a forked child, artifacts are recorded as usual, through a store of its own; for all else, a child
    takes a recorder of its own.
    """

    disabled = False

    def __init__(self, project: str, run_id: str, entity: str, *, shared: bool = False) -> None:
        self._name = project
        self._run_id = run_id
        self._entity = entity
        self.shared = shared
        self._opened: dict[int, Project] = {}
        self._owed: list[tuple[Project, str, int]] = []
        self._overflow: dict[str, Any] = {}
        self.writer = run_objects.new_writer()
        self.spool: Spool | None = None

    @property
    def project(self) -> Project:
        """The project, opened by this process."""
        pid = os.getpid()
        if pid not in self._opened:
            self._opened[pid] = active.catalog().make_project(self._name)
        return self._opened[pid]

    def in_child(self) -> StoreRecorder:
        child = StoreRecorder(self._name, self._run_id, self._entity, shared=self.shared)
        child.spool = spool.begin(child.project, self._run_id, child.writer)
        return child

    def start(self, run: runs.RunStart) -> bool:
        """Record the beginning; return False where other processes share the run and began it."""
        with _writing:
            self.spool = spool.begin(self.project, self._run_id, self.writer)
            self.sign()
            try:
                return runs.start(self.project, run, join=self.shared)
            except BaseException:
                self.forget()
                raise

    def resume(self, facts: dict[str, Any]) -> None:
        """Record that the run goes on, here."""
        with _writing:
            if self.spool is None:
                self.spool = spool.begin(self.project, self._run_id, self.writer)
            self.sign()
            self.write_record(run_objects.FACTS, facts)
            runs.resume(self.project, self._run_id)

    def forget(self) -> None:
        """It did not begin."""
        liveness.end(self.project, self._run_id, self.writer)
        if self.spool is not None:
            self.spool.finish()

    def deliver(self) -> None:
        """Send what dead processes of this machine left, of any run of the project."""
        with _writing:
            sent = delivery.deliver(self.project)
        if sent:
            _log.warning(
                "mvfs: what runs had logged before they were cut off is stored now: %s", ", ".join(sent)
            )

    def write_history(self, number: int, rows: list[Row]) -> None:
        with _putting:
            run_objects.write_points(self.project, self._run_id, self.writer, number, rows)

    def write_lines(self, number: int, lines: list[Line]) -> None:
        with _putting:
            run_objects.write_lines(self.project, self._run_id, self.writer, number, lines)

    def write_record(self, kind: str, record: dict[str, Any]) -> None:
        with _putting:
            run_objects.write_record(self.project, self._run_id, kind, self.writer, record)

    def sign(self, *, preempting: bool = False) -> None:
        with _putting:
            liveness.sign(self.project, self._run_id, self.writer, preempting=preempting)

    def publish(self, changes: Changes, *, patient: bool = True) -> bool:
        if not _writing.acquire(blocking=patient):
            return False
        try:
            self._settle()
            self._publish(changes)
            if changes.summary or changes.removed:
                runs.set_summary(self.project, self._run_id, changes.summary, changes.removed)
        finally:
            _writing.release()
        return True

    def _publish(self, changes: Changes) -> None:
        """Record all but the summary; and of that, what the journal has no room for."""
        record = {
            "config": runs.overflow(changes.config) if changes.config else self._overflow.get("config", {}),
            "summary": runs.overflow(changes.summary)
            if changes.summary
            else self._overflow.get("summary", {}),
            **changes.metrics,
        }
        if any(record.values()) and record != self._overflow:
            self.write_record(run_objects.VALUES, record)
            self._overflow = record
        if changes.labels is not None:
            runs.label(self.project, self._run_id, changes.labels)
        if changes.config is not None:
            runs.set_config(self.project, self._run_id, changes.config)

    def finish(self, changes: Changes, state: str | None, about: dict[str, Any]) -> None:
        with _writing:
            self._settle()
            if state is not None:  # of forked children that ended without a word
                delivery.deliver(self.project, self._run_id)
            self._publish(changes)
            liveness.end(self.project, self._run_id, self.writer)
            if state is not None and self.shared:
                state = self._last_state(state)
            how = delivery.Ending(changes.summary, list(changes.removed), state, about)
            delivery.end(self.project, self._run_id, self.writer, how)
            if self.spool is not None:
                self.spool.finish()

    def _last_state(self, state: str) -> str | None:
        """How a shared run ended, if this process is its last one."""
        if liveness.is_alive(self.project, self._run_id):
            return None
        ends = run_objects.read_records(self.project, self._run_id, run_objects.END).values()
        return "failed" if any(end.get("state") == "failed" for end in ends) else state

    def keep(self, changes: Changes, state: str | None, about: dict[str, Any]) -> None:
        if self.spool is not None:
            how = delivery.Ending(changes.summary, list(changes.removed), state, about)
            self.spool.append(delivery.END, msgspec.msgpack.encode(how))
            self.spool.release()

    def log(self, artifact: Artifact, aliases: Sequence[str], tags: Sequence[str]) -> None:
        with _writing:
            self._settle()
            if artifact.is_draft():
                artifact.log_to(self.project, self._run_id, aliases, tags, self._entity)
            else:
                self._log_again(artifact, aliases, tags)

    def _log_again(self, artifact: Artifact, aliases: Sequence[str], tags: Sequence[str]) -> None:
        """Record a version that is in the store already as output of this run, too."""
        home, version = artifact.stored()
        if (home.backend.location, home.id) != (self.project.backend.location, self.project.id):
            raise InvalidInput("A run can't log an artifact to a different project.")
        runs.produce(self.project, self._run_id, version.name, version.number)
        aliases = [alias for alias in aliases if alias != "latest"]
        if aliases:
            pointers.set_aliases(self.project, version.name, version.number, aliases)
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
