"""``mvfs cp``: a version, or all versions of a name, under another name."""

from __future__ import annotations

import argparse
from dataclasses import replace

from mvfs import refs, units
from mvfs.catalog.catalog import Place
from mvfs.catalog.copying import Transfer, Transferred, transfer
from mvfs.catalog.shapes import version_json
from mvfs.cli.asking import count
from mvfs.cli.insisting import insistence_of
from mvfs.cli.output import Output
from mvfs.cli.places import open_store, place_of
from mvfs.cli.progress import Progress
from mvfs.cli.rm import target_of, versions_of
from mvfs.cli.targets import parse_target
from mvfs.refs import Ref, Selector


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="a version, or a name: all its versions")
    parser.add_argument("new", metavar="NEW", help="the name that gets them, here or in another project")


def run(args: argparse.Namespace, out: Output) -> int:
    """Copy, and print the new refs."""
    place = place_of(args, args.ref)
    order = order_of(args, place, args.ref, args.new)
    done = carry_out(order, f"copying {args.ref}")
    tell(order, done, out)
    return 0


def order_of(args: argparse.Namespace, place: Place, text: str, new: str, *, move: bool = False) -> Transfer:
    """The transfer that the words ask for; its project is made if it is not there.

    Raises:
        InvalidInput, InvalidName: they ask for something else.
    """
    what = target_of(place, text, "mv" if move else "cp")
    assert place.type is not None
    named = parse_target(new, place.project.name, place.type)
    here = refs.parse(text).store
    if named.store in (None, here) and named.project == place.project.name:
        target = place.project
    else:
        where = Ref(new, named.store or here, (named.project,))
        target = open_store(args, where).make_project(named.project)
    order = Transfer(place.project, what, target, named.name)
    if not move:
        return order
    return replace(order, move=True, aliases=args.aliases, insistence=insistence_of(args))


def carry_out(order: Transfer, what: str) -> Transferred:
    """Do it, with a progress line where bytes are copied."""
    size = sum(version.size for version in versions_of(order.source, order.what))
    with Progress(what, size) as progress:
        return transfer(order, progress)


def tell(order: Transfer, done: Transferred, out: Output) -> None:
    """Print the versions that hold it now."""
    numbers = sorted(set(done.numbers.values()))
    versions = [order.target.version(order.name, Selector(number=number)) for number in numbers]
    if out.as_json:
        out.data_json([version_json(order.target.name, version) for version in versions])
        return
    for version in versions:
        aliases = f"  {', '.join(version.aliases)}" if version.aliases else ""
        out.data(f"{order.target.name}/{version.type}/{version.name}:{version.label}{aliases}")
    new = f", {units.size(done.new_bytes)} copied and verified" if done.new_bytes else ", no bytes copied"
    out.say(count(len(done.numbers), "version") + new)
