"""`Run`: one execution that logs values and artifacts; made by `mvfs.init`."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from mvfs.errors import InvalidInput, InvalidSource, MvfsError, NoActiveRun
from mvfs.sdk import active, exits
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.config import Config
from mvfs.sdk.gradients import Watched
from mvfs.sdk.history import History
from mvfs.sdk.names import Scope, alias_list, find_version
from mvfs.sdk.options import Identity
from mvfs.sdk.pulse import Pulse
from mvfs.sdk.recorder import Recorder
from mvfs.sdk.summary import Summary

PUBLISH_SECONDS = 60.0
"""Shortest time between two summaries of a run that only logs values; grows to a tenth of its age."""

_log = logging.getLogger("mvfs")


class Run(Watched):
    """An execution. Use it as a context, or call `finish`; the end of the process does it otherwise.

    May be used from several threads. In a forked child it still takes artifacts, but no values.
    """

    def __init__(
        self,
        recorder: Recorder,
        identity: Identity,
        config: Config,
        summary: Summary,
        *,
        segment: int = 0,
        step: int = 0,
    ) -> None:
        self._recorder = recorder
        self._identity = identity
        self._config = config
        self._summary = summary
        self._history = History(recorder.write_history, segment, step)
        self._published = config.changes, summary.changes
        self._publish_at = time.monotonic() + PUBLISH_SECONDS
        self._began = time.time()
        self._state = "running"
        self._owner = os.getpid()
        self._told: set[str] = set()
        self._pulse = None if recorder.disabled else Pulse(self._do_chores)

    @property
    def id(self) -> str:
        """The id, unique in the project."""
        return self._identity.id

    @property
    def name(self) -> str:
        """The name for people; the id where none was given."""
        return self._identity.name

    @property
    def project(self) -> str:
        """The project's name."""
        return self._identity.project

    @property
    def entity(self) -> str:
        """What was given as W&B's entity, else the user; the store does not keep it."""
        return self._identity.entity

    @property
    def path(self) -> str:
        """``entity/project/id``."""
        return f"{self.entity}/{self.project}/{self.id}"

    @property
    def job_type(self) -> str | None:
        """What kind of work it is: ``train``, ``eval``, …"""
        return self._identity.job_type

    @property
    def group(self) -> str | None:
        """The group that it belongs to."""
        return self._identity.group

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags given to `mvfs.init`."""
        return self._identity.tags

    @property
    def notes(self) -> str | None:
        """The notes given to `mvfs.init`."""
        return self._identity.notes

    @property
    def resumed(self) -> bool:
        """Whether it goes on with a run that began earlier."""
        return self._identity.resumed

    @property
    def config(self) -> Config:
        """The settings of the run."""
        return self._config

    @property
    def summary(self) -> Summary:
        """The last value of each logged key, and what was set by hand."""
        return self._summary

    @property
    def step(self) -> int:
        """The step that the next values get."""
        return self._history.step

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
        written in batches: a crash loses the last seconds.

        Raises:
            TypeError: ``data`` is no dict.
            InvalidInput: a key is no string.
            NoActiveRun: the run is finished.
        """
        if not isinstance(data, Mapping):
            raise TypeError(f"`data` must be a dict of names and values, not {type(data).__name__}")
        if not all(isinstance(key, str) for key in data):
            raise InvalidInput("Key values passed to `mvfs.log` must be strings.")
        self._check_running("log")
        if self.is_inherited:
            self._tell_once("values logged in a forked child are ignored; log them in the parent process")
            return
        kept = self._history.log(dict(data), None if step is None else int(step), commit)
        if kept is None:
            self._tell_once(
                f"Tried to log to step {step} that is less than the current step {self.step}. Steps must be"
                " monotonically increasing, so this data will be ignored."
            )
            return
        self._summary.absorb(kept)
        if self._history.is_full:
            try:
                self._history.flush()
            except MvfsError as exc:
                self._tell_once(f"cannot write what the run logs, will try again: {exc}")

    def log_artifact(
        self,
        artifact_or_path: Artifact | str | os.PathLike[str],
        name: str | None = None,
        type: str | None = None,  # noqa: A002 - W&B's word
        aliases: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
    ) -> Artifact:
        """Log an artifact, a file or a directory as output; returns when the version is durable.

        Content that the name has already makes no new version: the aliases move to the one that has it.
        ``latest`` always does.

        Raises:
            TypeError: it is neither an artifact nor a path.
            InvalidInput: there is nothing at that path, or a name breaks the rules.
            Conflict: the name has another type, or ``best`` is kept by a rule.
        """
        self._check_running("log_artifact")
        if isinstance(artifact_or_path, str | os.PathLike):
            artifact = self._from_path(os.fspath(artifact_or_path), name, type)
        elif isinstance(artifact_or_path, Artifact):
            artifact = artifact_or_path
        else:
            raise TypeError("You must pass an instance of mvfs.Artifact or a valid file path to log_artifact")
        self._publish()  # a rule may read the summary
        self._recorder.log(artifact, alias_list(aliases), alias_list(tags))
        return artifact

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

    def finish(self, exit_code: int | None = None) -> None:
        """End the run: ``finished``, or ``failed`` where an exit code other than 0 is given."""
        if active.run() is self:
            active.set_run(None)
        exits.forget(self)
        if self._state != "running" or self.is_inherited:
            return
        self._state = "failed" if exit_code else "finished"
        if self._pulse is not None:
            self._pulse.stop()
        try:
            self._history.finish()
        finally:
            if self._config.changes != self._published[0]:
                self._recorder.publish(self._config.recordable(), None)
            self._recorder.finish(self._summary.recordable(), self._state)

    def _from_path(self, path: str, name: str | None, type_: str | None) -> Artifact:
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
            artifact.add_file(path, policy="immutable")  # it is read before this call returns
        else:
            artifact.add_dir(path, policy="immutable")
        return artifact

    def _publish(self) -> None:
        changes = self._config.changes, self._summary.changes
        if changes == self._published or self.is_inherited:
            return
        config = self._config.recordable() if changes[0] != self._published[0] else None
        summary = self._summary.recordable() if changes[1] != self._published[1] else None
        self._recorder.publish(config, summary)
        self._published = changes

    def _do_chores(self) -> None:
        """What the pulse does."""
        self._history.flush()
        if time.monotonic() >= self._publish_at:
            self._publish()
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
        self.finish(0 if clean else 1)

    def __repr__(self) -> str:
        return f"<Run {self.path} ({self.state})>"
