"""What the lineage screen shows, as a worker works it out: the graph in its form, a tree and a network."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mvfs.lineage.graph import Graph, Kind, Node
from tui.viewmodel.descent import Descent
from tui.viewmodel.lineage import Walked, Wanted, haystack
from tui.viewmodel.network import Network


@dataclass(frozen=True)
class Picture:
    """A lineage, drawn."""

    walked: Walked
    wanted: Wanted
    graph: Graph
    """In the form that is wanted."""
    descent: Descent
    network: Network | None = None
    """Only where a graph is wanted: its layout takes a while."""
    unfolded: frozenset[str] = frozenset()

    @classmethod
    def of(cls, walked: Walked, wanted: Wanted, unfolded: Collection[str] = ()) -> Picture:
        """Draw what was read."""
        graph = walked.seen_as(wanted.form, unfolded)
        network = Network(graph) if wanted.graph else None
        return cls(walked, wanted, graph, Descent.of(graph), network, frozenset(unfolded))

    def folded(self, words: Collection[str]) -> dict[str, str]:
        """The nodes that are only counted and hold all words, each with the node that they are counted on."""
        whole = self.walked.whole(self.wanted.form)
        hidden = (node for node in whole.nodes if node.id not in self.graph.by_id)
        return {
            node.id: whole.home(node.id) or ""
            for node in hidden
            if all(word in haystack(node) for word in words)
        }

    def like(self, key: str) -> str:
        """The node that stands for the one of a key here: itself, its name, or what is next to it."""
        if key in self.graph.by_id:
            return key
        kind, _, rest = key.partition(":")
        if kind == Kind.NAME:
            own = [one.id for one in self.graph.nodes if _stem(one) == rest]
            return next((one for one in own if one in self.graph.focus), own[-1] if own else self.focus)
        name = f"{Kind.NAME}:{rest.rpartition(':v')[0]}"
        if name in self.graph.by_id:
            return name
        walked = self.walked.graph
        near = (*walked.parents.get(key, ()), *walked.children.get(key, ()))
        next_to = [one for run in near for one in (run, *walked.parents[run])]
        return next((one for one in next_to if one in self.graph.by_id), self.focus)

    @property
    def focus(self) -> str:
        """The node that was asked about."""
        return next(iter(self.graph.focus), "")


def _stem(node: Node) -> str:
    return node.id.partition(":")[2].rpartition(":v")[0] if node.kind is Kind.VERSION else ""
