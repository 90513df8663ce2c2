"""``mvfs rename``: another name for a project or a name; everything goes with it."""

from __future__ import annotations

import argparse

from mvfs import refs
from mvfs.catalog.renaming import rename
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.cli.targets import parse_target
from mvfs.errors import InvalidInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("old", metavar="OLD", help="a project, or project/name")
    parser.add_argument("new", metavar="NEW", help="its new name")


def run(args: argparse.Namespace, out: Output) -> int:
    """Rename, and print the new ref."""
    ref = refs.parse(args.old)
    catalog = open_store(args, ref)
    place = catalog.resolve(ref)
    if place.type is None:
        catalog.rename_project(place.project.name, args.new)
        new = refs.check_name(args.new, "project")
    elif place.name is None or place.version is not None:
        raise InvalidInput(f"'{args.old}' is no project and no name; nothing else has a name of its own")
    else:
        target = parse_target(args.new, place.project.name, place.type)
        is_here = target.store in (None, ref.store) and target.project == place.project.name
        if not is_here or target.type not in (None, place.type):
            raise InvalidInput(
                f"'{args.new}' is in another project or type; rename changes only the last word"
                " ('mvfs mv' moves to another project)"
            )
        rename(place.project, place.name.name, target.name)
        new = f"{place.project.name}/{place.type}/{target.name}"
    if out.as_json:
        out.data_json({"ref": new})
    else:
        out.data(new)
    return 0
