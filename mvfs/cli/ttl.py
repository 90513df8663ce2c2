"""``mvfs ttl``: when ``prune --expired`` may delete a version."""

from __future__ import annotations

import argparse

from mvfs import refs, units
from mvfs.catalog.expiry import NEVER, expiry_in, set_expiry
from mvfs.catalog.shapes import version_json
from mvfs.cli.output import Output
from mvfs.cli.places import ref_of, version_of

_FIXED = {"none": None, "never": NEVER}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="the version")
    parser.add_argument(
        "age",
        nargs="?",
        metavar="AGE",
        help="from now: 12h, 30d, 8w, 1y; 'never', whatever the policy says; 'none': as that says;"
        " left out: print it",
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Set or print when a version expires."""
    place = version_of(args, args.ref)
    version = place.version
    assert version is not None
    if args.age is not None:
        moment = _FIXED[args.age] if args.age in _FIXED else expiry_in(units.parse_age(args.age))
        set_expiry(place.project, version.name, version.number, moment)
        version = place.project.version(version.name, refs.Selector(number=version.number))
    if out.as_json:
        out.data_json(version_json(place.project.name, version))
    elif version.expires is None or version.expires == NEVER:
        out.data("none" if version.expires is None else "never")
    else:
        out.data(units.moment(version.expires))
        if version.aliases:
            out.say(f"{ref_of(place, version)} is kept as long as it is {', '.join(version.aliases)}")
    return 0
