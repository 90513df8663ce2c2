"""``mvfs cat``: the bytes of one file to standard output, verified; of a reference, seen to be unchanged."""

from __future__ import annotations

import argparse
import sys

from mvfs.cli.output import Output
from mvfs.cli.places import ref_of, version_of
from mvfs.errors import InvalidInput
from mvfs.store.manifest.records import FileEntry

_AT_ONCE = 8 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "ref", metavar="REF/PATH", help="a file of a version; of a version of one file, that one"
    )


def run(args: argparse.Namespace, out: Output) -> int:  # noqa: ARG001 - bytes bypass the text output
    """Write the file's bytes; nothing that was not verified is written."""
    place = version_of(args, args.ref)
    assert place.version is not None
    content = place.project.content(place.version)
    found = content.find(place.path)
    if not isinstance(found, FileEntry) and not place.path and place.version.files == 1:
        found = next(content.files())
    if not isinstance(found, FileEntry):
        raise InvalidInput(f"'{args.ref}' is a directory of {ref_of(place)}; name a file in it")
    reader = content.reader(found)
    for offset in range(0, found.size, _AT_ONCE):
        sys.stdout.buffer.write(reader.read(offset, _AT_ONCE))
    return 0
