"""Questions of lineage with a complete answer, however long: lists, where a drawing leaves out most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mvfs.catalog.project import Project
from mvfs.index.rows import Version
from mvfs.lineage.graph import Kind, Node
from mvfs.lineage.places import Places, Projects
from mvfs.lineage.ties import Key, Ties, Way
from mvfs.lineage.walk import key_of


@dataclass(frozen=True, slots=True)
class Found:
    """A version, and in how many steps from version to version it is reached."""

    node: Node
    steps: int


class Questions:
    """What can be asked about versions of one project."""

    def __init__(self, catalog: Projects, project: Project, *, here: bool = False) -> None:
        """Ask in all projects of the store; with ``here``, look for users in this one only."""
        self._ties = Ties(Places(catalog, project, here=here))

    @property
    def unread(self) -> list[str]:
        """Why other projects could not be asked: a line for each."""
        return [f"{name}: {why}" for name, why in self._ties.places.unread.items()]

    def runs_using(self, project: Project, version: Version) -> list[Node]:
        """Return all runs that used a version, newest first."""
        runs = [self._ties.node(key) for key in dict.fromkeys(self._ties.down(key_of(project, version))[0])]
        return sorted(runs, key=lambda node: node.order, reverse=True)

    def made_of(
        self, project: Project, version: Version, type_: str, depth: int | None = None
    ) -> list[Found]:
        """Return all versions of a type (or pattern, ``*``) that came out of a version, near ones first."""
        return self._of_type(key_of(project, version), self._ties.down, type_, depth)

    def sources_of(
        self, project: Project, version: Version, type_: str, depth: int | None = None
    ) -> list[Found]:
        """Return all versions of a type (or pattern, as ``*``) that a version came from, near ones first."""
        return self._of_type(key_of(project, version), self._ties.up, type_, depth)

    def common(
        self, one: tuple[Project, Version], other: tuple[Project, Version], type_: str
    ) -> tuple[list[Node], list[tuple[list[Node], list[Node]]]]:
        """Return the versions of a type that two versions both came from, or are; and of each name of which
        they share none, the versions of the one and of the other.
        """
        mine, theirs = (
            {
                found.node.id: found.node
                for found in self._of_type(key_of(*each), self._ties.up, type_, None, 0)
            }
            for each in (one, other)
        )
        shared = [node for key, node in mine.items() if key in theirs]
        names = {_series(node) for node in shared}
        apart: dict[str, tuple[list[Node], list[Node]]] = {}
        for side, nodes in enumerate((mine.values(), theirs.values())):
            for node in sorted(nodes, key=lambda node: node.order):
                if _series(node) not in names:
                    apart.setdefault(_series(node), ([], []))[side].append(node)
        return shared, [pair for _, pair in sorted(apart.items()) if all(pair)]

    def _of_type(self, start: Key, way: Way, type_: str, depth: int | None, least: int = 1) -> list[Found]:
        found = [
            Found(self._ties.node(key), steps)
            for key, steps in _reached(start, way, depth)
            if key.kind is Kind.VERSION and steps >= least
        ]
        fitting = [one for one in found if fnmatchcase(one.node.type, type_)]
        return sorted(fitting, key=lambda one: (one.steps, one.node.order))


def _series(node: Node) -> str:
    return node.id.rpartition(":v")[0]


def _reached(start: Key, way: Way, depth: int | None) -> Iterator[tuple[Key, int]]:
    """Yield what is reached from ``start``, itself first, and the steps from version to version to there."""
    seen = {start}
    level, steps = [start], 0
    while level and (depth is None or steps <= depth):
        yield from ((key, steps) for key in level)
        runs = _next(level, way, seen)
        level, steps = _next(runs, way, seen), steps + 1


def _next(level: list[Key], way: Way, seen: set[Key]) -> list[Key]:
    new = dict.fromkeys(end for key in level for end in way(key, -1)[0] if end not in seen)
    seen.update(new)
    return list(new)
