"""``mvfs tui``: browse a store in the terminal."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import re
import sys
from typing import Any

from mvfs import refs
from mvfs.cli.exits import OK, USAGE
from mvfs.cli.output import Output
from mvfs.errors import InvalidInput

_LEAST, _MOST = (20, 4), (500, 200)
"""Columns and rows that a frame can have."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "place",
        nargs="*",
        metavar="PLACE",
        help="open there: a ref, or a view and refs ('lineage vision/iv3:best'); else where you left",
    )
    parser.add_argument("--rw", action="store_true", help="allow changes at once, without unlocking by w")
    parser.add_argument(
        "--theme", choices=("dark", "light", "ansi"), help="colours; ansi: the terminal's own"
    )
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    parser.add_argument("--frame", action="store_true", help="print one frame of PLACE as text, and end")
    parser.add_argument("--size", metavar="120x40", default="120x40", help="columns and rows of --frame")
    parser.add_argument("--color", action="store_true", help="print --frame with colours")


def run(args: argparse.Namespace, out: Output) -> int:
    """Open the store, then the UI; what is wrong with the store is told before the screen changes."""
    reason = "" if args.frame else _unfit()
    if reason:
        out.say(f"mvfs: {reason}; 'mvfs ls' lists what there is")
        return USAGE
    size = _size(args.size)
    if not args.frame:
        gc.disable()  # until the first frame: what is made by then stays, and looking costs 60 ms
    options = importlib.import_module("tui.options").options(
        os.environ, theme=args.theme, ascii=args.ascii, unlocked=args.rw
    )
    opened = _opened(args)
    app = importlib.import_module("tui.app")
    if args.frame:
        sys.stdout.write("\n".join(app.frame(opened, options, size, colour=args.color)) + "\n")
        return OK
    code: int = app.browse(opened, options, mouse=not args.no_mouse)
    return code


def _opened(args: argparse.Namespace) -> Any:
    """What the first frame shows: the place that was asked for, or the one that was left last."""
    from mvfs.cli.places import open_store  # and all that a store is, without the collector

    store, place = importlib.import_module("tui.place").Place.parse(" ".join(args.place)).within()
    catalog = open_store(args, refs.Ref("", store, ()) if store else None)
    opening = importlib.import_module("tui.opening")
    return opening.open_at(catalog, place) if args.place or args.frame else opening.open_again(catalog)


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,3})x(\d{1,3})", text)
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(least <= one <= most for least, one, most in zip(_LEAST, size, _MOST, strict=True)):
        raise InvalidInput(f"--size is columns x rows, as in 120x40, from 20x4 to 500x200; not '{text}'")
    return size


def _unfit() -> str:
    """Why there can be no UI here; empty if there can."""
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        return "the terminal UI needs a terminal for its input and output"
    if os.environ.get("TERM", "dumb") == "dumb":
        return f"the terminal UI cannot draw on TERM={os.environ.get('TERM', '')}"
    return ""
