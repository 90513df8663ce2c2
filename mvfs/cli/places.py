"""From the words of a command to a store and a place in it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from mvfs import refs, settings, units
from mvfs.catalog.catalog import Catalog, Place, open_catalog
from mvfs.index.rows import Version
from mvfs.refs import Ref

if TYPE_CHECKING:
    from mvfs.store.manifest.records import FileEntry


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


_READING = {"get", "cat", "ls", "show", "lineage", "du", "verify", "tui"}


def _only_reads(args: argparse.Namespace) -> bool:
    """Whether a command changes nothing, by its words."""
    match args.verb:
        case "alias":
            return args.history or not args.aliases
        case "best":
            return not (args.clear or args.metric or args.mode)
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
    return f"{place.project.name}/{version.type}/{version.name}:{version.label}"


def reference_json(entry: FileEntry) -> dict[str, Any] | None:
    """What is recorded of a file that was logged by reference, as ``--json`` prints it; None for others."""
    one = entry.reference
    if one is None:
        return None
    return {
        "uri": one.uri,
        "size": one.size,
        "etag": one.etag,
        "version": one.version,
        "modified": None if one.modified is None else units.iso(one.modified),
        "materialized": not entry.is_external,
    }


def version_json(project: str, version: Version) -> dict[str, Any]:
    """A version as ``--json`` prints it everywhere."""
    return {
        "ref": f"{project}/{version.type}/{version.name}:{version.label}",
        "version": version.label,
        "digest": version.digest.hex(),
        "size": version.size,
        "files": version.files,
        "aliases": list(version.aliases),
        "tags": list(version.tags),
        "note": version.note,
        "metadata": version.metadata,
        "created": units.iso(version.created),
        "actor": version.actor,
        "run": version.run,
        "expires": None if version.expires is None else units.iso(version.expires),
    }
