"""What W&B's `Api` tells of where things are: projects, and who asks."""

from __future__ import annotations

from dataclasses import dataclass

from mvfs.catalog.project import Project
from mvfs.sdk import asking
from mvfs.sdk.collection import ArtifactType
from mvfs.sdk.pages import Pages
from mvfs.sdk.record import RecordedRun


class RecordedProject:
    """A project of the store."""

    def __init__(self, project: Project, entity: str) -> None:
        self._project = project
        self.entity = entity

    @property
    def id(self) -> str:
        """The id, which no rename changes."""
        return self._project.id

    @property
    def name(self) -> str:
        """The name."""
        return self._project.name

    @property
    def path(self) -> list[str]:
        """Entity and name."""
        return [self.entity, self.name]

    def runs(self, order: str = "+created_at", per_page: int = 50) -> Pages[RecordedRun]:
        """Return all its runs."""
        return asking.runs(self._project, None, order, per_page, self.entity)

    def artifacts_types(self, per_page: int = 50) -> Pages[ArtifactType]:
        """Return the types that its names have."""
        self._project.refresh()
        return Pages.of(
            [ArtifactType(self._project, self.entity, type_) for type_ in self._project.types()], per_page
        )

    def __repr__(self) -> str:
        return f"<Project {'/'.join(self.path)}>"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user; W&B's word for who is logged in."""

    username: str

    @property
    def entity(self) -> str:
        """What stands for W&B's entity: the user."""
        return self.username

    @property
    def name(self) -> str:
        """The user."""
        return self.username
