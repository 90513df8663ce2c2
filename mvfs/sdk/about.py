"""Who a run is: what was given to `mvfs.init`, and what of it can be changed while the run goes on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from mvfs.sdk.names import alias_list
from mvfs.sdk.options import Identity


class About:
    """The identity of a run. Name, tags, notes, group and job type may be set; that is stored soon."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._labels = self._recorded_labels = identity.labels

    @property
    def id(self) -> str:
        """The id, unique in the project."""
        return self._identity.id

    @property
    def name(self) -> str:
        """The name for people; the id where none was given."""
        return self._labels.name

    @name.setter
    def name(self, name: str) -> None:
        self._labels = dataclasses.replace(self._labels, name=str(name))

    @property
    def project(self) -> str:
        """The project's name."""
        return self._identity.project

    def project_name(self) -> str:
        """The project's name."""
        return self.project

    @property
    def project_url(self) -> None:
        """There is no web page of a project; `mvfs tui` shows it."""
        return

    def get_project_url(self) -> None:
        """The same as `project_url`."""
        return

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
        return self._labels.job_type

    @job_type.setter
    def job_type(self, job_type: str | None) -> None:
        self._labels = dataclasses.replace(self._labels, job_type=job_type)

    @property
    def group(self) -> str | None:
        """The group that it belongs to."""
        return self._labels.group

    @group.setter
    def group(self, group: str | None) -> None:
        self._labels = dataclasses.replace(self._labels, group=group)

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find it by."""
        return self._labels.tags

    @tags.setter
    def tags(self, tags: Iterable[str] | None) -> None:
        self._labels = dataclasses.replace(
            self._labels, tags=tuple(dict.fromkeys(map(str, alias_list(tags))))
        )

    @property
    def notes(self) -> str | None:
        """What there is to say about it."""
        return self._labels.notes

    @notes.setter
    def notes(self, notes: str | None) -> None:
        self._labels = dataclasses.replace(self._labels, notes=notes)

    @property
    def resumed(self) -> bool:
        """Whether it goes on with a run that began earlier."""
        return self._identity.resumed
