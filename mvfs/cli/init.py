"""``mvfs init``: make a store, after checking that the place can be one."""

from __future__ import annotations

import argparse

from mvfs import settings
from mvfs.catalog.catalog import open_catalog
from mvfs.cli.exits import OK
from mvfs.cli.output import Output
from mvfs.errors import Unavailable
from mvfs.store.probe import look, probe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "location", nargs="?", metavar="STORE", help="where (default: --store or the default)"
    )
    parser.add_argument(
        "--single-writer",
        action="store_true",
        help="make a store even where nothing can keep two writers apart; then only one process may ever"
        " write at a time, or versions that were logged may be lost",
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Probe the place and make the store; a store that is there already is left as it is."""
    catalog = open_catalog(settings.store_location(args.location or args.store))
    was_there = catalog.exists
    probed = look(catalog.backend) if args.single_writer or was_there else probe(catalog.backend)
    identity = catalog.make(probed)
    if probed.doubt and not identity.has_one_writer:
        raise Unavailable(
            f"{catalog.location} is a store for several writers already, but the place is none:"
            f" {probed.doubt}; let only one process write, and bring it elsewhere with 'mvfs sync'"
        )
    if out.as_json:
        answer = {"store": catalog.location, "id": identity.store_id, "made": not was_there}
        out.data_json(answer | {"single_writer": identity.has_one_writer})
        return OK
    out.data(catalog.location)
    out.say("this is a store already; it works" if was_there else "made and probed a new store")
    if identity.has_one_writer:
        if probed.doubt:
            out.say(f"it is for a single writer: {probed.doubt}")
        out.say("only one process at a time may ever write to it, and nothing can keep a second one out")
        out.say("if two write at once, a version that one of them was told is safe can be lost")
    elif args.single_writer:
        out.say("many may write to it: this place needs no --single-writer")
    return OK
