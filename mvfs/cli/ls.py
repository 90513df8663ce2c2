"""``mvfs ls``: what there is: projects, names, versions, files."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from mvfs import refs, units
from mvfs.catalog.catalog import Catalog, Place
from mvfs.catalog.project import Project
from mvfs.catalog.shapes import link_source, reference_json, version_json
from mvfs.cli import selection
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.cli.table import table
from mvfs.index import queries
from mvfs.index.rows import Line, Version

if TYPE_CHECKING:
    from mvfs.store.manifest.records import DirEntry, FileEntry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", nargs="?", metavar="REF", help="a project, type, name, version or path in one")
    parser.add_argument("-l", "--long", action="store_true", help="tell more in each row")
    parser.add_argument(
        "-w",
        "--where",
        metavar="QUERY",
        help="the versions below the ref that pass a query (docs/QUERIES.md)",
    )
    selection.add_arguments(parser)
    parser.add_argument("--trash", action="store_true", help="list what is deleted, by whom and when")


def run(args: argparse.Namespace, out: Output) -> int:
    """List what lies below the ref."""
    if args.where is not None or args.sort or args.columns or args.limit is not None:
        from mvfs.cli.where import list_matches

        return list_matches(args, out)
    if args.trash:
        from mvfs.cli.trash import list_trash

        ref = refs.parse(args.ref) if args.ref else None
        list_trash(open_store(args, ref), ref, out)
        return 0
    if args.ref is None:
        _projects(open_store(args), out)
        return 0
    ref = refs.parse(args.ref)
    catalog = open_store(args, ref)
    place = catalog.resolve(ref)
    if place.version is not None:
        _files(place, out, long=args.long)
    elif place.name is not None:
        _versions(catalog, place, out, long=args.long)
    else:
        _names(place.project, place.type, out, long=args.long)
    return 0


def _projects(catalog: Catalog, out: Output) -> None:
    projects = [catalog.project(name) for name in catalog.projects()]
    if out.as_json:
        out.data_json([{"project": p.name, "id": p.id, "names": len(p.names())} for p in projects])
        return
    if not projects:
        out.say(f"store {catalog.location} is empty; log something with 'mvfs log PATH project/type/name'")
    rows = [[p.name, ", ".join(p.types()), str(len(p.names()))] for p in projects]
    _print(out, table(["PROJECT", "TYPES", ">NAMES"], rows))


def _names(project: Project, type_: str | None, out: Output, *, long: bool) -> None:
    names = project.names(type_)
    aliases = queries.all_aliases(project.index)
    if out.as_json:
        shown = [
            {
                "ref": f"{project.name}/{n.type}/{n.name}",
                "versions": n.versions,
                "aliases": {alias: f"v{number}" for alias, number in aliases.get(n.name, {}).items()},
                "rule": f"{n.rule.metric}:{n.rule.mode}" if n.rule else None,
                "description": n.about,
                "tags": list(n.tags),
            }
            for n in names
        ]
        out.data_json(shown)
        return
    rows = [
        [n.type, n.name, str(n.versions), "  ".join(f"{a}=v{v}" for a, v in aliases.get(n.name, {}).items())]
        for n in names
    ]
    headers = ["TYPE", "NAME", ">VERSIONS", "ALIASES"]
    if long:
        headers += ["TAGS", "DESCRIPTION"]
        for row, n in zip(rows, names, strict=True):
            row += [", ".join(n.tags), (n.about or "").partition("\n")[0]]
    _print(out, table(headers, rows))


def _versions(catalog: Catalog, place: Place, out: Output, *, long: bool) -> None:
    project, name = place.project, place.name
    assert name is not None
    if out.as_json:
        out.data_json([version_json(project.name, version) for version in project.versions(name.name)])
        return
    now = time.time_ns() // 1000
    headers = ["VERSION", ">AGE", ">SIZE", "ALIASES", "METADATA", "NOTE"]
    if long:
        headers += ["DIGEST", "BY", "RUN", "LINK TO"]
        links = {one.number: one for one in queries.links(project.index, name.name)}
        rows = [
            [
                *_row(version, now),
                version.digest.hex()[:16],
                version.actor,
                version.run or "",
                link_source(catalog, project, links.get(version.number)) or "",
            ]
            for version in project.versions(name.name)
        ]
    else:
        rows = [_row(line, now, 40) for line in queries.lines(project.index, name.name)]
    _print(out, table(headers, rows))


def _row(version: Version | Line, now: int, most: int | None = None) -> list[str]:
    """The columns of every list; metadata and note have at most so many characters, or any number."""
    metadata = " ".join([f"{key}={units.number(value)}" for key, value in version.metadata.items()])
    note = version.note.partition("\n")[0] if version.note else ""
    return [
        version.label,
        units.age(version.created, now),
        units.size(version.size),
        ", ".join(version.aliases),
        _cut(metadata, most),
        _cut(note, most),
    ]


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else text[: most - 1] + "…"


def _files(place: Place, out: Output, *, long: bool) -> None:
    from mvfs.store.manifest.records import DirEntry, FileEntry

    assert place.version is not None
    content = place.project.content(place.version)
    found = content.find(place.path)
    children = [found] if isinstance(found, FileEntry) else list(content.children(place.path))
    if out.as_json:
        out.data_json([_entry_json(child) for child in children])
        return
    if not long:
        for child in children:
            out.data(child.name + "/" * isinstance(child, DirEntry))
        return
    rows = []
    for child in children:
        if isinstance(child, DirEntry):
            rows.append(["", f"{child.files} files", "", child.name + "/"])
        else:
            hash_ = "" if child.is_external else child.digest.hex()[:16]
            uri = f" -> {child.reference.uri}" if child.reference is not None else ""
            rows.append(["x" * child.executable, units.size(child.size), hash_, child.name + uri])
    _print(out, table(["", ">SIZE", "HASH", "NAME"], rows))


def _entry_json(entry: FileEntry | DirEntry) -> dict[str, object]:
    from mvfs.store.manifest.records import DirEntry

    if isinstance(entry, DirEntry):
        return {"path": entry.path, "files": entry.files}
    return {
        "path": entry.path,
        "size": entry.size,
        "hash": None if entry.is_external else entry.digest.hex(),
        "executable": entry.executable,
        "reference": reference_json(entry),
    }


def _print(out: Output, lines: list[str]) -> None:
    if lines:
        out.data_block("\n".join(lines))
