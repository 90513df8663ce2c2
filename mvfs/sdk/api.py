"""`Api`: look at a store without a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput, NotFound
from mvfs.sdk import active, asking
from mvfs.sdk.absent import OF_API, Absent
from mvfs.sdk.artifact import Artifact
from mvfs.sdk.collection import ArtifactCollection, ArtifactType
from mvfs.sdk.names import Scope, alias_list, current_scope, find_in_store, find_project, find_version
from mvfs.sdk.pages import Pages
from mvfs.sdk.places import RecordedProject, Viewer
from mvfs.sdk.record import RecordedRun
from mvfs.wellformed import check_text

if TYPE_CHECKING:
    from mvfs.lineage.graph import Graph
    from mvfs.lineage.walk import Direction


class Api:
    """Reads artifacts and runs of the configured store.

    Names that do not say their project are of the active run's project, else of the default one.
    """

    def __init__(
        self,
        overrides: dict[str, Any] | None = None,
        timeout: int | None = None,  # noqa: ARG002 - nothing to wait for
        api_key: str | None = None,  # noqa: ARG002 - nobody to show it to
    ) -> None:
        """Set defaults: ``overrides`` may hold ``project`` and ``entity``."""
        self._overrides = {key: value for key, value in (overrides or {}).items() if value}

    @property
    def default_entity(self) -> str:
        """What stands for W&B's entity."""
        return self._scope.entity

    @property
    def _scope(self) -> Scope:
        here = current_scope()
        given = self._overrides
        return Scope(given.get("project", here.project), given.get("entity", here.entity))

    def artifact(self, name: str, type: str | None = None) -> Artifact:  # noqa: A002 - W&B's word
        """Return a version, without recording that anybody used it.

        Raises:
            NotFound: there is none such.
            InvalidInput: it is of another type.
        """
        if not name:
            raise InvalidInput("You must specify name= to fetch an artifact.")
        place = find_version(name, self._scope)
        assert place.version is not None
        if type is not None and type != place.version.type:
            raise InvalidInput(
                f"type {type!r} specified but this artifact is of type {place.version.type!r}", ref=name
            )
        return Artifact.of(place.project, place.version, self._scope.entity)

    def artifact_exists(self, name: str, type: str | None = None) -> bool:  # noqa: A002 - W&B's word
        """Whether there is such a version (of that type, if given)."""
        try:
            found = self.artifact(name)
        except NotFound:
            return False
        return type in (None, found.type)

    def artifact_collection_exists(self, name: str, type: str) -> bool:  # noqa: A002 - W&B's word
        """Whether there is such a name of that type."""
        try:
            return self.artifact_collection(type, name).type == type
        except NotFound:
            return False

    def artifacts(  # noqa: PLR0917 - W&B's signature
        self,
        type_name: str,
        name: str,
        order: str | None = None,
        per_page: int = 50,
        tags: str | list[str] | None = None,
        start: str | None = None,
    ) -> Pages[Artifact]:
        """Return all versions of a name, newest first; with ``tags``, those that have all of them.

        Raises:
            NotFound: there is no such name of that type.
            InvalidInput: the order is unknown.
        """
        found = self.artifact_collection(type_name, name)
        return asking.artifacts(found, order, alias_list(tags), per_page, start)

    def artifact_versions(self, type_name: str, name: str, per_page: int = 50) -> Pages[Artifact]:
        """The same as `artifacts`; W&B's older word for it."""
        return self.artifacts(type_name, name, per_page=per_page)

    def artifact_types(self, project: str | None = None, start: str | None = None) -> Pages[ArtifactType]:
        """Return the types that names of a project have.

        Raises:
            NotFound: there is no such project.
        """
        opened = self._project(project)
        types = [ArtifactType(opened, self._scope.entity, type_) for type_ in opened.types()]
        return Pages.of(types, start=start)

    def artifact_type(self, type_name: str, project: str | None = None) -> ArtifactType:
        """Return one type of a project.

        Raises:
            NotFound: there is no such project or type.
        """
        for found in self.artifact_types(project):
            if found.name == type_name:
                return found
        raise NotFound(f"project '{find_project(project, self._scope)}' has no type '{type_name}'")

    def artifact_collections(
        self,
        project_name: str,
        type_name: str,
        order: str | None = None,
        per_page: int = 50,
        start: str | None = None,
    ) -> Pages[ArtifactCollection]:
        """Return the names of a type, by name; ``order`` may be ``-name``.

        Raises:
            NotFound: there is no such project or type.
            InvalidInput: the order is unknown.
        """
        return self.artifact_type(type_name, project_name).collections(None, order, per_page, start)

    def artifact_collection(self, type_name: str, name: str) -> ArtifactCollection:
        """Return one name; ``name`` may say its project: ``project/name``.

        Raises:
            NotFound: there is no such name of that type.
        """
        head, _, last = name.rpartition("/")
        opened = self._project(head or None)
        found = opened.find_name(last)
        if found.type != type_name:
            raise NotFound(f"'{opened.name}/{last}' is of type '{found.type}', not '{type_name}'")
        return ArtifactCollection(opened, self._scope.entity, found)

    def lineage(self, name: str, depth: int = 5, direction: Direction = "both") -> Graph:
        """Return the graph of versions and runs around a version: ``nodes`` and ``edges``, which are pairs of
        ids, from what went in to what came out. Nobody is recorded to have used anything.

        ``depth`` counts steps from version to version, ``direction`` is ``up``, ``down`` or ``both``. Of a
        large graph the nearest nodes are returned; ``above`` and ``below`` say how much more there is.

        Raises:
            NotFound: there is no such version.
            InvalidInput: the direction or depth is none.
        """
        from mvfs.lineage.walk import walk

        catalog, place = find_in_store(name, self._scope)
        assert place.version is not None
        return walk(catalog, place.project, place.version, direction, depth)

    def run(self, path: str = "") -> RecordedRun:
        """Return a run by ``id``, ``project/id`` or ``entity/project/id``.

        Raises:
            NotFound: there is none such.
        """
        words = [word for word in check_text(path, "the run").split("/") if word and word != "runs"]
        if not 1 <= len(words) <= 3:
            raise InvalidInput(f"'{path}' is no run; write 'project/id'", path=path)
        opened = self._project("/".join(words[:-1]) or None)
        return RecordedRun(opened, opened.run(words[-1]), self._scope.entity)

    def runs(
        self,
        path: str | None = None,
        filters: dict[str, Any] | str | None = None,
        order: str = "+created_at",
        per_page: int = 50,
        *,
        include_sweeps: bool = True,  # noqa: ARG002 - there are no sweeps
        lazy: bool = True,  # noqa: ARG002 - they always are
    ) -> Pages[RecordedRun]:
        """Return the runs of a project that pass ``filters``, oldest first unless ``order`` says otherwise.

        Filters are W&B's, ``{"config.lr": {"$lt": 0.01}, "state": "finished"}``, or a query of mvfs,
        ``"config.lr<0.01 and state=finished"``. Orders are W&B's: ``-summary_metrics.acc``.

        Raises:
            NotFound: there is no such project.
            InvalidInput: a filter or the order is none.
        """
        return asking.runs(self._project(path), filters, order, per_page, self._scope.entity)

    def project(self, name: str, entity: str | None = None) -> RecordedProject:
        """Return a project.

        Raises:
            NotFound: there is none such.
        """
        return RecordedProject(self._project(name), entity or self._scope.entity)

    def projects(self, entity: str | None = None, per_page: int = 200) -> Pages[RecordedProject]:
        """Return all projects of the store, by name."""
        return Pages.of([self.project(name, entity) for name in active.catalog().projects()], per_page)

    def from_path(self, path: str) -> RecordedProject | RecordedRun | Artifact:
        """Return what a path names: ``project``, ``[entity/]project/run``, or a version: ``project/name:v0``.

        Raises:
            NotFound: there is nothing such.
        """
        if ":" in path:
            return self.artifact(path)
        words = [word for word in path.split("/") if word]
        if len(words) == 1:
            return self.project(path)
        return self.run(path)

    def flush(self) -> None:
        """Do nothing: nothing is kept back, every question is answered from the store as it is."""

    @property
    def settings(self) -> dict[str, Any]:
        """The ``entity`` and ``project`` of names that do not say theirs."""
        return {"entity": self._scope.entity, "project": self._scope.project}

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        return Viewer(self._scope.entity)

    def __getattr__(self, name: str) -> Absent:
        if name not in OF_API:
            raise AttributeError(f"'Api' object has no attribute '{name}'")
        return Absent(f"Api.{name}", OF_API[name])

    def _project(self, path: str | None) -> Project:
        return active.catalog().project(find_project(path, self._scope))
