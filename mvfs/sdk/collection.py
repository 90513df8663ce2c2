"""The types and names of a project, as `Api` lists them."""

from __future__ import annotations

from dataclasses import dataclass, field

from mvfs.catalog.project import Project
from mvfs.sdk.artifact import Artifact


@dataclass(frozen=True, slots=True)
class ArtifactCollection:
    """All versions of one name."""

    _project: Project = field(repr=False)
    entity: str
    name: str
    type: str

    @property
    def home(self) -> Project:
        """The opened project."""
        return self._project

    @property
    def project(self) -> str:
        """The project's name."""
        return self._project.name

    @property
    def aliases(self) -> list[str]:
        """All aliases of the name."""
        self._project.refresh()
        return sorted(self._project.aliases(self.name))

    def artifacts(self, per_page: int = 50) -> list[Artifact]:  # noqa: ARG002 - all at once
        """Return the versions, newest first."""
        self._project.refresh()
        versions = self._project.versions(self.name)
        return [Artifact.of(self._project, version, self.entity) for version in reversed(versions)]

    def is_sequence(self) -> bool:
        """Whether versions are born here; always, as there are no portfolios."""
        return True


@dataclass(frozen=True, slots=True)
class ArtifactType:
    """A type that names of a project have."""

    _project: Project = field(repr=False)
    entity: str
    name: str

    def collections(self, per_page: int = 50) -> list[ArtifactCollection]:  # noqa: ARG002 - all at once
        """Return the names of the type."""
        self._project.refresh()
        rows = self._project.names(self.name)
        return [ArtifactCollection(self._project, self.entity, row.name, row.type) for row in rows]

    def collection(self, name: str) -> ArtifactCollection:
        """Return one name of the type.

        Raises:
            NotFound: the project has none such.
        """
        self._project.refresh()
        row = self._project.find_name(name)
        return ArtifactCollection(self._project, self.entity, row.name, row.type)
