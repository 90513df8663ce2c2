"""The types and names of a project, as `Api` lists them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mvfs import units
from mvfs.catalog import deletion, describing
from mvfs.catalog.project import Project
from mvfs.catalog.renaming import rename
from mvfs.errors import InvalidInput, InvalidName
from mvfs.index import queries, search
from mvfs.index.rows import Name
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.names import alias_list, checked_tags, refuse_reserved
from mvfs.sdk.pages import Pages

_MAX_CHARS = 128


class ArtifactCollection:
    """All versions of one name. Its name, type, tags and description may be set; `save` stores them."""

    def __init__(self, project: Project, entity: str, row: Name) -> None:
        self._project, self._row = project, row
        self.entity = entity
        self._take(row)

    def _take(self, row: Name) -> None:
        self._row = row
        self._name, self._type = row.name, row.type
        self._description, self._tags = row.about, list(row.tags)

    @property
    def id(self) -> str:
        """What identifies the name in its store."""
        return f"{self._project.id}/{self._row.name}"

    @property
    def home(self) -> Project:
        """The opened project."""
        return self._project

    @property
    def project(self) -> str:
        """The project's name."""
        return self._project.name

    @property
    def project_id(self) -> str:
        """The id under which the project is stored."""
        return self._project.id

    @property
    def name(self) -> str:
        """The name; a new one keeps all versions, aliases, and lineage."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        if len(name) > _MAX_CHARS:
            raise InvalidName(f"Artifact name is longer than {_MAX_CHARS} characters: {name[:_MAX_CHARS]!r}")
        if "/" in name:
            raise InvalidName(
                f"Artifact names must not contain any of the following characters: '/'.  Got: {name!r}"
            )
        self._name = name

    @property
    def type(self) -> str:
        """``model``, ``dataset``, …"""
        return self._type

    @type.setter  # noqa: A003 - the property
    def type(self, type_: str) -> None:
        if not self.is_sequence():
            raise InvalidInput("Type can only be changed if the artifact collection is a sequence.")
        if self._type == "job" or self._type.startswith("wandb-") or self._type in ("run_table", "code"):
            raise InvalidInput(f"The current type '{self._type}' is an internal type and cannot be changed.")
        refuse_reserved(type_, self._name)
        self._type = type_

    @property
    def description(self) -> str | None:
        """What is said of all its versions together."""
        return self._description

    @description.setter
    def description(self, text: str | None) -> None:
        self._description = text

    @property
    def tags(self) -> list[str]:
        """Its tags; edit the list or set it."""
        return self._tags

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        self._tags = checked_tags(alias_list(tags), self._row.tags)

    @property
    def aliases(self) -> list[str]:
        """All aliases of the name."""
        self._project.refresh()
        return sorted(self._project.aliases(self._row.name))

    @property
    def created_at(self) -> str:
        """When its first version that is left was logged: ISO 8601, UTC."""
        return units.zulu(self._project.versions(self._row.name)[0].created)

    @property
    def updated_at(self) -> str:
        """When its newest version was logged, or an alias of that was moved: ISO 8601, UTC."""
        newest = self._project.versions(self._row.name)[-1]
        return units.zulu(queries.changed_at(self._project.index, newest.name, newest.number))

    def artifacts(self, per_page: int = 50, start: str | None = None) -> Pages[Artifact]:
        """Return the versions, newest first."""
        self._project.refresh()
        numbers = queries.numbers(self._project.index, self._row.name)[::-1]
        return Pages(numbers, self._some, per_page, start)

    def _some(self, numbers: Sequence[int]) -> list[Artifact]:
        found = search.whole_versions(self._project.index, [(self._row.name, number) for number in numbers])
        return [Artifact.of(self._project, version, self.entity) for version in found]

    def versions(self, per_page: int = 50, start: str | None = None) -> Pages[Artifact]:
        """The same as `artifacts`."""
        return self.artifacts(per_page, start)

    def is_sequence(self) -> bool:
        """Whether versions are born here; a name of links is none."""
        index, name = self._project.index, self._row.name
        return not queries.links(index, name)

    def save(self) -> None:
        """Store a new name, type, description and tags, those that were changed.

        Raises:
            InvalidName: one breaks the rules.
            Conflict: the name is taken.
            NotFound: all versions were deleted.
        """
        before = self._row
        if (self._description, tuple(self._tags)) != (before.about, before.tags):
            tags = checked_tags(self._tags, before.tags)
            describing.describe(self._project, before.name, self._description, tags)
        if self._type != before.type:
            describing.retype(self._project, before.name, self._type)
        if self._name != before.name:
            rename(self._project, before.name, self._name)
        self._take(self._project.find_name(self._name))

    def change_type(self, new_type: str) -> None:
        """Set the type and store it; W&B's older way."""
        self.type = new_type
        self.save()

    def delete(self) -> None:
        """Move all versions to the trash, from where ``mvfs undelete`` brings them back until a sweep."""
        self._project.refresh()
        deletion.delete(self._project, [deletion.target(self._project, self._row.name)], aliases=True)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ArtifactCollection):
            return NotImplemented
        return self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<ArtifactCollection {self._name} ({self._type})>"


class ArtifactType:
    """A type that names of a project have."""

    def __init__(self, project: Project, entity: str, name: str) -> None:
        self._project, self.entity, self.name = project, entity, name

    @property
    def id(self) -> str:
        """What identifies the type in its store."""
        return f"{self._project.id}/{self.name}"

    @property
    def project(self) -> str:
        """The project's name."""
        return self._project.name

    def collections(
        self,
        filters: dict[str, Any] | None = None,
        order: str | None = None,
        per_page: int = 50,
        start: str | None = None,
    ) -> Pages[ArtifactCollection]:
        """Return the names of the type, by name; ``filters`` may ask for a ``name``, ``order`` be ``-name``.

        Raises:
            InvalidInput: the order or a filter is another one.
        """
        self._project.refresh()
        rows = _ordered(_filtered(self._project.names(self.name), filters), order)
        return Pages.of(
            [ArtifactCollection(self._project, self.entity, row) for row in rows], per_page, start
        )

    def collection(self, name: str) -> ArtifactCollection:
        """Return one name of the type.

        Raises:
            NotFound: the project has none such.
        """
        self._project.refresh()
        return ArtifactCollection(self._project, self.entity, self._project.find_name(name))

    def __repr__(self) -> str:
        return f"<ArtifactType {self.name}>"


def _filtered(rows: list[Name], filters: dict[str, Any] | None) -> list[Name]:
    if filters is None:
        return rows
    if filters.keys() - {"name"}:
        raise InvalidInput(f"filters {sorted(filters)} of names are unknown; there is 'name'")
    return [row for row in rows if row.name == filters.get("name", row.name)]


def _ordered(rows: list[Name], order: str | None) -> list[Name]:
    if order is not None and order.lstrip("+-") != "name":
        raise InvalidInput(f"order '{order}' of names is unknown; there is name")
    return rows[::-1] if order is not None and order.startswith("-") else rows
