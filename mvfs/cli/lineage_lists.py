"""Lists of ``mvfs lineage``: runs that used a version, versions it came from or led to, what two share."""

from __future__ import annotations

import argparse
from typing import Any

from mvfs import units
from mvfs.catalog.catalog import Catalog, Place
from mvfs.cli.exits import NEGATIVE, OK
from mvfs.cli.output import Output
from mvfs.cli.table import table
from mvfs.errors import InvalidInput
from mvfs.lineage.export import node_json
from mvfs.lineage.graph import Node
from mvfs.lineage.questions import Found, Questions

_TOLD = 5
"""Names of which two versions came from different versions that are told."""


def answer(args: argparse.Namespace, catalog: Catalog, places: list[Place], out: Output) -> int:
    """Print the list that was asked for; what could not be asked is told first.

    Raises:
        InvalidInput: the depth is below 1.
    """
    if args.depth is not None and args.depth < 1:
        raise InvalidInput("the depth must be at least 1")
    (one, *other) = [(place.project, place.version) for place in places if place.version is not None]
    ask = Questions(catalog, one[0], here=args.here)
    code = OK
    if args.runs:
        runs = ask.runs_using(*one)
        _print(
            out, [node_json(run) for run in runs], ["RUN", "NAME", "JOB", "STATE", ">AGE"], map(_run, runs)
        )
    elif args.common:
        shared, apart = ask.common(one, other[0], args.common)
        _print(out, [node_json(node) for node in shared], ["VERSION"], [[_ref(node)] for node in shared])
        code = OK if shared else NEGATIVE
        if not out.as_json:
            _tell(out, args.common, shared, apart)
    else:
        way = ask.made_of if args.made else ask.sources_of
        found = way(*one, args.made or args.sources, args.depth)
        values = [{**node_json(each.node), "steps": each.steps} for each in found]
        _print(out, values, ["VERSION", "TYPE", ">STEPS", ">AGE", "ALIASES"], map(_version, found))
    for line in ask.unread:
        out.warn(f"project {line}")
    return code


def _print(out: Output, values: list[dict[str, Any]], headers: list[str], rows: Any) -> None:
    if out.as_json:
        out.data_json(values)
        return
    for line in table(headers, list(rows)):
        out.data(line)


def _run(run: Node) -> list[str]:
    return [run.ref, run.name, run.type, run.state or run.gone, _age(run)]


def _version(found: Found) -> list[str]:
    node = found.node
    return [_ref(node), node.type, str(found.steps), _age(node), ", ".join(node.aliases)]


def _ref(node: Node) -> str:
    return f"{node.ref} ({node.gone})" if node.gone else node.ref


def _age(node: Node) -> str:
    return units.age(node.created) if node.created else ""


def _tell(out: Output, type_: str, shared: list[Node], apart: list[tuple[list[Node], list[Node]]]) -> None:
    """Say what the answer means: what is not shared although both came from a version of it."""
    if not shared:
        out.say(f"no version of type '{type_}' that both came from")
    for mine, theirs in apart[:_TOLD]:
        name = mine[0].ref.rpartition(":")[0]
        out.say(f"{name}: the first has {_numbers(mine)}, the second {_numbers(theirs)}")


def _numbers(nodes: list[Node]) -> str:
    return ", ".join(node.name.rpartition(":")[2] for node in nodes)
