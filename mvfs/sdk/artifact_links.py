"""Links: an artifact under another name, as in a registry, and what it stands for."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from mvfs import text, units
from mvfs.catalog import deletion, linking, links
from mvfs.catalog.project import Project
from mvfs.catalog.protection import Insistence
from mvfs.errors import InvalidInput
from mvfs.index.rows import Version
from mvfs.sdk import active
from mvfs.sdk.artifact_facts import HasFacts
from mvfs.sdk.names import alias_list, checked_aliases
from mvfs.sdk.stored import Stored

if TYPE_CHECKING:
    from mvfs.catalog.catalog import Catalog
    from mvfs.sdk.artifact import Artifact
    from mvfs.sdk.collection import ArtifactCollection

_log = logging.getLogger("mvfs")

_MOST_LINKS = 500


class Links(HasFacts):
    """An artifact, as far as it is a link, or has some. docs/design/010-links.md."""

    def link(
        self,
        target_path: str,
        aliases: Iterable[str] | None = None,
        *,
        force: bool = False,
        reason: str | None = None,
    ) -> Artifact:
        """Link it under another name and return the link; a draft is saved first.

        The link has versions and aliases of its own, ``latest`` among them. In another project, which is made
        if it is not there, the bytes are copied.

        Args:
            target_path: ``name``, ``project/name`` or ``entity/project/name``.
            aliases: of the link.
            force: move protected aliases, too.
            reason: why; is recorded.

        Raises:
            InvalidInput: the path has another form, or names what it is a version of.
            Conflict: the name holds logged versions, or has another type; or an alias is protected.
        """
        from mvfs.sdk.artifact import Artifact

        wanted = checked_aliases(alias_list(aliases))
        words = target_path.strip("/").split("/")
        if len(words) > 3 or not all(words) or ":" in target_path:
            raise InvalidInput(
                f"'{target_path}' is no target; write 'name', 'project/name' or 'entity/project/name'"
            )
        me = cast("Artifact", self)
        if self._stored is None:
            me.save()
        source = self._source("link")
        if self._link is not None:
            _log.warning(
                "mvfs: Linking to a link artifact will result in directly linking to the source artifact of"
                " that link artifact."
            )
        project = self._need("link").project
        home = project if len(words) == 1 else self._catalog().make_project(words[-2])
        insistence = Insistence(force, reason)
        found = linking.link(*source, home, words[-1], wanted, insistence=insistence)
        me.reload()  # it does not expire any more
        return Artifact.of(home, found, self._entity)

    def unlink(self, *, force: bool = False, reason: str | None = None) -> None:
        """Remove a link; what it stands for stays.

        ``force`` and a ``reason``, which is recorded, also take protected aliases away.

        Raises:
            InvalidInput: it is no link.
            Conflict: an alias of it is protected.
        """
        stored = self._need("unlink")
        if self._link is None:
            raise InvalidInput(
                f"Artifact {self.qualified_name!r} is not a linked artifact and cannot be unlinked.  To"
                " delete it, use 'Artifact.delete' instead."
            )
        self._remove_link(stored, Insistence(force, reason))

    def _remove_link(self, stored: Stored, insistence: Insistence) -> None:
        version = stored.version
        target = deletion.Target(version.name, (version.number,))
        deletion.delete(stored.project, [target], aliases=True, insistence=insistence)
        self._deleted = True

    @property
    def is_link(self) -> bool:
        """Whether it stands for a version of another name or project."""
        return self._link is not None

    @property
    def linked_at(self) -> str | None:
        """When the link was made: ISO 8601, UTC; None unless it is one."""
        self._need("linked_at")
        return units.zulu(self._link.time) if self._link else None

    @property
    def linked_artifacts(self) -> list[Artifact]:
        """The links to it, at most 500, in all projects of the store; none where it is a link itself."""
        from mvfs.sdk.artifact import Artifact

        stored = self._need("linked_artifacts")
        if self._link is not None:
            return []
        found = links.links_to(self._catalog(), stored.project, stored.version)
        return [Artifact.of(home, version, self._entity) for home, version in found[:_MOST_LINKS]]

    @property
    def source_artifact(self) -> Artifact:
        """What a link stands for; itself where it is no link, or its source is gone."""
        from mvfs.sdk.artifact import Artifact

        project, version = self._source("source_artifact")
        if self._stored is not None and (version.name, version.number, project.id) == (
            self._stored.version.name,
            self._stored.version.number,
            self._stored.project.id,
        ):
            return cast("Artifact", self)
        return Artifact.of(project, version, self._entity)

    @property
    def source_name(self) -> str:
        """`name` of what a link stands for."""
        if self._link is None:
            return self.name
        return f"{self._link.source}:v{self._link.source_number}"

    @property
    def source_version(self) -> str:
        """`version` of what a link stands for."""
        stored = self._need("source_version")
        return f"v{self._link.source_number}" if self._link else stored.version.label

    @property
    def source_project(self) -> str:
        """`project` of what a link stands for."""
        return self._source("source_project")[0].name

    @property
    def source_entity(self) -> str:
        """`entity` of what a link stands for."""
        self._need("source_entity")
        return self._entity

    @property
    def source_qualified_name(self) -> str:
        """`qualified_name` of what a link stands for."""
        return f"{self.source_entity}/{self.source_project}/{self.source_name}"

    @property
    def source_collection(self) -> ArtifactCollection:
        """`collection` of what a link stands for."""
        self._need("source_collection")
        return self.source_artifact.collection

    def _source(self, what: str) -> tuple[Project, Version]:
        stored = self._need(what)
        if self._link is None:
            return stored.project, stored.version
        found = links.source_of(self._catalog(), stored.project, stored.version)
        if found is None:
            _log.warning(
                "mvfs: what '%s' stands for is not there any more; it stands for itself",
                text.line(f"{stored.project.name}/{stored.label}"),
            )
        return found or (stored.project, stored.version)

    def _catalog(self) -> Catalog:
        return active.catalog_of(self._need("link").project.backend.location)
