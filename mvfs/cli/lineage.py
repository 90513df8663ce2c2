"""``mvfs lineage``: what a version came from, and what was made of it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mvfs import refs
from mvfs.catalog.catalog import Catalog, Place
from mvfs.cli import columns
from mvfs.cli.exits import OK
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.errors import InvalidInput
from mvfs.lineage import views
from mvfs.lineage.walk import DEPTH, NEIGHBOURS, Direction, walk

if TYPE_CHECKING:
    from mvfs.lineage.drawing import Glyphs
    from mvfs.lineage.graph import Graph, Node

_SIGNS = (
    "In a drawing, ◆ is a data set, ● a model, ○ any other version, ▷ a run, ✗ what is gone, ◀ the version"
    " that was asked about, and ╾ stands before further parents; ○3 counts three results that are not shown."
    " With --ascii these are # @ o > x < and <-."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("refs", nargs="+", metavar="REF", help="a version; with --common, two")
    parser.add_argument("--up", action="store_true", help="only what it came from")
    parser.add_argument("--down", action="store_true", help="only what was made of it")
    parser.add_argument(
        "--depth", type=int, metavar="N", help=f"at most N steps from version to version (default: {DEPTH})"
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "--explode", action="store_true", help="show each run between versions, and each result"
    )
    shown.add_argument("--names", action="store_true", help="collapse the versions of each name")
    parser.add_argument(
        "--format",
        choices=["tree", "graph", "json", "dot", "mermaid"],
        default="tree",
        help="a tree with cross-links, a graph from left to right, or for another program (default: tree)",
    )
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters")
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        default=NEIGHBOURS,
        help=f"show at most N neighbours of one version or run, and count the rest (default: {NEIGHBOURS})",
    )
    parser.add_argument(
        "--here", action="store_true", help="do not look for runs of other projects that used versions"
    )
    questions = parser.add_argument_group("lists, complete and without a drawing")
    asked = questions.add_mutually_exclusive_group()
    asked.add_argument("--runs", action="store_true", help="the runs that used the version")
    asked.add_argument("--made", metavar="TYPE", help="the versions of a type that came out of it")
    asked.add_argument(
        "--from", metavar="TYPE", dest="sources", help="the versions of a type that it came from"
    )
    asked.add_argument(
        "--common",
        metavar="TYPE",
        help="the versions of a type that both REFs came from; exit code 1 if there is none",
    )
    parser.epilog = _SIGNS


def run(args: argparse.Namespace, out: Output) -> int:
    """Draw the graph, or answer the question."""
    places = _places(args)
    if args.runs or args.made or args.sources or args.common:
        from mvfs.cli.lineage_lists import answer

        return answer(args, *places, out)
    catalog, (place, *_) = places
    whole = _walk(args, catalog, place)
    graph = _view(args, whole)
    for line in whole.unread:
        out.warn(f"project {line}")
    if len(graph.nodes) == 1 and not out.as_json:
        out.say(_alone(whole, graph.nodes[0], in_part=args.up != args.down))
    _print(args, graph, out)
    return OK


def _places(args: argparse.Namespace) -> tuple[Catalog, list[Place]]:
    """The store, and what the refs stand for in it.

    Raises:
        InvalidInput: there are too many refs or too few, or they are of two stores.
    """
    if len(args.refs) != (2 if args.common else 1):
        raise InvalidInput("name one version, or two with '--common TYPE', as in '--common dataset'")
    parsed = [refs.parse(words) for words in args.refs]
    catalogs = [open_store(args, ref) for ref in parsed]
    if len({catalog.location for catalog in catalogs}) > 1:
        raise InvalidInput("the two versions are in different stores, which have no lineage in common")
    return catalogs[0], [catalogs[0].version(ref) for ref in parsed]


def _alone(whole: Graph, node: Node, *, in_part: bool) -> str:
    """What there is to say of a version that is drawn alone."""
    runs = len(whole.nodes) - 1
    if runs:
        what, them = ("a run", "it") if runs == 1 else (f"{runs} runs", "them")
        return f"nothing but {what} that made or used {node.ref} is known; --explode shows {them}"
    return f"no run is known that made or used {node.ref}" + " (in this direction)" * in_part


def _walk(args: argparse.Namespace, catalog: Catalog, place: Place) -> Graph:
    """The part of the graph that was asked for, with the runs."""
    assert place.version is not None
    way: Direction = "both" if args.up == args.down else "up" if args.up else "down"
    depth = DEPTH if args.depth is None else args.depth
    return walk(catalog, place.project, place.version, way, depth, neighbours=args.limit, here=args.here)


def _view(args: argparse.Namespace, graph: Graph) -> Graph:
    """How it is to be looked at."""
    if args.explode:
        return graph
    return views.names(graph) if args.names else views.versions(graph)


def _print(args: argparse.Namespace, graph: Graph, out: Output) -> None:
    if out.as_json or args.format in ("json", "dot", "mermaid"):
        from mvfs.lineage import export

        if out.as_json or args.format == "json":
            out.data_json(export.graph_json(graph))
            return
        for words in export.dot(graph) if args.format == "dot" else export.mermaid(graph):
            out.data(words)
        return
    from mvfs.cli.colours import painted

    graph = graph if args.explode or args.names else views.folded(graph)
    glyphs, width = _glyphs(ascii_only=args.ascii), columns() if sys.stdout.isatty() else None
    if args.format == "tree":
        from mvfs.lineage import tree

        drawing = tree.paint(graph, width, glyphs)
    else:
        from mvfs.lineage import layered

        drawing = layered.paint(graph, None, glyphs)
        if width is not None and drawing.width > width:
            out.say(
                f"the graph is {drawing.width} columns wide, and the terminal {width}: it is cut off;"
                " pipe it into 'less -S', or give a lower --depth"
            )
            drawing = layered.paint(graph, width, glyphs)
    for line in drawing.lines:
        out.data_inert(painted(line))


def _glyphs(*, ascii_only: bool) -> Glyphs:
    """Unicode's characters, where the output takes them."""
    from mvfs.lineage.drawing import ASCII, UNICODE

    if ascii_only:
        return ASCII
    try:
        UNICODE.arms.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return ASCII
    return UNICODE
