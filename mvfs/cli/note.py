"""``mvfs note``: what people say about a version."""

from __future__ import annotations

import argparse
import sys

from mvfs import refs, units
from mvfs.catalog.pointers import set_note
from mvfs.catalog.shapes import version_json
from mvfs.cli.output import Output
from mvfs.cli.places import ref_of, version_of
from mvfs.cli.table import table
from mvfs.index import queries


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="the version")
    parser.add_argument(
        "text",
        nargs="?",
        metavar="TEXT",
        help="the new note ('-': from standard input, '': none); left out: print it",
    )
    parser.add_argument("--history", action="store_true", help="print the earlier notes too")


def run(args: argparse.Namespace, out: Output) -> int:
    """Write or print a note."""
    place = version_of(args, args.ref)
    version = place.version
    assert version is not None
    if args.text is not None:
        text = sys.stdin.read() if args.text == "-" else args.text
        set_note(place.project, version.name, version.number, text)
        out.say(f"noted on {ref_of(place)}")
        version = place.project.version(version.name, refs.Selector(number=version.number))
    elif args.history:
        changes = queries.note_history(place.project.index, version.name, version.number)
        if out.as_json:
            out.data_json([{"at": units.iso(c.time), "by": c.actor, "text": c.text} for c in changes])
        else:
            rows = [[units.moment(c.time), c.actor, c.text or "(removed)"] for c in changes]
            for line in table(["WHEN", "BY", "NOTE"], rows):
                out.data(line)
        return 0
    if out.as_json:
        out.data_json(version_json(place.project.name, version))
    elif args.text is None and version.note:
        out.data_block(version.note)
    return 0
