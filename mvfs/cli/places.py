"""From the words of a command to a store and a place in it."""

from __future__ import annotations

import argparse

from mvfs import refs, settings
from mvfs.catalog.catalog import Catalog, Place, open_catalog
from mvfs.catalog.shapes import ref_text
from mvfs.index.rows import Version
from mvfs.refs import Ref


def open_store(args: argparse.Namespace, ref: Ref | None = None) -> Catalog:
    """Open the store that the ref names, else the one of ``--store``, else the configured one.

    A verb that only reads goes on with what is known of a store that is out of reach; `told` says so.
    """
    catalog = open_catalog(settings.store_location((ref.store if ref else None) or args.store))
    catalog.reach.is_strict = not _only_reads(args)
    args.opened = [*getattr(args, "opened", ()), catalog]
    return catalog


def told(args: argparse.Namespace) -> list[str]:
    """What there is to say about stores that a command could not reach."""
    opened: list[Catalog] = getattr(args, "opened", [])
    return [catalog.reach.say() for catalog in opened if catalog.reach.is_lost]


_READING = {
    "get", "cat", "ls", "show", "lineage", "du", "verify", "watch", "tui", "runs", "run", "diff", "compare",
}  # fmt: skip


def _only_reads(args: argparse.Namespace) -> bool:
    """Whether a command changes nothing, by its words."""
    match args.verb:
        case "alias":
            return args.history or not args.aliases
        case "best":
            return not (args.clear or args.metric or args.mode)
        case "policy":
            return not (args.keep_last or args.ttl or args.protect or args.unprotect or args.clear)
        case "note":
            return args.text is None
    return args.verb in _READING


def place_of(args: argparse.Namespace, text: str) -> Place:
    """Return what a ref stands for."""
    ref = refs.parse(text)
    return open_store(args, ref).resolve(ref)


def version_of(args: argparse.Namespace, text: str) -> Place:
    """Return the version (and path in it) that a ref stands for; ``latest`` where it does not say."""
    ref = refs.parse(text)
    return open_store(args, ref).version(ref)


def ref_of(place: Place, version: Version | None = None) -> str:
    """The full ref of a version: ``project/type/name:v3``."""
    version = version or place.version
    assert version is not None
    return ref_text(place.project.name, version)
