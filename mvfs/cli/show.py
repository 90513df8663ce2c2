"""``mvfs show``: everything about one version."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from mvfs import refs, units
from mvfs.catalog import expiry
from mvfs.catalog.links import links_to
from mvfs.catalog.liveness import with_states
from mvfs.catalog.shapes import link_source, ref_text, references, whole_version_json
from mvfs.cli.output import Output
from mvfs.cli.places import open_store, ref_of
from mvfs.cli.table import fields
from mvfs.index import queries
from mvfs.index.rows import Run

if TYPE_CHECKING:
    from mvfs.store.manifest.records import FileEntry

_SHOWN = 20
"""References that are listed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("ref", metavar="REF", help="a version; of a name, the latest one")


def run(args: argparse.Namespace, out: Output) -> int:
    """Print the version, the run that made it, and who used it."""
    ref = refs.parse(args.ref)
    catalog = open_store(args, ref)
    place = catalog.version(ref)
    version, name = place.version, place.name
    assert version is not None
    assert name is not None
    index = place.project.index
    if out.as_json:
        out.data_json(whole_version_json(catalog, place.project, version))
        return 0
    link_to = link_source(catalog, place.project, queries.link(index, version.name, version.number))
    links = [ref_text(home.name, link) for home, link in links_to(catalog, place.project, version)]
    producers = with_states(place.project, queries.producers(index, version.name, version.number))
    users = with_states(place.project, queries.users(index, version.name, version.number))
    referring = list(references(place.project, version))
    pairs = [
        ("version", ref_of(place)),
        ("link to", link_to or ""),
        ("linked as", ", ".join(links)),
        ("aliases", ", ".join(version.aliases)),
        ("tags", ", ".join(version.tags)),
        ("content", f"{version.files} files, {units.size(version.size)}"),
        ("digest", version.digest.hex()),
        ("created", f"{units.moment(version.created)} by {version.actor}"),
        ("expires", expiry.shown(version.expires)),
    ]
    for line in fields([pair for pair in pairs if pair[1]]):
        out.data(line)
    if version.note:
        out.data("note")
        out.data_block("  " + version.note.replace("\n", "\n  "))
    if name.about or name.tags:
        out.data(f"all of {version.name}" + f" ({', '.join(name.tags)})" * bool(name.tags))
        if name.about:
            out.data_block("  " + name.about.replace("\n", "\n  "))
    _section(out, "metadata", version.metadata)
    _tell_references(out, referring)
    for one in producers:
        out.data(f"logged by run {_run_line(one)}")
        _section(out, "  config", one.config)
        _section(out, "  summary", one.summary)
        for used in queries.inputs(index, one.id):
            out.data(f"  from {used.name}:v{used.number}" + (" (another project)" if used.project_id else ""))
    for one in users:
        out.data(f"used by run {_run_line(one)}")
    return 0


def _tell_references(out: Output, found: list[FileEntry]) -> None:
    if not found:
        return
    outside = sum(one.is_external for one in found)
    out.data(f"references ({len(found)}, of {len(found) - outside} the bytes are in the store)")
    for one in found[:_SHOWN]:
        assert one.reference is not None
        out.data(f"  {one.path} -> {one.reference.uri}")
    if len(found) > _SHOWN:
        out.data(f"  and {len(found) - _SHOWN} more; 'mvfs ls -l' shows them")


def _run_line(run: Run) -> str:
    kind = f"{run.job_type}, " if run.job_type else ""
    return f"{run.name} ({kind}{run.state}, {units.age(run.started)} ago)"


def _section(out: Output, title: str, values: dict[str, Any]) -> None:
    if not values:
        return
    out.data(title)
    indent = " " * (len(title) - len(title.lstrip()) + 2)
    for line in fields([(key, units.number(value)) for key, value in values.items()]):
        out.data(indent + line)
