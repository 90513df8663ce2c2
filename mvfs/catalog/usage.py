"""How much space versions take: what is shared, and what would be free without them."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mvfs.catalog.project import Project
from mvfs.catalog.references import References
from mvfs.errors import CorruptObject
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.store import keys


@dataclass(frozen=True, slots=True)
class Stored:
    """The blobs and manifests of a project, in bytes."""

    stored: int
    live: int
    """What versions need."""
    trash: int
    """What only deleted versions need, and no sweep has taken."""
    orphans: int
    """What no version needs; being written just now, or left by a writer that was killed."""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of some versions in a project, in bytes."""

    versions: int
    size: int
    """Of their files, each version by itself."""
    unique: int
    """Of objects that no other version needs: free after a deletion and a sweep."""
    shared: int
    """Of objects that others need, too."""


class Usage:
    """One look at a project: its objects, and who needs them.

    Raises:
        CorruptObject: a version's manifest cannot be read.
    """

    def __init__(self, project: Project) -> None:
        project.refresh()
        self._project = project
        self._references = References(project.backend)
        self._sizes = {
            info.key: info.size
            for folder in ("blobs", "manifests")
            for info in project.backend.list(f"p/{project.id}/{folder}/")
            if keys.is_object(info.key)
        }
        self._live: list[Version] = []
        self._needs = self._of_live()
        self._users = Counter[str](key for needs in self._needs.values() for key in needs)

    def _of_live(self) -> dict[tuple[str, int], set[str]]:
        """The objects of each live version; once more if one was deleted and swept meanwhile."""
        while True:
            self._live = queries.live(self._project.index)
            try:
                return {(v.name, v.number): self._objects(v) for v in self._live}
            except CorruptObject:
                if not self._project.refresh():
                    raise

    def stored(self) -> Stored:
        """What the project's objects are there for."""
        live = set(self._users)
        trash: set[str] = set()
        for gone in queries.trash(self._project.index):
            with contextlib.suppress(CorruptObject):  # swept, or damaged and of no use to anybody
                trash |= self._objects(gone.version)
        trash -= live
        everything, alive, dead = self._sum(self._sizes), self._sum(live), self._sum(trash)
        return Stored(everything, alive, dead, everything - alive - dead)

    def share(self, versions: Sequence[Version]) -> Share:
        """What some live versions take together."""
        mine = Counter[str](key for v in versions for key in self._needs[v.name, v.number])
        unique = self._sum(key for key, count in mine.items() if self._users[key] == count)
        return Share(len(versions), sum(v.size for v in versions), unique, self._sum(mine) - unique)

    def versions(self, name: str | None = None, type_: str | None = None) -> list[Version]:
        """The live versions that were looked at: of a name, of a type, or all."""
        return [v for v in self._live if name in (None, v.name) and type_ in (None, v.type)]

    def _objects(self, version: Version) -> set[str]:
        return {version.manifest, *self._references.of(version)}

    def _sum(self, objects: Iterable[str]) -> int:
        return sum(self._sizes.get(key, 0) for key in objects)
