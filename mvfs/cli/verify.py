"""``mvfs verify``: a copy on disk against a version, a version's stored bytes against their hashes, or its
references against what they lead to.
"""

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
from mvfs.errors import InvalidInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="a version, or a path in one")
    parser.add_argument("copy", nargs="?", metavar="DIR", help="a copy of it (default: the stored bytes)")
    parser.add_argument(
        "--refs",
        action="store_true",
        help="whether references lead to what was recorded; exit 1 if one does not, 6 if that cannot be told",
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Tell each difference; 1 if the copy differs, 5 if the store is damaged."""
    if args.refs and args.copy is not None:
        raise InvalidInput("--refs compares no copy; leave out DIR, or --refs")
    place = version_of(args, args.ref)
    if args.refs:
        from mvfs.cli.drift import tell_drift  # brings in threads

        return tell_drift(place, out)
    return _stored(place, out) if args.copy is None else _copy(place, Path(args.copy), out)


def _copy(place: Place, copy: Path, out: Output) -> int:
    assert place.version is not None
    content = place.project.content(place.version)
    entries = list(content.below(place.path))
    total = sum(entry.size for entry in entries)
    outside = sum(entry.is_external for entry in entries)
    with Progress(f"comparing {copy}", total) as progress:
        found = list(compare(content, copy, place.path, progress))
    if out.as_json:
        out.data_json(
            {
                "ref": ref_of(place),
                "path": str(copy),
                "by_size_only": outside,
                "differences": [{"kind": one.kind, "path": one.path, "message": one.why} for one in found],
            }
        )
    for one in found:
        if not out.as_json:
            out.data(f"{one.kind}: {one.path} ({one.why})")
    verdict = f"differs in {len(found)} place{'s' * (len(found) != 1)}" if found else "is the same"
    out.say(f"{copy} {verdict}: {ref_of(place)}, {units.size(total)}")
    if outside:
        out.say(f"{outside} of {len(entries)} files are references, of which only the size was compared")
    return NEGATIVE if found else OK


def _stored(place: Place, out: Output) -> int:
    assert place.version is not None
    content = place.project.content(place.version)
    files = list(content.below(place.path))
    outside = sum(entry.is_external for entry in files)
    total = sum(entry.size for entry in files if not entry.is_external)
    with Progress(f"reading {ref_of(place)}", total) as progress:
        found = list(read_back(content, files, progress))
    if out.as_json:
        damaged = [{"path": path, "message": why} for path, why in found]
        told = {"ref": ref_of(place), "files": len(files), "size": total, "damaged": damaged}
        out.data_json(told | {"references": outside})
    for path, why in found:
        if not out.as_json:
            out.data(f"damaged: {path} ({why})")
    if found:
        out.say(f"{ref_of(place)}: {len(found)} of {len(files)} files are damaged; 'mvfs fsck' tells more")
        return DAMAGED
    here = len(files) - outside
    out.say(f"{ref_of(place)}: {here} file{'s' * (here != 1)}, {units.size(total)}, all as logged")
    if outside:
        out.say(f"{outside} more, by reference, not in the store: 'mvfs verify --refs' looks where they lead")
    return OK
