"""``mvfs prune``: delete the versions that no rule keeps."""

from __future__ import annotations

import argparse

from mvfs import units
from mvfs.catalog.catalog import Place
from mvfs.catalog.pruning import Policy, choose, prune
from mvfs.cli.asking import Shown, add_yes, count, settle
from mvfs.cli.output import Output
from mvfs.cli.places import place_of
from mvfs.cli.rm import brief_json, full_ref
from mvfs.cli.table import table
from mvfs.errors import InvalidInput
from mvfs.index import queries
from mvfs.index.rows import Name, Version


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="a name, type or project; versions with aliases stay")
    parser.add_argument(
        "--keep-last", type=int, default=0, metavar="N", help="keep the N newest of each name"
    )
    parser.add_argument("--keep-aliased", action="store_true", help="keep nothing else than what has aliases")
    parser.add_argument("--keep-best", action="store_true", help="keep what the name's rule picks")
    parser.add_argument("--older-than", metavar="AGE", help="only versions older than 30m, 12h, 30d, 8w, 1y")
    parser.add_argument("--expired", action="store_true", help="only versions whose expiry has passed")
    add_yes(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Show what no rule keeps, and delete it if that is wanted."""
    older = units.parse_age(args.older_than) if args.older_than else None
    policy = Policy(args.keep_last, args.keep_aliased, args.keep_best, older, args.expired)
    policy.check()
    place = place_of(args, args.ref)
    chosen = choose(place.project, _names(place, args.ref), policy)

    def act() -> str:
        gone = prune(place.project, chosen, policy)
        return f"deleted {count(gone, 'version')}; 'mvfs undelete' works until a sweep"

    return settle(args, out, _shown(place, chosen), act)


def _names(place: Place, ref: str) -> list[Name]:
    if place.version is not None:
        raise InvalidInput(
            f"'{ref}' is a version; prune takes names, types and projects ('rm' takes versions)"
        )
    return [place.name] if place.name is not None else place.project.names(place.type)


def _shown(place: Place, chosen: list[Version]) -> Shown:
    project = place.project
    rows, items, used = [], [], 0
    for version in chosen:
        users = queries.users(project.index, version.name, version.number)
        used += bool(users)
        size, age = units.size(version.size), units.age(version.created)
        runs = f"input of {count(len(users), 'run')}" if users else ""
        rows.append([full_ref(project, version), size, age, runs])
        items.append(brief_json(project, version) | {"used_by": [run.id for run in users]})
    about = f", {used:,} of them used as input by runs" if used else ""
    title = f"{count(len(chosen), 'version')}{about} would go to the trash"
    return Shown(title, table(["VERSION", ">SIZE", ">AGE", "USED"], rows), items)
