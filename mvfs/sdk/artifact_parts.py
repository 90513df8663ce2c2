"""Parts: what several processes put into one version, by `Run.upsert_artifact` and `Run.finish_artifact`.

A part is a version of a helper name, ``<name>.parts-<hash of the id>``, and so is durable and seen by all who
use the store. Whoever finishes logs one version with the files of all parts, and moves those to the trash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3

from mvfs.catalog import deletion
from mvfs.catalog.project import Project
from mvfs.index import queries
from mvfs.sdk.artifact_state import ArtifactState
from mvfs.sdk.stored import Stored

if TYPE_CHECKING:
    from mvfs.sdk.artifact import Artifact

_TYPE = "parts"
_NAME_CHARS = 80


class Parts(ArtifactState):
    """An artifact, as far as several processes make it."""

    _gathers: bool

    def part(self) -> Artifact:
        """Return the draft of a part with the files of this one, which takes no more."""
        from mvfs.sdk.artifact import Artifact

        part = Artifact.internal(self._parts_name, _TYPE)
        part._files = self._draft("part")  # noqa: SLF001 - our own class
        self._finalized = True
        return part

    def gather(self) -> None:
        """Let the version have the files of all parts, too; of equal paths, its own or the newest counts."""
        self._gathers = True

    @property
    def _parts_name(self) -> str:
        known = blake3((self._distributed_id or "").encode()).hexdigest()[:16]
        return f"{self._name[:_NAME_CHARS]}.parts-{known}"

    def _take_parts(self, project: Project) -> None:
        project.refresh()
        for version in reversed(queries.versions(project.index, self._parts_name)):
            self._files.adopt(Stored(project, version).entries())

    def _discard_parts(self, project: Project) -> None:
        if queries.numbers(project.index, self._parts_name):
            deletion.delete(project, [deletion.target(project, self._parts_name)], aliases=True)
