"""``mvfs undelete``: bring back what was deleted, unless a sweep has taken it."""

from __future__ import annotations

import argparse

from mvfs import refs
from mvfs.catalog.shapes import version_json
from mvfs.catalog.undeletion import undelete
from mvfs.cli.asking import count
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.cli.trash import trashed
from mvfs.refs import Selector


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="a deleted version (by number), or a name: all of it")


def run(args: argparse.Namespace, out: Output) -> int:
    """Bring back, and print what came; exit 1 if some of it could not."""
    ref = refs.parse(args.ref)
    project, name, number = trashed(open_store(args, ref), ref)
    restored = undelete(project, name, None if number is None else [number])
    versions = [project.version(name, Selector(number=n)) for n in restored.numbers]
    if out.as_json:
        out.data_json([version_json(project.name, version) for version in versions])
    else:
        for version in versions:
            aliases = f"  {', '.join(version.aliases)}" if version.aliases else ""
            out.data(f"{project.name}/{version.type}/{name}:{version.label}{aliases}")
        out.say(f"{count(len(versions), 'version')} brought back")
    for why in restored.lost.values():
        out.say(why)
    return 1 if restored.lost else 0
