"""``mvfs cache``: what is kept of far stores on this machine, how much it may be, and away with it."""

from __future__ import annotations

import argparse
from typing import Any

from mvfs import settings, units
from mvfs.cache import room
from mvfs.cli.asking import Shown, add_yes, count, settle
from mvfs.cli.output import Output
from mvfs.cli.table import table
from mvfs.errors import InvalidInput
from mvfs.store.backend.local import explain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument(
        "action",
        choices=["show", "limit", "clean"],
        help="show: how full it is; limit: set how much it may take; clean: delete what nobody has open",
    )
    parser.add_argument(
        "size", nargs="?", metavar="SIZE", help="for limit: 500M, 20G or 'default' (20%% of the disk)"
    )
    add_yes(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Show, limit or empty the cache of far stores."""
    if args.size is not None and args.action != "limit":
        raise InvalidInput(
            f"'cache {args.action}' takes no size; 'cache limit {args.size}' would set the limit"
        )
    if args.action == "clean":
        return _clean(args, out)
    if args.action == "limit":
        if args.size is None:
            raise InvalidInput("'cache limit' needs a size: 500M, 20G or 'default'")
        _set_limit(args.size)
    _show(out)
    return 0


def _show(out: Output) -> None:
    place = settings.blob_cache()
    found = room.entries(place.path)
    taken = sum(entry.size for entry in found)
    try:
        limit = room.limit(place.path, taken)
    except OSError as exc:
        raise explain(exc, f"cannot read the cache {place.path}") from exc
    if out.as_json:
        shown: dict[str, Any] = {
            "path": str(place.path),
            "shared": place.is_shared,
            "on": settings.is_cache_on(),
            "objects": len(found),
            "size": taken,
            "limit": limit.size,
            "limit_by": limit.given_by,
        }
        out.data_json(shown)
        return
    by = limit.given_by or "by default"
    out.data(f"{place.path}{' (shared with its group)' if place.is_shared else ''}")
    out.data(f"{count(len(found), 'object')}, {units.size(taken)} of at most {units.size(limit.size)} ({by})")
    if not settings.is_cache_on():
        out.data("not in use: $MVFS_CACHE is off")


def _set_limit(text: str) -> None:
    root = settings.blob_cache().path
    size = None if text == "default" else units.parse_size(text)
    try:
        room.set_limit(root, size)
        found = room.entries(root)
        taken = sum(entry.size for entry in found)
        room.evict(root, found, taken - room.limit(root, taken).size)
    except OSError as exc:
        raise explain(exc, f"cannot set the limit of the cache {root}") from exc


def _clean(args: argparse.Namespace, out: Output) -> int:
    root = settings.blob_cache().path
    found = room.entries(root)
    manifests = [entry for entry in found if entry.name.endswith(".mf")]
    blobs = [entry for entry in found if not entry.name.endswith(".mf")]
    items = [
        {"kind": kind, "objects": len(some), "size": sum(entry.size for entry in some)}
        for kind, some in (("blobs", blobs), ("manifests", manifests))
        if some
    ]
    rows = [[str(one["kind"]), f"{one['objects']:,}", units.size(int(str(one["size"])))] for one in items]
    size = sum(entry.size for entry in found)

    def act() -> str:
        freed = room.evict(root, found, size + 1)
        kept = f"; {units.size(size - freed)} are in use, or cannot be deleted" if freed < size else ""
        return f"freed {units.size(freed)}{kept}"

    title = (
        f"{count(len(found), 'object')}, {units.size(size)}, would be deleted from {root}; stores keep theirs"
    )
    return settle(args, out, Shown(title, table(["KIND", ">OBJECTS", ">SIZE"], rows), items), act)
