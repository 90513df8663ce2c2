"""``mvfs materialize``: the bytes of a version's references, into the store."""

from __future__ import annotations

import argparse

from mvfs import units
from mvfs.catalog.materializing import externals, materialize
from mvfs.catalog.shapes import version_json
from mvfs.cli.output import Output
from mvfs.cli.places import ref_of, version_of
from mvfs.cli.progress import Progress
from mvfs.errors import InvalidInput
from mvfs.refs import Selector


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "ref", metavar="REF", help="a version; it stays the same, and is verified from then on"
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Bring the bytes in, and tell how many there were."""
    place = version_of(args, args.ref)
    version, project = place.version, place.project
    assert version is not None
    if place.path:
        raise InvalidInput(f"'{args.ref}' is a path in a version; name the version, {ref_of(place)}")
    total = sum(entry.size for entry in externals(project, version))
    with Progress(f"fetching {ref_of(place)}", total) as progress:
        done = materialize(project, version, progress)
    if out.as_json:
        now = project.version(version.name, Selector(number=version.number))
        counts = {"materialized": done.files, "pulled": done.size, "new": done.new_bytes}
        out.data_json(version_json(project.name, now) | counts)
        return 0
    out.data(ref_of(place))
    if not done.files:
        out.say("no file's bytes are elsewhere: nothing to do")
    else:
        plural = "s" * (done.files != 1)
        out.say(
            f"{done.files} file{plural}, {units.size(done.size)} read, {units.size(done.new_bytes)} new here"
        )
    return 0
