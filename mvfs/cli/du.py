"""``mvfs du``: what takes how much space, and what would be free without it."""

from __future__ import annotations

import argparse
from typing import Any

from mvfs import units
from mvfs.catalog.catalog import Catalog, Place
from mvfs.catalog.usage import Share, Usage
from mvfs.cli.output import Output
from mvfs.cli.places import open_store, place_of
from mvfs.cli.table import table
from mvfs.errors import InvalidInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", nargs="?", metavar="REF", help="a project, type, name or version")


def run(args: argparse.Namespace, out: Output) -> int:
    """Print the space that projects, names or versions take."""
    if args.ref is None:
        _projects(open_store(args), out)
        return 0
    place = place_of(args, args.ref)
    if place.path:
        raise InvalidInput(
            f"'{args.ref}' is a file; du tells of versions and larger things ('ls -l' of files)"
        )
    usage = Usage(place.project)
    _shares(_parts(place, usage), out)
    return 0


def _projects(catalog: Catalog, out: Output) -> None:
    rows, items = [], []
    for name in catalog.projects():
        usage = Usage(catalog.project(name))
        stored, share = usage.stored(), usage.share(usage.versions())
        sizes = {
            "size": share.size,
            "stored": stored.stored,
            "live": stored.live,
            "trash": stored.trash,
            "orphans": stored.orphans,
        }
        rows.append([name, f"{share.versions:,}", *(units.size(size) for size in sizes.values())])
        items.append({"project": name, "versions": share.versions} | sizes)
    headers = ["PROJECT", ">VERSIONS", ">SIZE", ">STORED", ">LIVE", ">TRASH", ">ORPHANS"]
    _print(headers, rows, items, out)


def _parts(place: Place, usage: Usage) -> dict[str, Share]:
    """By ref: the versions of a name, or the names of a type or project."""
    top = place.project.name
    if place.name is not None:
        numbers = None if place.version is None else place.version.number
        chosen = [v for v in usage.versions(place.name.name) if numbers in (None, v.number)]
        return {f"{top}/{v.type}/{v.name}:{v.label}": usage.share([v]) for v in chosen}
    return {
        f"{top}/{name.type}/{name.name}": usage.share(usage.versions(name.name))
        for name in place.project.names(place.type)
    }


def _shares(parts: dict[str, Share], out: Output) -> None:
    rows, items = [], []
    for ref, share in parts.items():
        sizes = {"size": share.size, "unique": share.unique, "shared": share.shared}
        rows.append([ref, f"{share.versions:,}", *(units.size(size) for size in sizes.values())])
        items.append({"ref": ref, "versions": share.versions} | sizes)
    _print(["REF", ">VERSIONS", ">SIZE", ">UNIQUE", ">SHARED"], rows, items, out)


def _print(headers: list[str], rows: list[list[str]], items: list[dict[str, Any]], out: Output) -> None:
    if out.as_json:
        out.data_json(items)
        return
    for line in table(headers, rows):
        out.data(line)
