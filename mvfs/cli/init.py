"""``mvfs init``: make a store, after checking that the place can be one."""

from __future__ import annotations

import argparse

from mvfs import settings
from mvfs.catalog.catalog import open_catalog
from mvfs.cli.output import Output
from mvfs.store.probe import probe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "location", nargs="?", metavar="STORE", help="where (default: --store or the default)"
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Probe the place and make the store; a store that is there already is left as it is."""
    catalog = open_catalog(settings.store_location(args.location or args.store))
    was_there = catalog.exists
    probe(catalog.backend)
    identity = catalog.make()
    if out.as_json:
        out.data_json({"store": catalog.location, "id": identity.store_id, "made": not was_there})
    else:
        out.data(catalog.location)
        out.say("this is a store already; it works" if was_there else "made and probed a new store")
    return 0
