"""``mvfs verify``: a copy on disk against a version, or a version's stored bytes against their hashes."""

from __future__ import annotations

import argparse
from pathlib import Path

from mvfs import units
from mvfs.catalog.catalog import Place
from mvfs.catalog.comparing import compare, read_back
from mvfs.cli.exits import DAMAGED, NEGATIVE, OK
from mvfs.cli.output import Output
from mvfs.cli.places import ref_of, version_of
from mvfs.cli.progress import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="a version, or a path in one")
    parser.add_argument("copy", nargs="?", metavar="DIR", help="a copy of it (default: the stored bytes)")


def run(args: argparse.Namespace, out: Output) -> int:
    """Tell each difference; 1 if the copy differs, 5 if the store is damaged."""
    place = version_of(args, args.ref)
    return _stored(place, out) if args.copy is None else _copy(place, Path(args.copy), out)


def _copy(place: Place, copy: Path, out: Output) -> int:
    assert place.version is not None
    content = place.project.content(place.version)
    total = sum(entry.size for entry in content.below(place.path))
    with Progress(f"comparing {copy}", total) as progress:
        found = list(compare(content, copy, place.path, progress))
    if out.as_json:
        out.data_json(
            {
                "ref": ref_of(place),
                "path": str(copy),
                "differences": [{"kind": one.kind, "path": one.path, "message": one.why} for one in found],
            }
        )
    for one in found:
        if not out.as_json:
            out.data(f"{one.kind}: {one.path} ({one.why})")
    verdict = f"differs in {len(found)} place{'s' * (len(found) != 1)}" if found else "is the same"
    out.say(f"{copy} {verdict}: {ref_of(place)}, {units.size(total)}")
    return NEGATIVE if found else OK


def _stored(place: Place, out: Output) -> int:
    assert place.version is not None
    content = place.project.content(place.version)
    files = list(content.below(place.path))
    total = sum(entry.size for entry in files)
    with Progress(f"reading {ref_of(place)}", total) as progress:
        found = list(read_back(content, files, progress))
    if out.as_json:
        damaged = [{"path": path, "message": why} for path, why in found]
        out.data_json({"ref": ref_of(place), "files": len(files), "size": total, "damaged": damaged})
    for path, why in found:
        if not out.as_json:
            out.data(f"damaged: {path} ({why})")
    if found:
        out.say(f"{ref_of(place)}: {len(found)} of {len(files)} files are damaged; 'mvfs fsck' tells more")
        return DAMAGED
    out.say(
        f"{ref_of(place)}: {len(files)} file{'s' * (len(files) != 1)}, {units.size(total)}, all as logged"
    )
    return OK
