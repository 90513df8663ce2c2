"""``mvfs get``: a verified copy of a version, a directory in it, or one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from mvfs import units
from mvfs.cli.output import Output
from mvfs.cli.places import ref_of, version_of
from mvfs.cli.progress import Progress
from mvfs.errors import NotFound
from mvfs.store.manifest.records import FileEntry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="a version, or a path in one")
    parser.add_argument("dest", nargs="?", metavar="DEST", help="where to (default: here, as NAME-vN)")
    parser.add_argument(
        "--include", action="append", default=[], metavar="G", help="only files like this glob"
    )
    parser.add_argument("--exclude", action="append", default=[], metavar="G", help="no files like this glob")


def run(args: argparse.Namespace, out: Output) -> int:
    """Copy out, and print where to."""
    place = version_of(args, args.ref)
    version = place.version
    assert version is not None
    content = place.project.content(version)
    found = content.find(place.path)
    if args.dest is not None:
        target = Path(args.dest)
    elif isinstance(found, FileEntry):
        target = Path(found.name)
    else:
        target = Path(f"{version.name}-{version.label}" if not place.path else place.path.rpartition("/")[2])
    total = found.size if isinstance(found, FileEntry) else version.size
    with Progress(f"copying {ref_of(place)}", total) as progress:
        files = content.copy(target, place.path, args.include, args.exclude, progress)
    if not files:
        raise NotFound(f"no file of {ref_of(place)} is like what was asked for")
    size = sum(file.size for file in files)
    if out.as_json:
        out.data_json({"ref": ref_of(place), "path": str(target), "files": len(files), "size": size})
    else:
        out.data(str(target))
        plural = "s" * (len(files) != 1)
        outside = sum(file.is_external for file in files)
        how = f"{outside} by reference, as recorded by size and tag; " * bool(outside)
        how += "every byte verified" if not outside else "every other byte verified" * (outside < len(files))
        out.say(f"{ref_of(place)}: {len(files)} file{plural}, {units.size(size)}, {how}".rstrip("; "))
    return 0
