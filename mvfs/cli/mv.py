"""``mvfs mv``: a version, or a whole name, to another name or project."""

from __future__ import annotations

import argparse

from mvfs.catalog.deletion import check
from mvfs.cli.asking import add_yes, count, settle
from mvfs.cli.cp import carry_out, order_of
from mvfs.cli.insisting import add_insistence, insistence_of
from mvfs.cli.output import Output
from mvfs.cli.places import place_of
from mvfs.cli.rm import shown, target_of, versions_of
from mvfs.cli.targets import parse_target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="a version, or a name: all its versions and aliases")
    parser.add_argument("new", metavar="NEW", help="the name that gets them, here or in another project")
    parser.add_argument("--aliases", action="store_true", help="also a version that aliases point at")
    add_insistence(parser)
    add_yes(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Show what moves, and move it if that is wanted."""
    place = place_of(args, args.ref)
    what = target_of(place, args.ref, "mv")
    assert place.type is not None
    new = parse_target(args.new, place.project.name, place.type)
    if not what.whole:  # of a whole name, aliases move along
        check(place.project, [what], aliases=args.aliases, insistence=insistence_of(args))
    versions = [(place.project, version) for version in versions_of(place.project, what)]
    where = f"{new.project}/{place.type}/{new.name}"

    def act() -> str:
        done = carry_out(order_of(args, place, args.ref, args.new, move=True), f"moving {args.ref}")
        return f"moved {count(len(done.numbers), 'version')} to {where}"

    return settle(args, out, shown(f"{count(len(versions), 'version')} would move to {where}", versions), act)
