"""A graph for other programs: as plain values, in the language of Graphviz, and in that of Mermaid.

Nodes are numbered there, so that no text from a store is ever anything but the text of a label.
"""

from __future__ import annotations

from typing import Any

from mvfs import units
from mvfs.lineage.drawing import UNICODE, name_of, remarks_of, style_of
from mvfs.lineage.graph import Graph, Kind, Node

_SAFE = frozenset(" .:/_-+,()")
"""What Mermaid takes as it is in a label, beside letters and digits."""


def node_json(node: Node) -> dict[str, Any]:
    """A node as JSON shows it."""
    return {
        "id": node.id,
        "kind": str(node.kind),
        "ref": node.ref,
        "project": node.project,
        "name": node.name,
        "type": node.type or None,
        "state": node.state or None,
        "gone": node.gone or None,
        "aliases": list(node.aliases),
        "created": units.iso(node.created) if node.created else None,
        "versions": node.versions if node.kind is Kind.NAME else None,
        "above": node.above,
        "below": node.below,
    }


def graph_json(graph: Graph) -> dict[str, Any]:
    """A graph as JSON shows it."""
    return {
        "focus": sorted(graph.focus),
        "nodes": [node_json(node) for node in graph.nodes],
        "edges": [{"from": a, "to": b} for a, b in graph.edges],
    }


_BOXES = {"dataset": "cylinder", "model": "box", "run": "ellipse"}


def dot(graph: Graph) -> list[str]:
    """Lines in the language of Graphviz."""
    ids = _numbers(graph)
    found = ["digraph lineage {", "  rankdir=LR;", '  node [fontname="sans-serif"];']
    for node in graph.nodes:
        looks = [f"label={_quoted(_words(node))}", f"shape={_BOXES.get(style_of(node), 'note')}"]
        looks += ["style=dashed"] if node.gone else []
        looks += ["penwidth=3"] if node.id in graph.focus else []
        found.append(f"  {ids[node.id]} [{', '.join(looks)}];")
    found += [f"  {ids[a]} -> {ids[b]};" for a, b in graph.edges]
    return [*found, "}"]


def mermaid(graph: Graph) -> list[str]:
    """Lines in the language of Mermaid."""
    ids = _numbers(graph)
    shapes = {"dataset": ("[(", ")]"), "model": ("[", "]"), "run": ("([", "])")}
    found = ["flowchart LR"]
    for node in graph.nodes:
        before, after = shapes.get(style_of(node), ("[/", "/]"))
        found.append(f'  {ids[node.id]}{before}"{_entities(_words(node))}"{after}')
    found += [f"  {ids[a]} --> {ids[b]}" for a, b in graph.edges]
    gone = [ids[node.id] for node in graph.nodes if node.gone]
    focus = [ids[node.id] for node in graph.nodes if node.id in graph.focus]
    if gone:
        found += ["  classDef gone stroke-dasharray:4", f"  class {','.join(gone)} gone"]
    if focus:
        found += ["  classDef focus stroke-width:3px", f"  class {','.join(focus)} focus"]
    return found


def _numbers(graph: Graph) -> dict[str, str]:
    return {node.id: f"n{at}" for at, node in enumerate(graph.nodes)}


def _words(node: Node) -> str:
    return " ".join([name_of(node), *remarks_of(node, UNICODE)])


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _entities(words: str) -> str:
    return "".join(ch if ch.isalnum() or ch in _SAFE else f"#{ord(ch)};" for ch in words)
