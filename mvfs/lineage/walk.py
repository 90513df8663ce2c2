"""From a version up to what it came from and down to what was made of it, as far as one wants to see."""

from __future__ import annotations

from typing import Literal

from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput
from mvfs.index.rows import Version
from mvfs.lineage.graph import Edge, Graph, Kind
from mvfs.lineage.places import Places, Projects
from mvfs.lineage.ties import Key, Ties, Way

Direction = Literal["up", "down", "both"]

DEPTH = 5
"""Steps from version to version, unless one asks for another number."""
NEIGHBOURS = 50
"""How many neighbours of one node are shown, unless one asks for more; a data set may have thousands."""
NODES = 500
"""How many nodes are shown in each direction, unless one asks for more."""


def key_of(project: Project, version: Version) -> Key:
    """The key of a version."""
    return Key(Kind.VERSION, project.id, version.name, version.number)


def walk(
    catalog: Projects,
    project: Project,
    version: Version,
    direction: Direction = "both",
    depth: int = DEPTH,
    *,
    neighbours: int = NEIGHBOURS,
    nodes: int = NODES,
    here: bool = False,
) -> Graph:
    """Return the versions and runs around a version, up to ``depth`` steps from version to version away.

    Nearer ones come first; of what is left out, each node says how much it was. With ``here``, runs of other
    projects that used versions of this one are left out; what this project's runs used of others is not.

    Raises:
        InvalidInput: the direction is none, or a number is below 1.
    """
    if direction not in ("up", "down", "both"):
        raise InvalidInput(f"direction '{direction}' is none; there are up, down and both")
    if min(depth, neighbours) < 1:
        raise InvalidInput("the depth, and the number of neighbours, must be at least 1")
    ties = Ties(Places(catalog, project, here=here))
    start = key_of(project, version)
    above = _Spread(start, ties.up, neighbours, nodes)
    below = _Spread(start, ties.down, neighbours, nodes)
    if direction != "down":
        for key in above.run(2 * depth):
            above.left[key] = ties.count_up(key, neighbours)
    if direction != "up":
        for key in below.run(2 * depth):
            below.left[key] = ties.count_down(key)
    keys = dict.fromkeys([*above.seen, *below.seen])
    found = [ties.node(key, above.left.get(key, 0), below.left.get(key, 0)) for key in keys]
    edges: list[Edge] = [(b.id, a.id) for a, b in above.edges] + [(a.id, b.id) for a, b in below.edges]
    unread = [f"{name}: {why}" for name, why in ties.places.unread.items()]
    return Graph.of(found, edges, [start.id], unread)


class _Spread:
    """A walk in one direction, breadth first."""

    def __init__(self, start: Key, way: Way, neighbours: int, most: int) -> None:
        self._way = way
        self._neighbours = neighbours
        self._most = most
        self.seen = {start: None}
        self.edges: list[tuple[Key, Key]] = []
        self.left: dict[Key, int] = {}
        """How many neighbours of a node were left out."""

    def run(self, steps: int) -> list[Key]:
        """Go so many steps; return the nodes from which nobody went on."""
        level = list(self.seen)
        while level and steps:
            level = [end for key in level for end in self._step(key)]
            steps -= 1
        return level

    def _step(self, key: Key) -> list[Key]:
        """Take in the neighbours of a node; return those that are new."""
        ends, count = self._way(key, self._neighbours)
        new: list[Key] = []
        for end in ends:
            if end not in self.seen:
                if len(self.seen) > self._most:
                    continue
                self.seen[end] = None
                new.append(end)
            self.edges.append((key, end))
            count -= 1
        self.left[key] = count
        return new
