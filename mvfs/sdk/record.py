"""A run as the store remembers it: what `Api.run` and `Artifact.logged_by` return."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NoReturn

from mvfs.catalog import liveness, pointers, run_objects, runs
from mvfs.catalog.project import Project
from mvfs.catalog.run_objects import Line
from mvfs.errors import InvalidInput
from mvfs.index import queries
from mvfs.index.rows import Input, Run, Version
from mvfs.sdk import active
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.metrics import Metric, Metrics
from mvfs.sdk.names import alias_list, checked_aliases, checked_tags
from mvfs.sdk.pages import Pages
from mvfs.sdk.record_edits import RecordedEdits
from mvfs.sdk.record_files import RecordedFile, saved_file, saved_files

_POLL_SECONDS = 1.0


class RecordedRun(RecordedEdits):
    """One execution, read from the store."""

    def __init__(self, project: Project, row: Run, entity: str) -> None:
        super().__init__(project, row)
        self.entity = entity

    @property
    def id(self) -> str:
        """The id, unique in the project."""
        return self._row.id

    @property
    def project(self) -> str:
        """The project's name."""
        return self._project.name

    @property
    def path(self) -> list[str]:
        """Entity, project and id."""
        return [self.entity, self.project, self.id]

    @property
    def state(self) -> str:
        """``running``, ``finished``, ``failed``, or ``crashed``: it does not say that it lives any more.

        After `Run.mark_preempting`: ``preempting``, and ``preempted``.
        """
        return liveness.with_state(self._project, self._row).state

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What was captured at its start: command line, host, code; packages, GPUs, uncommitted changes."""
        found = dict(run_objects.read_start(self._project, self.id).get("facts", {}))
        for more in run_objects.read_records(self._project, self.id, run_objects.SURROUNDINGS).values():
            return {**found, **more}
        return found

    @property
    def ending(self) -> dict[str, Any]:
        """How it ended: ``exit_code``, and the type of the ``exception`` if there was one; empty before."""
        ends = run_objects.read_records(self._project, self.id, run_objects.END).values()
        return next((end for end in reversed(ends) if not end.get("forked")), {})

    @property
    def metrics(self) -> list[Metric]:
        """What `Run.define_metric` said of its values."""
        return Metrics(self._whole.values).all()

    def console(self) -> Iterator[Line]:
        """Yield the lines that it printed."""
        return run_objects.read_lines(self._project, self.id)

    @property
    def url(self) -> None:
        """There is no web page of a run; `mvfs run show` and `mvfs tui` show it."""
        return

    @property
    def username(self) -> str:
        """Who began it: ``user@host``."""
        return self._row.actor

    @property
    def last_history_step(self) -> int:
        """The step of the last logged point, -1 where there is none."""
        last = run_objects.last_step(self._project, self.id)
        return -1 if last is None else last

    def load(self, force: bool = True) -> None:  # noqa: ARG002 - nothing is kept back
        """Read it again. What was set and not stored is lost."""
        self._project.refresh()
        self._row = self._project.run(self.id)
        self._begin()

    def wait_until_finished(self) -> None:
        """Return when the run has ended, or says no more that it lives."""
        while self.state in ("running", "preempting"):
            time.sleep(_POLL_SECONDS)
            self.load()

    def files(self, names: Iterable[str] | None = None, per_page: int = 50) -> Pages[RecordedFile]:
        """Return the files that it saved by `Run.save` and in `Run.dir`; with ``names``, only these."""
        found = saved_files(self._project, self.id, self.entity)
        wanted = None if names is None else set(alias_list(names))
        return Pages.of([one for one in found if wanted is None or one.name in wanted], per_page)

    def file(self, name: str) -> RecordedFile:
        """Return one file that it saved.

        Raises:
            NoSuchFile: it saved none of that name.
        """
        return saved_file(self._project, self.id, self.entity, name)

    def delete(self, delete_artifacts: bool = False) -> NoReturn:
        """Refuse: the journal keeps runs, since versions tell from which run they are."""
        raise NotImplementedError(
            "mvfs keeps runs, since versions tell which run made them; delete what it logged:"
            " [a.delete(delete_aliases=True) for a in run.logged_artifacts()], or tag the run, and filter by"
            " the tag"
        )

    @property
    def lastHistoryStep(self) -> int:  # noqa: N802 - W&B's word
        """The same as `last_history_step`."""
        return self.last_history_step

    def logged_artifacts(self, per_page: int = 100) -> Pages[Artifact]:
        """Return the versions that it logged."""
        self._project.refresh()
        versions = queries.versions_of_run(self._project.index, self.id)
        return Pages.of([Artifact.of(self._project, version, self.entity) for version in versions], per_page)

    def used_artifacts(self, per_page: int = 100) -> Pages[Artifact]:
        """Return the versions that it used, but for those that were deleted since."""
        self._project.refresh()
        used = queries.inputs(self._project.index, self.id)
        return Pages.of([found for item in used if (found := self._input(item)) is not None], per_page)

    def use_artifact(self, artifact: Artifact, use_as: str | None = None) -> Artifact:  # noqa: ARG002
        """Record a logged version as input of this run, afterwards.

        Raises:
            InvalidInput: it is a draft, or in another store.
            TypeError: it is no artifact.
        """
        home, version = _existing(artifact, "use_artifact")
        if home.backend.location != self._project.backend.location:
            raise InvalidInput(f"'{artifact.ref}' is in another store; copy the version over to use it there")
        runs.use(self._project, self.id, home, version.name, version.number)
        return artifact

    def log_artifact(
        self,
        artifact: Artifact,
        aliases: Iterable[str] | None = None,
        tags: Iterable[str] | None = None,
    ) -> Artifact:
        """Record a logged version as output of this run, afterwards; move aliases to it, and add tags.

        Raises:
            InvalidInput: it is a draft, or of another project.
            TypeError: it is no artifact.
        """
        home, version = _existing(artifact, "log_artifact")
        if (home.backend.location, home.id) != (self._project.backend.location, self._project.id):
            raise InvalidInput("A run can't log an artifact to a different project.")
        wanted = checked_aliases(alias_list(aliases)), checked_tags(alias_list(tags))
        runs.produce(self._project, self.id, version.name, version.number)
        moved = [alias for alias in wanted[0] if alias != "latest"]
        if moved:
            pointers.set_aliases(self._project, version.name, version.number, moved)
        if wanted[1]:
            pointers.change_tags(self._project, version.name, version.number, wanted[1])
        artifact.reload()
        return artifact

    def _input(self, used: Input) -> Artifact | None:
        project: Project | None = self._project
        if used.project_id is not None:
            catalog = active.catalog()
            names = {row.id: row.name for row in catalog.project_rows()}
            project = catalog.project(names[used.project_id]) if used.project_id in names else None
        if project is None:
            return None
        version = queries.version(project.index, used.name, used.number)
        return None if version is None else Artifact.of(project, version, self.entity)

    def scan_history(
        self,
        keys: Iterable[str] | None = None,
        page_size: int = 1000,  # noqa: ARG002 - read as it is stored
        min_step: int = 0,
        max_step: int | None = None,
        use_cache: bool = True,  # noqa: ARG002 - read from the store
    ) -> Iterator[dict[str, Any]]:
        """Yield all logged points; with ``keys``, only these values, of the points that have them all."""
        wanted = None if keys is None else list(keys)
        for row in run_objects.read_history(self._project, self.id):
            step = row.get("_step", 0)
            if step < min_step or (max_step is not None and step >= max_step):
                continue
            if wanted is None:
                yield row
            elif all(key in row for key in wanted):
                yield {key: row[key] for key in wanted}

    def history(
        self,
        samples: int = 500,
        keys: Iterable[str] | None = None,
        x_axis: str = "_step",
        pandas: bool = True,
        stream: str = "default",
    ) -> Any:
        """Return up to ``samples`` logged points, evenly spread: a DataFrame where pandas is installed and
        wanted, else a list of dicts. In the ``system`` stream there are none: mvfs does not sample machines.
        """
        if stream not in ("default", "system"):
            raise InvalidInput(f"stream='{stream}' is unknown; there are default and system")
        wanted = None if keys is None else [*dict.fromkeys([x_axis, *keys])]
        rows = list(self.scan_history(wanted)) if stream == "default" else []
        if len(rows) > samples > 0:
            rows = [rows[(index + 1) * len(rows) // samples - 1] for index in range(samples)]
        if pandas and find_spec("pandas"):
            return import_module("pandas").DataFrame.from_records(rows)
        return rows

    def __repr__(self) -> str:
        return f"<Run {'/'.join(self.path)} ({self.state})>"


def _existing(artifact: object, what: str) -> tuple[Project, Version]:
    if not isinstance(artifact, Artifact):
        raise TypeError(f"You must pass a mvfs.Api().artifact() to {what}")
    if artifact.is_draft():
        raise InvalidInput(
            "Only existing artifacts are accepted by this api. Manually create one with `mvfs log`"
        )
    return artifact.stored()
