"""``mvfs tui``: browse a store in the terminal."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from mvfs import refs
from mvfs.cli.exits import USAGE
from mvfs.cli.output import Output
from mvfs.cli.places import open_store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "place",
        nargs="*",
        metavar="PLACE",
        help="open there: a ref, or a view and refs, as in 'lineage vision/model/iv3:best'",
    )
    parser.add_argument("--rw", action="store_true", help="allow changes at once, without unlocking by w")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")


def run(args: argparse.Namespace, out: Output) -> int:
    """Open the store, then the UI; what is wrong with the store is told before the screen changes."""
    reason = _unfit()
    if reason:
        out.say(f"mvfs: {reason}; 'mvfs ls' lists what there is")
        return USAGE
    place = importlib.import_module("tui.place").Place.parse(" ".join(args.place))
    store, place = place.within()
    catalog = open_store(args, refs.Ref("", store, ()) if store else None)
    opened = importlib.import_module("tui.opening").open_at(catalog, place)
    browse = importlib.import_module("tui.app").browse
    code: int = browse(opened, mouse=not args.no_mouse, unlocked=args.rw)
    return code


def _unfit() -> str:
    """Why there can be no UI here; empty if there can."""
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        return "the terminal UI needs a terminal for its input and output"
    if os.environ.get("TERM", "dumb") == "dumb":
        return f"the terminal UI cannot draw on TERM={os.environ.get('TERM', '')}"
    return ""
