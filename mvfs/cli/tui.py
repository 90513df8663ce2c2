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
    parser.add_argument("place", nargs="?", metavar="PLACE", help="open at this project, name or version")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")


def run(args: argparse.Namespace, out: Output) -> int:
    """Open the store, then the UI; what is wrong with the store is told before the screen changes."""
    reason = _unfit()
    if reason:
        out.say(f"mvfs: {reason}; 'mvfs ls' lists what there is")
        return USAGE
    ref = refs.parse(args.place) if args.place else None
    catalog = open_store(args, ref)
    place = catalog.resolve(ref) if ref else None
    opened = importlib.import_module("tui.opening").open_at(catalog, place)
    code: int = importlib.import_module("tui.app").browse(opened, mouse=not args.no_mouse)
    return code


def _unfit() -> str:
    """Why there can be no UI here; empty if there can."""
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        return "the terminal UI needs a terminal for its input and output"
    if os.environ.get("TERM", "dumb") == "dumb":
        return f"the terminal UI cannot draw on TERM={os.environ.get('TERM', '')}"
    return ""
