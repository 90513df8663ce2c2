"""Reads what lies around a version."""

from __future__ import annotations

from dataclasses import replace

from mvfs import refs
from mvfs.catalog.catalog import version_in
from mvfs.catalog.liveness import with_states
from mvfs.catalog.project import Project
from mvfs.errors import MvfsError
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.lineage.graph import Graph, Kind
from mvfs.lineage.questions import Questions
from mvfs.lineage.walk import Direction, walk
from tui.library import Library
from tui.viewmodel.lineage import Data, Walked

NODES = 1_000
"""How many nodes are shown in each direction."""

_ASKED = 50
"""Runs that say they are running, and of which it is found out whether they are."""


def around(library: Library, ref: str, way: Direction, depth: int) -> Walked:
    """Read the lineage of the version that a ref stands for.

    Raises:
        MvfsError: it stands for no version, or the store cannot be read.
    """
    project, version = _found(library, ref)
    graph = walk(library, project, version, way, depth, nodes=NODES)
    found = f"{project.name}/{version.type}/{version.name}:{version.label}"
    return Walked(found, _as_they_are(library, graph), way, depth)


def data_of(library: Library, one: str, other: str) -> Data:
    """Read which data sets two versions came from both, and of which they came from different versions.

    Raises:
        MvfsError: a ref stands for no version, or the store cannot be read.
    """
    mine, theirs = _found(library, one), _found(library, other)
    shared, apart = Questions(library, mine[0]).common(mine, theirs, "dataset")
    return Data(tuple(shared), tuple((tuple(left), tuple(right)) for left, right in apart))


def _found(library: Library, ref: str) -> tuple[Project, Version]:
    """The version that a ref stands for, and its project."""
    parsed = refs.parse(ref)
    place = version_in(library.project(parsed.words[0]), parsed)
    assert place.version is not None
    return place.project, place.version


def _as_they_are(library: Library, graph: Graph) -> Graph:
    """The graph in which no run says that it is running if all of its processes have died."""
    asked: dict[str, list[str]] = {}
    for node in graph.nodes:
        if node.kind is Kind.RUN and node.state == "running" and not node.gone:
            asked.setdefault(node.project, []).append(node.id.partition("/")[2])
    states: dict[tuple[str, str], str] = {}
    trouble: list[str] = []
    for name, ids in asked.items():
        try:
            project = library.project(name)
            known = [run for one in ids[:_ASKED] if (run := queries.run(project.index, one)) is not None]
            states |= {(name, run.id): run.state for run in with_states(project, known)}
        except MvfsError as exc:
            trouble.append(f"{name}: {exc.message}")
    if not states and not trouble:
        return graph
    nodes = [
        replace(node, state=states.get((node.project, node.id.partition("/")[2]), node.state))
        if node.kind is Kind.RUN
        else node
        for node in graph.nodes
    ]
    return Graph.of(nodes, graph.edges, graph.focus, (*graph.unread, *trouble))
