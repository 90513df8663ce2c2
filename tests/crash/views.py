"""What a store shows to its users, and what must be true of it at any time."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgpack
import msgspec
from blake3 import blake3

from mvfs.catalog.content import Content
from mvfs.catalog.project import Project
from mvfs.catalog.references import References
from mvfs.index import policies, queries
from mvfs.index.fresh import fresh
from mvfs.index.index import Index
from mvfs.store import keys, sweeplist
from mvfs.store.entry import GENESIS, Entry

VOLATILE = ("manifest", "manifest_hash", "list_hash", "id")
"""Fields of effects that differ each time."""


@dataclass(frozen=True)
class NameView:
    """A name as its users see it."""

    versions: dict[int, str]
    """Digest by number."""
    trash: dict[int, str]
    aliases: dict[str, int]
    moves: list[tuple[str, int | None, int | None]]
    """The history of aliases."""
    notes: dict[int, str]
    policy: tuple[Any, ...] = ()
    """Retention, protected aliases, and why any moved; nothing where nothing of it was ever said."""


View = Mapping[str, NameView]


def view(index: Index) -> View:
    """Everything that users see of a project."""
    found = {}
    for (name,) in index.db.execute("select name from names order by name").fetchall():
        versions = queries.versions(index, name)
        found[name] = NameView(
            {one.number: one.digest.hex() for one in versions},
            {gone.version.number: gone.version.digest.hex() for gone in queries.trash(index, name)},
            queries.aliases(index, name),
            [(move.alias, move.old, move.new) for move in queries.alias_history(index, name)],
            {one.number: one.note for one in versions if one.note},
            _policy(index, name),
        )
    return found


def _policy(index: Index, name: str) -> tuple[Any, ...]:
    changes = policies.alias_changes(index, name)
    said = [(one.alias, one.new, one.reason, one.protects) for one in changes if one.reason or one.protects]
    found = policies.retention(index, name), policies.protected(index, name), said
    return () if found == (policies.Retention(), [], []) else found


def digest_of(files: Mapping[str, bytes], references: Mapping[str, tuple[Any, ...]] = {}) -> str:
    """The digest of a version with these files, made as docs/FORMAT.md says and not as the code does."""
    hasher = blake3(b"mvfs content 1\n")
    for path, data in sorted(files.items(), key=lambda item: item[0].encode()):
        name = path.encode()
        record = references.get(path)
        digest = blake3(data if record is None else b"mvfs reference 1\n" + msgpack.packb(record)).digest()
        hasher.update(digest + struct.pack("<QI", len(data), len(name)) + name)
    return hasher.hexdigest()


def read_everything(project: Project, index: Index) -> None:
    """Read and compare every byte of every version that can be seen, and every object's hash."""
    for version in queries.live(index):
        content = Content(project.backend, version)
        files = {one.path: content.reader(one).read(0, one.size) for one in content.files()}
        references = {
            one.path: msgspec.structs.astuple(one.reference) for one in content.files() if one.reference
        }
        assert digest_of(files, references) == version.digest.hex(), (
            f"{version.name}:{version.label} has other bytes"
        )


def entries(project: Project) -> list[Entry]:
    """The journal, object by object."""
    alone = msgspec.structs.replace(project.journal, trusting=False)
    return [entry for entry, _ in alone.entries(0, GENESIS)]


def check_journal(project: Project) -> None:
    """Entries are contiguous, chained, and each operation is there once."""
    found = entries(project)
    there = [info.key for info in project.backend.list(f"{project.journal.folder}/")]
    assert there == [keys.entry(project.journal.folder, number) for number in range(len(found))]
    twice = [op for op, count in Counter(entry.op_id for entry in found).items() if count > 1]
    assert not twice, f"{len(twice)} operations were committed twice"


def check_numbers(index: Index) -> None:
    """Versions of each name, deleted ones included, are numbered from 0 without gaps."""
    for (name,) in index.db.execute("select name from names").fetchall():
        seen = {one.number for one in queries.versions(index, name)}
        gone = {one.version.number for one in queries.trash(index, name)}
        assert not seen & gone
        assert seen | gone == set(range(len(seen | gone))), f"{name} has numbers {sorted(seen | gone)}"


def needed(project: Project, index: Index) -> set[str]:
    """The objects that live versions lead to."""
    return References(project.backend).of_all(queries.live(index))


def check_sweeps(project: Project, index: Index) -> None:
    """No object that a live version needs is on the list of a sweep."""
    lost = needed(project, index)
    for sweep in queries.sweeps(index):
        hit = lost.intersection(sweeplist.read(project.backend, project.id, sweep.id, sweep.list_hash))
        assert not hit, f"sweep {sweep.id} lists {len(hit)} objects that versions need"


def stored(project: Project) -> set[str]:
    """The blobs and manifests that are there."""
    folders = (f"p/{project.id}/blobs/", f"p/{project.id}/manifests/")
    return {info.key for folder in folders for info in project.backend.list(folder)}


def effects_of(project: Project) -> list[list[tuple[str, dict[str, object]]]]:
    """What each entry does, without what is random."""
    return [
        [
            (
                type(effect).__name__,
                {f: getattr(effect, f) for f in effect.__struct_fields__ if f not in VOLATILE},
            )
            for effect in entry.effects
        ]
        for entry in entries(project)
    ]


def check_all(project: Project) -> View:
    """Fold the journal anew and check everything that must be true at any time; return what is seen."""
    check_journal(project)
    index = fresh(project.journal)
    try:
        check_numbers(index)
        read_everything(project, index)
        check_sweeps(project, index)
        seen = view(index)
        project.refresh()
        assert view(project.index) == seen, "the index in use says something else than the journal"
        return seen
    finally:
        index.close()
