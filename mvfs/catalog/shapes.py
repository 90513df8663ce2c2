"""Versions and files as JSON: the one form that every face prints."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from mvfs import units
from mvfs.catalog.links import links_to
from mvfs.catalog.liveness import with_states
from mvfs.index import queries
from mvfs.index.rows import Link, Run, Version

if TYPE_CHECKING:
    from mvfs.catalog.catalog import Catalog
    from mvfs.catalog.project import Project
    from mvfs.store.manifest.records import FileEntry


def version_json(project: str, version: Version) -> dict[str, Any]:
    """A version, as ``--json`` prints it everywhere."""
    return {
        "ref": ref_text(project, version),
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


def whole_version_json(
    catalog: Catalog, project: Project, version: Version, most_references: int | None = None
) -> dict[str, Any]:
    """Everything known of a version: also the runs that logged and used it, its references, what it is a link
    to and what links to it, and what is said of its name.

    Where there are more than ``most_references``, they are left out, and None stands for them.

    Raises:
        CorruptObject: the manifest is missing or was changed.
    """
    index = project.index
    name = queries.name(index, version.name)
    producers = with_states(project, queries.producers(index, version.name, version.number))
    users = with_states(project, queries.users(index, version.name, version.number))
    found = list(islice(references(project, version), most_references and most_references + 1))
    is_all = most_references is None or len(found) <= most_references
    return version_json(project.name, version) | {
        "logged_by": [_run_json(project, one) for one in producers],
        "used_by": [_run_json(project, one) for one in users],
        "references": [{"path": one.path, **(reference_json(one) or {})} for one in found]
        if is_all
        else None,
        "link_to": link_source(catalog, project, queries.link(index, version.name, version.number)),
        "links": [ref_text(home.name, link) for home, link in links_to(catalog, project, version)],
        "name": {"description": name and name.about, "tags": list(name.tags) if name else []},
    }


def link_source(catalog: Catalog, project: Project, link: Link | None) -> str | None:
    """The ref of what a link stands for, also where that is deleted; of a project that is gone, its id."""
    if link is None:
        return None
    home = project.name if link.project_id is None else link.project_id
    if link.project_id is not None:
        names = {row.id: row.name for row in catalog.project_rows()}
        home = names.get(link.project_id, link.project_id)
    return f"{home}/{link.source}:v{link.source_number}"


def references(project: Project, version: Version) -> Iterator[FileEntry]:
    """Yield the files of a version that were logged by reference.

    Raises:
        CorruptObject: the manifest is missing or was changed.
    """
    content = project.content(version)
    if content.has_references:
        yield from (one for one in content.files() if one.reference)


def reference_json(entry: FileEntry) -> dict[str, Any] | None:
    """What is recorded of a file that was logged by reference; None for others."""
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


def ref_text(project: str, version: Version) -> str:
    """The full ref of a version: ``project/type/name:v3``."""
    return f"{project}/{version.type}/{version.name}:{version.label}"


def _run_json(project: Project, run: Run) -> dict[str, Any]:
    inputs = queries.inputs(project.index, run.id)
    return {
        "id": run.id,
        "name": run.name,
        "job_type": run.job_type,
        "state": run.state,
        "config": run.config,
        "summary": run.summary,
        "inputs": [f"{used.name}:v{used.number}" for used in inputs],
    }
