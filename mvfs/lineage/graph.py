"""The graph of versions and runs: plain values that can be drawn, printed and walked without a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

Edge = tuple[str, str]
"""Ids of a node and of one that came out of it."""


class Kind(StrEnum):
    """What a node stands for."""

    VERSION = "version"
    RUN = "run"
    NAME = "name"
    """All versions of a name that are in the graph."""


@dataclass(frozen=True, slots=True)
class Node:
    """A version, a run or a name. All text in it may be hostile."""

    id: str
    """Unique in the graph, and the same whenever it is walked."""
    kind: Kind
    project: str
    """Name of the project; its id where the store has none such."""
    name: str
    """``photos:v3``, the name of the run, or ``photos``."""
    type: str = ""
    """Type of the version, or the run's type of job."""
    state: str = ""
    """State of a run."""
    gone: str = ""
    """Why it cannot be opened: ``deleted``, ``missing`` or ``unreadable``; empty if it can."""
    foreign: bool = False
    """Whether it is of another project than the one that was asked about."""
    aliases: tuple[str, ...] = ()
    created: int = 0
    """Microseconds since 1970; 0 if nobody knows."""
    size: int = 0
    """Bytes of the version, or of all versions of the name that are in the graph."""
    above: int = 0
    """What it came from and is not in the graph: so many more."""
    below: int = 0
    """What came out of it and is not in the graph: so many more."""
    results: int = 0
    """Versions that came out of it and are counted here instead of being in the graph."""
    runs: int = 0
    """Runs that used it and are counted here instead of being in the graph."""
    versions: int = 1
    """How many versions a name stands for."""

    @property
    def ref(self) -> str:
        """The ref of a version or name, ``vision/photos:v3``; of a run, its project and id."""
        if self.kind is Kind.RUN:
            return f"{self.project}/{self.id.partition('/')[2]}"
        return f"{self.project}/{self.name}"

    @property
    def order(self) -> tuple[int, str]:
        """Where it stands among others: by time, so that every drawing of a graph is the same."""
        return self.created, self.id


@dataclass(frozen=True)
class Graph:
    """Nodes and edges in a fixed order. Every edge is between nodes that are there.

    It has no cycles where the journal is honest, and may have some where it is not, or where versions are
    collapsed into names. `cycles` tells the edges without which there would be none.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    focus: frozenset[str] = frozenset()
    """Ids of the nodes that were asked about."""
    unread: tuple[str, ...] = field(default=())
    """Why other projects could not be asked: a line for each."""

    @classmethod
    def of(
        cls,
        nodes: Iterable[Node],
        edges: Iterable[Edge],
        focus: Iterable[str] = (),
        unread: Iterable[str] = (),
    ) -> Graph:
        """Make a graph of nodes and edges in any order; edges to nowhere and to oneself are left out."""
        known = {node.id: node for node in nodes}
        kept = {(a, b) for a, b in edges if a != b and a in known and b in known}
        return cls(
            tuple(sorted(known.values(), key=lambda node: node.order)),
            tuple(sorted(kept, key=lambda edge: (known[edge[0]].order, known[edge[1]].order))),
            frozenset(focus) & known.keys(),
            tuple(unread),
        )

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """The nodes by their ids."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """What each node came from."""
        return self._ends(1, 0)

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """What came out of each node."""
        return self._ends(0, 1)

    def _ends(self, at: int, other: int) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            found[edge[at]].append(edge[other])
        return {key: tuple(ends) for key, ends in found.items()}

    @cached_property
    def cycles(self) -> frozenset[Edge]:
        """The edges that lead back to where a walk along the edges came from."""
        back: set[Edge] = set()
        entered: set[str] = set()
        left: set[str] = set()
        for root in self.nodes:
            stack = [] if root.id in entered else [(root.id, iter(self.children[root.id]))]
            entered.add(root.id)
            while stack:
                here, rest = stack[-1]
                for child in rest:
                    if child not in entered:
                        entered.add(child)
                        stack.append((child, iter(self.children[child])))
                        break
                    if child not in left:
                        back.add((here, child))
                else:
                    left.add(here)
                    stack.pop()
        return frozenset(back)

    def home(self, node: str) -> str | None:
        """The parent under which a tree shows a node: its first model, else its first parent."""
        parents = [one for one in self.parents[node] if (one, node) not in self.cycles]
        models = [one for one in parents if self.by_id[one].type == "model"]
        return next(iter(models or parents), None)

    def ancestry(self, node: str) -> frozenset[str]:
        """A node and all that it came from."""
        return self._reach(node, self.parents)

    def kin(self, node: str) -> frozenset[str]:
        """A node, all that it came from, and all that came out of it: what a screen highlights."""
        return self._reach(node, self.parents) | self._reach(node, self.children)

    @staticmethod
    def _reach(node: str, ways: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
        seen = {node}
        rest = [node]
        while rest:
            for other in ways[rest.pop()]:
                if other not in seen:
                    seen.add(other)
                    rest.append(other)
        return frozenset(seen)
