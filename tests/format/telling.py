"""What a store says, as JSON: everything that the public catalog answers, in one fixed form."""

from __future__ import annotations

from typing import Any

import msgspec
from blake3 import blake3

from mvfs.catalog import run_objects
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.project import Project
from mvfs.index import queries
from mvfs.index.rows import Version
from mvfs.store.keys import ROOT_JOURNAL
from mvfs.store.manifest.records import FileEntry

NAMED = 60
"""Files of a version up to which each is named; of larger ones only the hash of the whole list is kept."""


def told(catalog: Catalog) -> dict[str, Any]:
    """The whole state of a store."""
    projects = {name: _project(catalog.project(name)) for name in catalog.projects()}
    root = catalog._index()
    assert root is not None
    seq, head = root.position()
    return {
        "store_id": catalog.make().store_id,
        "projects": projects,
        "root": {"folder": ROOT_JOURNAL, "entries": seq, "head": head.hex()},
    }


def _project(project: Project) -> dict[str, Any]:
    index = project.index
    seq, head = index.position()
    trash = {(gone.version.name, gone.version.number): gone for gone in queries.trash(index)}
    names = [row for (row,) in index.db.execute("select name from names order by name")]
    swept = {key for sweep in queries.sweeps(index) for key in _swept(project, sweep.id, sweep.list_hash)}
    versions = [*queries.live(index), *(gone.version for gone in trash.values())]
    return {
        "id": project.id,
        "entries": seq,
        "head": head.hex(),
        "names": {name: _name(project, name) for name in names},
        "versions": {
            f"{one.name}:{one.label}": _version(project, one, swept)
            for one in sorted(versions, key=lambda one: (one.name, one.number))
        },
        "trash": {
            f"{name}:v{number}": {"seq": gone.seq, "time": gone.time, "actor": gone.actor}
            for (name, number), gone in trash.items()
        },
        "sweeps": [_plain(sweep) for sweep in queries.sweeps(index)],
        "runs": {run.id: _run(project, run.id) for run in queries.runs(index)},
    }


def _swept(project: Project, sweep_id: str, list_hash: bytes) -> list[str]:
    from mvfs.store import sweeplist

    return list(sweeplist.read(project.backend, project.id, sweep_id, list_hash))


def _name(project: Project, name: str) -> dict[str, Any]:
    row = queries.name(project.index, name)
    assert row is not None
    history = [msgspec.structs.astuple(move) for move in queries.alias_history(project.index, name)]
    listing = "\n".join(repr(move) for move in history)
    newer = ("about", "tags")  # which the first golden stores did not know
    return {
        **{key: value for key, value in _plain(row).items() if value or key not in newer},
        "aliases": project.aliases(name),
        "alias_moves": len(history),
        "alias_history": blake3(listing.encode()).hexdigest(),
    }


def _version(project: Project, version: Version, swept: set[str]) -> dict[str, Any]:
    index = project.index
    link = queries.link(index, version.name, version.number)
    return {
        **_plain(version),
        **({"link": _plain(link)} if link else {}),
        "notes": [
            msgspec.structs.astuple(note)
            for note in queries.note_history(index, version.name, version.number)
        ],
        "producers": [run.id for run in queries.producers(index, version.name, version.number)],
        "users": [run.id for run in queries.users(index, version.name, version.number)],
        "content": None if version.manifest in swept else content_of(project, version),
    }


def content_of(project: Project, version: Version) -> dict[str, Any]:
    """The files of a version, all bytes of the store read, with their tables of tensors and references."""
    content = project.content(version)
    files, references, listing = {}, {}, blake3()
    for entry in content.below():
        reader = content.reader(entry)
        if entry.is_external:
            digest = entry.digest.hex()
        else:
            data = b"".join(reader.read(at, 1 << 22) for at in range(0, entry.size, 1 << 22))
            digest = blake3(data).hexdigest()
        if entry.reference is not None:
            references[entry.path] = list(msgspec.structs.astuple(entry.reference))
        files[entry.path] = [entry.size, int(entry.executable), len(entry.extents), digest]
        listing.update(f"{digest}  {int(entry.executable)} {entry.path}\n".encode())
    paths = sorted(files)
    assert all(isinstance(content.find(path), FileEntry) for path in paths[:NAMED])
    manifest = content._manifest
    tensors = {}
    for number, entry in enumerate(manifest.entries()):
        if table := manifest.tensors(number):
            tensors[entry.path] = [_plain(list(msgspec.structs.astuple(one))) for one in table]
    found: dict[str, Any] = {"listing": listing.hexdigest(), "tensors": tensors}
    found |= {"references": told_references(references)} if references else {}
    return found | ({"files": files} if len(files) <= NAMED else {"count": len(files)})


def told_references(references: dict[str, list[Any]]) -> dict[str, Any]:
    """Records by path; of many, only how many there are, and the hash of all."""
    if len(references) <= NAMED:
        return references
    lines = "".join(f"{path} {references[path]}\n" for path in sorted(references))
    return {"count": len(references), "hash": blake3(lines.encode()).hexdigest()}


_KINDS = (run_objects.FACTS, run_objects.VALUES, run_objects.SURROUNDINGS, run_objects.END)
_LATER = ("tags", "notes")
"""Fields that older stores lack."""


def _run(project: Project, run_id: str) -> dict[str, Any]:
    return {
        **{key: value for key, value in _plain(project.run(run_id)).items() if key not in _LATER or value},
        "inputs": [list(msgspec.structs.astuple(one)) for one in queries.inputs(project.index, run_id)],
        "start": run_objects.read_start(project, run_id),
        "history": list(run_objects.read_history(project, run_id)),
        **{kind: found for kind in _KINDS if (found := run_objects.read_records(project, run_id, kind))},
        **({"console": _plain(lines)} if (lines := list(run_objects.read_lines(project, run_id))) else {}),
    }


def _plain(value: Any) -> Any:
    """Structs as maps, hashes as hex digits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, msgspec.Struct):
        return {key: _plain(item) for key, item in msgspec.structs.asdict(value).items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
