"""Views of a graph: with fewer nodes, for whoever wants to see less. Each takes a graph and returns one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from mvfs.lineage.graph import Edge, Graph, Kind, Node

FOLDED = 5
"""From so many leaves on, results and runs are counted on what they came out of."""
_MANY = 16
"""Edges. A run between more of them stays, since it is clearer than all of its inputs tied to all outputs."""
_SERIES = frozenset({"dataset", "model"})
"""Types of which each version is shown; all else is a result."""


def versions(graph: Graph) -> Graph:
    """Tie versions to versions: a run that made any is an edge. Runs that only used something stay."""
    edges = set(graph.edges)
    dissolved: set[str] = set()
    for node in graph.nodes:
        sources, made = graph.parents[node.id], graph.children[node.id]
        if node.kind is not Kind.RUN or not made or node.id in graph.focus:
            continue
        if node.above or node.below or len(sources) * len(made) > _MANY:
            continue
        dissolved.add(node.id)
        edges.update((source, version) for source in sources for version in made)
    kept = [node for node in graph.nodes if node.id not in dissolved]
    return Graph.of(kept, edges, graph.focus, graph.unread)


def folded(
    graph: Graph, least: int = FOLDED, unfolded: Collection[str] = (), *, shared: bool = False
) -> Graph:
    """Count results and runs that nothing came out of on their parent, where it has ``least`` or more.

    On the nodes ``unfolded`` nothing is counted. With ``shared``, leaves of several parents are counted as
    well, on the one under which a tree shows them.
    """
    homes: dict[str, list[Node]] = {}
    for node in graph.nodes:
        if _is_leaf(graph, node) and (shared or len(graph.parents[node.id]) == 1):
            homes.setdefault(graph.home(node.id) or "", []).append(node)
    counted: dict[str, Node] = {}
    hidden: set[str] = set()
    for node in graph.nodes:
        leaves = homes.get(node.id, [])
        if len(leaves) < max(least, 1) or node.id in unfolded:
            continue
        hidden.update(leaf.id for leaf in leaves)
        runs = sum(leaf.kind is Kind.RUN for leaf in leaves)
        counted[node.id] = replace(node, runs=node.runs + runs, results=node.results + len(leaves) - runs)
    nodes = [counted.get(node.id, node) for node in graph.nodes if node.id not in hidden]
    return Graph.of(nodes, graph.edges, graph.focus, graph.unread)


def _is_leaf(graph: Graph, node: Node) -> bool:
    """Whether a node is a result or run with parents, from where nothing leads on."""
    return (
        node.type not in _SERIES
        and node.id not in graph.focus
        and not (graph.children[node.id] or node.below or node.above)
        and bool(graph.parents[node.id])
    )


def names(graph: Graph) -> Graph:
    """Collapse the versions of each name into one node, and leave out the runs between them.

    A name whose versions were made of its own earlier ones is tied to itself, which is not shown.
    """
    tied = _without_runs(graph)
    series = {node.id: _series(node) for node in tied.nodes}
    groups: dict[str, list[Node]] = {}
    for node in tied.nodes:
        groups.setdefault(series[node.id], []).append(node)
    edges = [(series[a], series[b]) for a, b in tied.edges]
    nodes = [_name(key, group) for key, group in groups.items()]
    return Graph.of(nodes, edges, (series[key] for key in tied.focus), tied.unread)


def _without_runs(graph: Graph) -> Graph:
    edges: set[Edge] = set(graph.edges)
    for node in graph.nodes:
        if node.kind is Kind.RUN:
            edges.update((a, b) for a in graph.parents[node.id] for b in graph.children[node.id])
    kept = [node for node in graph.nodes if node.kind is not Kind.RUN]
    return Graph.of(kept, edges, graph.focus, graph.unread)


def _series(node: Node) -> str:
    return "name:" + node.id.partition(":")[2].rpartition(":v")[0]


def _name(key: str, group: list[Node]) -> Node:
    first = group[0]
    return Node(
        key,
        Kind.NAME,
        first.project,
        first.name.rpartition(":v")[0],
        first.type,
        gone=first.gone if _all_alike(node.gone for node in group) else "",
        foreign=first.foreign,
        created=first.created,
        size=sum(node.size for node in group),
        versions=len(group),
        above=sum(node.above for node in group),
        below=sum(node.below for node in group),
    )


def _all_alike(values: Iterable[str]) -> bool:
    return len(set(values)) == 1
