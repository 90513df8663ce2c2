"""`Run`: one execution that logs values and artifacts; made by `mvfs.init`."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any

from mvfs import text as inert
from mvfs.catalog.reach import is_out_of_reach
from mvfs.catalog.run_objects import Line
from mvfs.errors import InvalidInput, MvfsError
from mvfs.sdk import active, exits, logged_media, metrics
from mvfs.sdk.config import Config
from mvfs.sdk.gradients import Watched
from mvfs.sdk.metrics import Metric, Metrics
from mvfs.sdk.options import Identity, Settings
from mvfs.sdk.part import ForkedPart, Part
from mvfs.sdk.recorder import Changes, Recorder
from mvfs.sdk.run_models import RunModels
from mvfs.sdk.run_parts import RunParts
from mvfs.sdk.secrets import Masker
from mvfs.sdk.summary import Summary
from mvfs.sdk.values import plain
from mvfs.wellformed import check_text

PUBLISH_SECONDS = 60.0
"""Shortest time between two summaries of a run that only logs values; grows to a tenth of its age."""

_log = logging.getLogger("mvfs")


class Run(Watched, RunParts, RunModels):
    """An execution. Use it as a context, or call `finish`; the end of the process does it otherwise.

    May be used from several threads, and in forked children, whose points are recorded as well.
    """

    def __init__(
        self,
        recorder: Recorder,
        identity: Identity,
        config: Config,
        summary: Summary,
        *,
        step: int = 0,
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__(recorder, identity)
        self._config, self._summary, self._metrics = config, summary, metrics or Metrics()
        self._began, self._first_step = time.time(), step
        summary.log_media_by(partial(logged_media.recordable, self))
        self._told: set[str] = set()
        self._alerted: dict[str, float] = {}
        self._absorbing, self._publishing = threading.Lock(), threading.Lock()
        self._part = Part(recorder, step, self._do_chores)
        self._child: ForkedPart | None = None
        self._published = self._versions()
        self._publish_at = time.monotonic() + PUBLISH_SECONDS

    def look_around(self, masker: Masker, *, console: bool) -> None:
        """Record packages and uncommitted changes, and what the process prints."""
        self._part.look_around(masker, console=console)

    @property
    def config(self) -> Config:
        """The settings of the run."""
        return self._config

    @property
    def summary(self) -> Summary:
        """The last value of each logged key, or what `define_metric` asks for, and what was set by hand."""
        return self._summary

    @property
    def step(self) -> int:
        """The step that the next values get."""
        return self._here().history.step

    @property
    def start_time(self) -> float:
        """When this process began it: seconds since 1970."""
        return self._began

    def get_url(self) -> None:
        """The same as `url`."""
        return

    @property
    def starting_step(self) -> int:
        """The step that the first values got: 0, unless the run goes on with an earlier one."""
        return self._first_step

    @property
    def offline(self) -> bool:
        """False: W&B's offline runs cannot use what is stored, and these can."""
        return False

    @property
    def sweep_id(self) -> None:
        """There are no sweeps."""
        return

    @property
    def settings(self) -> Settings:
        """Who the run is, by W&B's names of it."""
        return Settings(
            entity=self.entity, project=self.project, run_id=self.id, run_name=self.name, mode="online",
            run_group=self.group, run_job_type=self.job_type, run_tags=self.tags, run_notes=self.notes,
        )  # fmt: skip

    @property
    def state(self) -> str:
        """``running``, ``finished`` or ``failed``."""
        return self._state

    @property
    def url(self) -> None:
        """There is no web page of a run; `mvfs tui` shows it."""
        return

    def log(self, data: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None:
        """Log values. Each call is a step, unless ``step`` or ``commit=False`` say otherwise.

        Values for an earlier step than the present one are ignored, with a warning. What is logged is
        stored in batches, and noted on this machine at once: what a killed process had logged, its next run
        here stores. In a forked child, steps go on from the parent's.

        Raises:
            TypeError: ``data`` is no dict.
            InvalidInput: a key is no string, or no text.
            NoActiveRun: the run is finished.
        """
        if not isinstance(data, Mapping):
            raise TypeError(f"`data` must be a dict of names and values, not {type(data).__name__}")
        for key in data:
            if type(key) is not str or not key.isascii():
                _check_key(key)
        self._check_running("log")
        part = self._here()
        values = logged_media.recordable(self, data)
        values = self._metrics.complete(values) if self._metrics else values
        kept = part.history.log(values, None if step is None else int(step), commit)
        if kept is None:
            self._tell_once(
                f"Tried to log to step {step} that is less than the current step {self.step}. Steps must be"
                " monotonically increasing, so this data will be ignored."
            )
            return
        if part.history.dropped is not None:
            self._tell_once(
                f"the point of step {part.history.dropped} is too long and was dropped; put such values into"
                " a file of an artifact"
            )
        if self._metrics:
            with self._absorbing:
                self._metrics.absorb(kept, self._summary)
        else:
            self._summary.absorb(kept)
        if part is self._child:
            self._child.absorb(kept)
        if part.history.is_waiting:
            try:
                part.wake()
            except MvfsError as exc:
                self._tell_once(f"cannot write what the run logs, will try again: {exc}")

    def define_metric(  # noqa: PLR0917 - W&B's signature
        self,
        name: str,
        step_metric: str | Metric | None = None,
        step_sync: bool | None = None,
        hidden: bool | None = None,
        summary: str | None = None,
        goal: str | None = None,
        overwrite: bool | None = None,
    ) -> Metric:
        """Say what a logged value means.

        Args:
            name: the value's name, or how the names of several begin: ``val/*``.
            step_metric: the value that is its x axis.
            step_sync: whether the last value of the x axis is logged along with it; True unless it is False.
            hidden: whether it is not worth showing.
            summary: what the summary keeps: ``min``, ``max``, ``mean``, ``first``, ``last``, ``best``,
                separated by commas, or ``none``. The summary then has a map of these under the name.
            goal: which value is ``best``: with ``minimize`` the least, else the greatest.
            overwrite: whether this replaces an earlier definition, rather than adding to it.

        Raises:
            InvalidInput: a name or word is none of these.
        """
        known = None if overwrite else self._metrics.get(name)
        metric = metrics.define(
            name, step_metric, step_sync=step_sync, hidden=hidden, summary=summary, goal=goal, known=known
        )
        self._metrics.add(metric)
        return metric

    def alert(
        self,
        title: str,
        text: str = "",
        level: object = None,
        wait_duration: float | timedelta | None = None,
    ) -> None:
        """Warn whoever watches, and keep the warning with the run's output.

        ``level`` is a word such as ``WARN``; an alert of the same title is not repeated within
        ``wait_duration`` (seconds, or a ``timedelta``; one minute by default).
        """
        self._check_running("alert")
        seconds = wait_duration.total_seconds() if isinstance(wait_duration, timedelta) else wait_duration
        now = time.monotonic()
        if now < self._alerted.get(title, now):
            return
        self._alerted[title] = now + (60.0 if seconds is None else seconds)
        word = getattr(level, "value", level) or "INFO"
        said = plain(f"{word}: {title}" + (f": {text}" if text else ""))
        self._here().tell(Line(time.time_ns() // 1000, 2, said))
        _log.warning("mvfs: %s", inert.line(said))

    def mark_preempting(self) -> None:
        """Say that the machine will be taken away: all is stored now, and a death is no crash."""
        self._check_running("mark_preempting")
        if not self.is_inherited:
            self._part.mark_preempting()
            self._part.flush()
            self._publish()

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:  # noqa: ARG002
        """End the run: ``finished``, or ``failed`` where an exit code other than 0 is given. ``quiet`` is
        ignored: nothing is said anyway.

        While the store is out of reach, the end is kept on this machine for the project's next run here.

        Raises:
            MvfsError: what went wrong with an artifact in the background, if nobody was told; or the end
                could not be stored.
        """
        if active.run() is self:
            active.set_run(None)
        exits.forget(self)
        if self._state != "running":
            return
        if self.is_inherited:
            self._state = "finished"  # in this process
            if self._child is not None and self._child.owner == os.getpid():
                self._child.end()
            return
        error = self._finish_outputs()
        self._state = "failed" if exit_code else "finished"
        self._end(exit_code or 0)
        if error is not None:
            raise error

    def _end(self, exit_code: int) -> None:
        about = {
            "state": self._state,
            "exit_code": exit_code,
            "exception": exits.exception() if exit_code else None,
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._part.stop()
        changes = self._changes(whole=True)
        try:
            self._part.finish()
            self._recorder.finish(changes, self._state, about)
        except MvfsError as exc:
            self._recorder.keep(changes, self._state, about)
            if not is_out_of_reach(exc):
                raise
            _log.warning(
                "mvfs: %s; the end of run %s is kept on this machine, and stored by the next run here",
                inert.line(exc.message),
                self.id,
            )

    def _here(self) -> Part:
        """The part of this process."""
        if self._owner == os.getpid():
            return self._part
        child = self._child
        if child is None or child.owner != os.getpid():
            child = self._child = ForkedPart(self._part)
            self._absorbing = threading.Lock()
        return child

    def _versions(self) -> tuple[object, ...]:
        return self._config.changes, self._summary.changes, self._labels, self._metrics.changes

    def _changes(self, *, whole: bool = False) -> Changes:
        """What is not recorded yet; with ``whole``, the summary as it is."""
        config, summary, labels, defined = self._published
        with self._absorbing:
            return Changes(
                self._config.recordable() if self._config.changes != config else None,
                self._summary.recordable() if whole or self._summary.changes != summary else {},
                tuple(self._summary.removed),
                self._labels if self._labels != labels else None,
                self._metrics.recordable() if whole or self._metrics.changes != defined else {},
            )

    def _publish(self, *, patient: bool = True) -> None:
        if self.is_inherited or not self._publishing.acquire(blocking=patient):
            return
        try:
            now = self._versions()
            if now != self._published and self._recorder.publish(self._changes(), patient=patient):
                self._published = now
        finally:
            self._publishing.release()

    def _do_chores(self) -> None:
        """What the pulse does: it must go on while an artifact is written, so it waits for nothing."""
        if time.monotonic() >= self._publish_at or self._labels != self._published[2]:
            self._publish(patient=False)
            self._publish_at = time.monotonic() + max(PUBLISH_SECONDS, (time.time() - self._began) / 10)

    def _tell_once(self, text: str) -> None:
        kind = text[:20]
        if kind not in self._told:
            self._told.add(kind)
            _log.warning("mvfs: %s", text)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        clean = exc is None or (isinstance(exc, SystemExit) and not exc.code)
        exits.note_exception(None if clean else kind)
        code = exc.code if isinstance(exc, SystemExit) and isinstance(exc.code, int) else 1
        self.finish(0 if clean else code)

    def __repr__(self) -> str:
        return f"<Run {self.path} ({self.state})>"


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        raise InvalidInput("Key values passed to `mvfs.log` must be strings.")
    check_text(key, "a logged key")
