"""What may be changed of a recorded run: its labels, config and summary, in place, and stored by `update`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from mvfs import units
from mvfs.catalog import runs
from mvfs.catalog.project import Project
from mvfs.catalog.runs import Labels
from mvfs.errors import InvalidInput
from mvfs.index.rows import Run
from mvfs.sdk.values import plain
from mvfs.wellformed import check_text


class Values(dict[str, Any]):
    """Config or summary: a dict. Where there is a ``store``, ``update`` stores it, as in W&B."""

    def __init__(self, values: dict[str, Any], store: Callable[[], None] | None = None) -> None:
        super().__init__(values)
        self._store = store

    @property
    def _json_dict(self) -> dict[str, Any]:
        """What W&B's example of an export takes."""
        return dict(self)

    def update(self, *values: Any, **more: Any) -> None:
        """Set values; of a summary, and store what was changed."""
        super().update(*values, **more)
        if self._store is not None:
            self._store()


class RecordedEdits:
    """A recorded run, as far as it can be changed. What is set counts when `update` has stored it."""

    def __init__(self, project: Project, row: Run) -> None:
        self._project = project
        self._row = row
        self._begin()

    def _begin(self) -> None:
        """Take the row as it is; what was set and not stored is lost."""
        for known in ("config", "summary", "metadata", "_whole"):
            self.__dict__.pop(known, None)
        row = self._row
        self.name = row.name
        """The name for people."""
        self.job_type = row.job_type
        """What kind of work it was: ``train``, ``eval``, …"""
        self.group = row.group
        """The group that it belongs to."""
        self.notes = row.notes
        """What there is to say about it."""
        self.tags = list(row.tags)
        """Words to find it by."""

    @property
    def display_name(self) -> str:
        """The name for people."""
        return self.name

    @display_name.setter
    def display_name(self, name: str) -> None:
        self.name = name

    @cached_property
    def config(self) -> Values:
        """Its config."""
        return Values(self._whole.config)

    @cached_property
    def summary(self) -> Values:
        """Its summary, as far as it was published; ``summary.update()`` stores what was changed in it."""
        return Values(self._whole.summary, self._store_summary)

    @property
    def rawconfig(self) -> dict[str, Any]:
        """The config, as W&B also calls it."""
        return dict(self.config)

    @property
    def summary_metrics(self) -> dict[str, Any]:
        """The summary, as W&B also calls it."""
        return dict(self.summary)

    @property
    def created_at(self) -> str:
        """When it started: ISO 8601, UTC."""
        return units.zulu(self._row.started)

    @cached_property
    def _whole(self) -> runs.Whole:
        return runs.whole(self._project, self._row)

    def update(self) -> None:
        """Store name, notes, tags, group, job type, config and summary, as far as they were changed.

        Raises:
            InvalidInput: something is no text, or too large for the journal, or a key of the config is gone.
        """
        labels = Labels(self.name, self.job_type, self.group, tuple(map(str, self.tags)), self.notes)
        row = self._row
        if labels != Labels(row.name, row.job_type, row.group, row.tags, row.notes):
            runs.label(self._project, row.id, labels)
        if "config" in self.__dict__:
            self._store_config()
        if "summary" in self.__dict__:
            self._store_summary()
        self._row = self._project.run(row.id)
        self._begin()

    def _store_config(self) -> None:
        before, now = self._whole.config, _recordable("config", self.config)
        if before == now:
            return
        changed = {key: value for key, value in now.items() if key not in before or before[key] != value}
        kept = {**self._row.config, **changed}
        gone = [key for key in before if key not in now]
        if gone:
            raise InvalidInput(
                f"config '{gone[0]}' of run '{self._row.id}' cannot be removed afterwards: the run began"
                " with it; set it to None",
                run=self._row.id,
            )
        if runs.overflow(kept):
            raise InvalidInput(
                f"the config of run '{self._row.id}' is too large to be changed so; put such values"
                " into a file of a version",
                run=self._row.id,
            )
        runs.set_config(self._project, self._row.id, kept)

    def _store_summary(self) -> None:
        before, now = self._whole.summary, _recordable("summary", self.summary)
        changed = {key: value for key, value in now.items() if key not in before or before[key] != value}
        removed = [key for key in before if key not in now]
        if not changed and not removed:
            return
        if runs.overflow(changed):
            raise InvalidInput(
                f"the summary of run '{self._row.id}' gets too large; put such values into a file of a"
                " version",
                run=self._row.id,
            )
        runs.set_summary(self._project, self._row.id, changed, removed)
        self._row = self._project.run(self._row.id)
        self.__dict__.pop("_whole", None)


def _recordable(what: str, values: dict[str, Any]) -> dict[str, Any]:
    return {str(key): plain(value) for key, value in check_text(values, what).items()}
