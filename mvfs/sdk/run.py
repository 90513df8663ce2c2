"""`Run`: one execution that logs values and artifacts; made by `mvfs.init`."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from mvfs import text as inert
from mvfs.catalog.reach import is_out_of_reach
from mvfs.catalog.run_objects import Line
from mvfs.errors import InvalidInput, InvalidSource, MvfsError, NoActiveRun
from mvfs.sdk import active, exits, metrics, saving
from mvfs.sdk.about import About
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.config import Config
from mvfs.sdk.later import Later
from mvfs.sdk.metrics import Metric, Metrics
from mvfs.sdk.names import Scope, alias_list, find_version
from mvfs.sdk.options import Identity
from mvfs.sdk.part import ForkedPart, Part
from mvfs.sdk.recorder import Changes, Recorder
from mvfs.sdk.secrets import Masker
from mvfs.sdk.summary import Summary

PUBLISH_SECONDS = 60.0
"""Shortest time between two summaries of a run that only logs values; grows to a tenth of its age."""

_log = logging.getLogger("mvfs")


class Run(About):
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
        super().__init__(identity)
        self._recorder = recorder
        self._config, self._summary, self._metrics = config, summary, metrics or Metrics()
        self._began = time.time()
        self._state = "running"
        self._owner = os.getpid()
        self._told: set[str] = set()
        self._alerted: dict[str, float] = {}
        self._absorbing, self._publishing = threading.Lock(), threading.Lock()
        self._part = Part(recorder, step, self._do_chores)
        self._child: ForkedPart | None = None
        self._later = Later()
        self._saved = saving.SavedFiles(identity.id)
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

    @property
    def state(self) -> str:
        """``running``, ``finished`` or ``failed``."""
        return self._state

    @property
    def url(self) -> None:
        """There is no web page of a run; `mvfs tui` shows it."""
        return

    @property
    def dir(self) -> str:
        """A directory of this run; files in it are saved when it ends."""
        return str(self._saved.folder())

    @property
    def disabled(self) -> bool:
        """Whether it records nothing."""
        return self._recorder.disabled

    @property
    def is_inherited(self) -> bool:
        """Whether it is the run of a parent process, from which this one was forked."""
        return self._owner != os.getpid()

    def log(self, data: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None:
        """Log values. Each call is a step, unless ``step`` or ``commit=False`` say otherwise.

        Values for an earlier step than the present one are ignored, with a warning. What is logged is
        stored in batches, and noted on this machine at once: what a killed process had logged, its next run
        here stores. In a forked child, steps go on from the parent's.

        Raises:
            TypeError: ``data`` is no dict.
            InvalidInput: a key is no string.
            NoActiveRun: the run is finished.
        """
        if not isinstance(data, Mapping):
            raise TypeError(f"`data` must be a dict of names and values, not {type(data).__name__}")
        for key in data:
            if type(key) is not str and not isinstance(key, str):
                raise InvalidInput("Key values passed to `mvfs.log` must be strings.")
        self._check_running("log")
        part = self._here()
        values = self._metrics.complete(data) if self._metrics else data
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
        overwrite: bool | None = None,
    ) -> Metric:
        """Say what a logged value means.

        Args:
            name: the value's name, or how the names of several begin: ``val/*``.
            step_metric: the value that is its x axis.
            step_sync: whether the last value of the x axis is logged along with it; True unless it is False.
            hidden: whether it is not worth showing.
            summary: what the summary keeps: ``min``, ``max``, ``mean``, ``first``, ``last``, separated by
                commas, or ``none``. The summary then has a map of these under the name.
            overwrite: whether this replaces an earlier definition, rather than adding to it.

        Raises:
            InvalidInput: a name or word is none of these.
        """
        known = None if overwrite else self._metrics.get(name)
        metric = metrics.define(
            name, step_metric, step_sync=step_sync, hidden=hidden, summary=summary, known=known
        )
        self._metrics.add(metric)
        return metric

    def log_artifact(
        self,
        artifact_or_path: Artifact | str | os.PathLike[str],
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - W&B's word
        aliases: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
        *,
        wait: bool = True,
    ) -> Artifact:
        """Log an artifact, a file or a directory as output; returns when the version is durable.

        Content that the name has already makes no new version: the aliases move to the one that has it.
        ``latest`` always does. With ``wait=False`` it is logged in the background, after all that was logged
        before it; `Artifact.wait` returns when it is durable, or raises what went wrong, as `finish` does.

        Raises:
            TypeError: it is neither an artifact nor a path.
            InvalidInput: there is nothing at that path, or a name breaks the rules.
            Conflict: the name has another type, or ``best`` is kept by a rule.
        """
        self._check_running("log_artifact")
        if isinstance(artifact_or_path, str | os.PathLike):
            artifact = self._from_path(os.fspath(artifact_or_path), name, type, copy=not wait)
        elif isinstance(artifact_or_path, Artifact):
            artifact = artifact_or_path
        else:
            raise TypeError("You must pass an instance of mvfs.Artifact or a valid file path to log_artifact")
        words = alias_list(aliases), alias_list(tags)
        if not wait and not self.is_inherited:
            pending = self._later.submit(lambda: self._log_now(artifact, *words))
            artifact.log_later(pending)
            return artifact
        if not self.is_inherited:
            self._later.wait()  # the order of the calls is that of the versions
        self._log_now(artifact, *words)
        return artifact

    def _log_now(self, artifact: Artifact, aliases: list[str], tags: list[str]) -> None:
        self._publish()  # a rule may read the summary
        self._recorder.log(artifact, aliases, tags)

    def use_artifact(
        self,
        artifact_or_name: Artifact | str,
        type: str | None = None,  # noqa: A002 - W&B's word
        aliases: Iterable[str] | None = None,
        use_as: str | None = None,  # noqa: ARG002 - without effect in W&B, too
    ) -> Artifact:
        """Declare a version as input and return it. A draft is logged first.

        Raises:
            NotFound: there is no version of that name.
            InvalidInput: it is of another type.
        """
        self._check_running("use_artifact")
        if isinstance(artifact_or_name, str):
            place = find_version(artifact_or_name, Scope(self.project, self.entity))
            assert place.version is not None
            artifact = Artifact.of(place.project, place.version, self.entity)
        elif isinstance(artifact_or_name, Artifact):
            artifact = artifact_or_name
        else:
            raise InvalidInput(
                'You must pass an artifact name (e.g. "pedestrian-dataset:v1"), an instance of'
                " `mvfs.Artifact`, or `mvfs.Api().artifact()` to `use_artifact`"
            )
        if type is not None and type != artifact.type:
            raise InvalidInput(
                f"Supplied type {type} does not match type {artifact.type} of artifact {artifact.name}"
            )
        if artifact.is_draft():
            self.log_artifact(artifact, aliases=aliases)
        self._recorder.use(artifact)
        return artifact

    def log_model(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        aliases: Iterable[str] | None = None,
    ) -> None:
        """Log a file or directory as an artifact of type ``model``."""
        self.log_artifact(os.fspath(path), name=name, type="model", aliases=aliases)

    def use_model(self, name: str) -> str:
        """Declare a model as input, download it, and return the file's path, or the directory's if it has
        several files.

        Raises:
            NotFound: there is no such version.
            InvalidInput: its type does not contain "model".
        """
        artifact = self.use_artifact(name)
        if "model" not in artifact.type.lower():
            raise InvalidInput(
                "You can only use this method for 'model' artifacts. For an artifact to be a 'model'"
                " artifact, its type property must contain the substring 'model'."
            )
        root = artifact.download()
        files = artifact.files()
        return os.path.join(root, files[0].path) if len(files) == 1 else root

    def save(
        self,
        glob_str: str | os.PathLike[str],
        base_path: str | os.PathLike[str] | None = None,
        policy: str = "live",
        glob: bool = True,
    ) -> list[str]:
        """Save files with the run, in the artifact ``run-<id>-files``; return their paths.

        Args:
            glob_str: a path, or a pattern with ``*``, ``?`` and ``**``.
            base_path: the directory from which their paths in the artifact are told; by default the present
                one, or that of an absolute ``glob_str``.
            policy: ``now`` saves them as they are, ``end`` when the run ends, ``live`` does both.
            glob: whether ``glob_str`` is a pattern.

        Raises:
            InvalidInput: the policy is none of these, or a file is outside of ``base_path``.
        """
        self._check_running("save")
        found = self._saved.add(os.fspath(glob_str), base_path, policy, glob=glob)
        artifact = self._saved.artifact() if found and policy != "end" else None
        if artifact is not None:
            self.log_artifact(artifact)
        return found

    def log_code(
        self,
        root: str | os.PathLike[str] | None = ".",
        name: str | None = None,
        include_fn: saving.Choose | None = None,
        exclude_fn: saving.Choose | None = None,
    ) -> Artifact | None:
        """Log the code below a directory as an artifact of type ``code``; None where there is none.

        Args:
            root: the directory.
            name: the artifact's name; ``source-<project>-<script>`` by default.
            include_fn: takes a path (and the root) and says whether the file is code; by default ``*.py``,
                requirements and Dockerfiles are.
            exclude_fn: the same for what is left out; by default hidden and installed directories are.

        Raises:
            InvalidSource: it is no directory.
        """
        script = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "interactive"
        draft = saving.code(
            root or ".", name or saving.code_name(self.project, script), include_fn, exclude_fn
        )
        return None if draft is None else self.log_artifact(draft)

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
        said = f"{word}: {title}" + (f": {text}" if text else "")
        self._here().tell(Line(time.time_ns() // 1000, 2, said))
        _log.warning("mvfs: %s", inert.line(said))

    def mark_preempting(self) -> None:
        """Say that the machine will be taken away: all is stored now, and a death is no crash."""
        self._check_running("mark_preempting")
        if not self.is_inherited:
            self._part.mark_preempting()
            self._part.flush()
            self._publish()

    def finish(self, exit_code: int | None = None) -> None:
        """End the run: ``finished``, or ``failed`` where an exit code other than 0 is given.

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
        error = self._later.finish()
        last = self._saved.last()
        if last is not None:
            self._log_now(last, [], [])
        self._saved.clear()
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

    def _from_path(self, path: str, name: str | None, type_: str | None, *, copy: bool) -> Artifact:
        source = Path(path)
        is_reference = not source.exists() and "://" in path
        if not is_reference and not source.is_file() and not source.is_dir():
            raise InvalidSource(
                "path must be a file, directory or externalreference like s3://bucket/path", path=path
            )
        basename = os.path.basename(os.path.abspath(path))
        artifact = Artifact(name or f"run-{self.id}-{basename}", type_ or "unspecified")
        if is_reference:
            artifact.add_reference(path)
        elif source.is_file():
            artifact.add_file(path, policy="mutable" if copy else "immutable")
        else:
            artifact.add_dir(path, policy="mutable" if copy else "immutable")
        return artifact

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

    def _check_running(self, what: str) -> None:
        if self._state != "running":
            raise NoActiveRun(
                f"Run ({self.id}) is finished. The call to `{what}` will be ignored."
                " Please make sure that you are using an active run.",
                run=self.id,
            )

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
