"""What is in the trash: found by a ref, and listed by ``mvfs ls --trash``."""

from __future__ import annotations

from typing import Any

from mvfs import units
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.cli.output import Output
from mvfs.cli.table import table
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.index.rows import Deleted
from mvfs.refs import Reading, Ref


def trashed(catalog: Catalog, ref: Ref) -> tuple[Project, str, int | None]:
    """Return project, name and number (None: all) of a ref to something that may be deleted.

    Raises:
        NotFound: there never was such a name.
        InvalidInput: the ref is an alias or a file; those have no trash.
    """
    project = catalog.project(ref.words[0])
    for reading in ref.readings():
        row = queries.name(project.index, reading.name) if reading.name else None
        if row is None or reading.type not in (None, row.type):
            continue
        return project, row.name, _number(reading, ref)
    if len(ref.words) == 1:
        raise InvalidInput(f"'{ref.text}' is a project; name what to bring back, as in project/name:v3")
    raise NotFound(f"project '{project.name}' never had a name '{'/'.join(ref.words[1:])}'", ref=ref.text)


def _number(reading: Reading, ref: Ref) -> int | None:
    if reading.path:
        raise InvalidInput(f"'{ref.text}' is no version; they are deleted and brought back whole")
    if reading.selector is not None and reading.selector.number is None:
        raise InvalidInput(f"'{ref.text}': an alias of a deleted version is gone; give its number, as in :v3")
    return reading.selector.number if reading.selector else None


def list_trash(catalog: Catalog, ref: Ref | None, out: Output) -> None:
    """Print the deleted versions of everything, of a project, a type or a name."""
    found: list[tuple[Project, Deleted]] = []
    if ref is None:
        for each in catalog.projects():
            project = catalog.project(each)
            found += [(project, gone) for gone in queries.trash(project.index)]
    else:
        found = _below(catalog, ref)
    if out.as_json:
        out.data_json([_json(project, gone) for project, gone in found])
        return
    if not found:
        out.say("nothing is in the trash")
    rows = [
        [_ref(project, gone), units.size(gone.version.size), units.moment(gone.time), gone.actor]
        for project, gone in found
    ]
    for line in table(["VERSION", ">SIZE", "DELETED", "BY"], rows):
        out.data(line)


def _below(catalog: Catalog, ref: Ref) -> list[tuple[Project, Deleted]]:
    project = catalog.project(ref.words[0])
    everything = queries.trash(project.index)
    if len(ref.words) == 1:
        return [(project, gone) for gone in everything]
    of_type = [gone for gone in everything if gone.version.type == ref.words[1]]
    if len(ref.words) == 2 and ref.selector is None and of_type:
        return [(project, gone) for gone in of_type]
    _, name, number = trashed(catalog, ref)
    return [
        (project, gone)
        for gone in queries.trash(project.index, name)
        if number in (None, gone.version.number)
    ]


def _ref(project: Project, gone: Deleted) -> str:
    return f"{project.name}/{gone.version.type}/{gone.version.name}:{gone.version.label}"


def _json(project: Project, gone: Deleted) -> dict[str, Any]:
    return {
        "ref": _ref(project, gone),
        "version": gone.version.label,
        "digest": gone.version.digest.hex(),
        "size": gone.version.size,
        "deleted": units.iso(gone.time),
        "by": gone.actor,
    }
