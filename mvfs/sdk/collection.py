"""The types and names of a project, as `Api` lists them."""

from __future__ import annotations

from dataclasses import dataclass, field

from mvfs.catalog.pointers import set_aliases
from mvfs.catalog.project import Project
from mvfs.catalog.protection import Insistence
from mvfs.index.policies import AliasChange, alias_changes
from mvfs.refs import parse_selector
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.policy import CollectionPolicy


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

    @property
    def policy(self) -> CollectionPolicy:
        """Which versions stay, and which aliases are protected; its properties can be set."""
        return CollectionPolicy(self._project, self.name)

    def set_alias(self, alias: str, version: str, *, force: bool = False, reason: str | None = None) -> None:
        """Point an alias at ``version``: ``v3``, or where another alias points.

        Raises:
            NotFound: there is no such version.
            Conflict: the alias is kept by mvfs or a rule; or it is protected, and there is no force.
        """
        self._project.refresh()
        number = self._project.version(self.name, parse_selector(version)).number
        set_aliases(self._project, self.name, number, [alias], insistence=Insistence(force, reason))

    def alias_history(self, alias: str | None = None) -> list[AliasChange]:
        """Return the moves of one alias or of all, and changes of their protection, oldest first."""
        self._project.refresh()
        found = alias_changes(self._project.index, self.name)
        return [one for one in found if alias in (None, one.alias)]

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
