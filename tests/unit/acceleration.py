"""Journals for the tests of segments and checkpoints, and what an index says, as plain rows."""

from __future__ import annotations

from collections.abc import Sequence

from mvfs.index.index import Index
from mvfs.store import effects as fx
from mvfs.store.backend.base import Backend
from mvfs.store.entry import FORMAT, GENESIS, Entry, chain_hash, encode
from mvfs.store.journal import Journal

PROJECT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
FOLDER = f"p/{PROJECT}/journal"

TABLES = (
    "position", "projects", "names", "versions", "sweeps", "aliases", "alias_moves", "note_changes", "tags",
    "runs", "produced", "used",
)  # fmt: skip


def rows(index: Index) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of an index."""
    return {
        table: sorted(index.db.execute(f"select * from {table}").fetchall(), key=repr) for table in TABLES
    }


def version(name: str, number: int, salt: int = 0) -> fx.VersionMade:
    """A version whose content tells its number."""
    digest = bytes([salt]) + number.to_bytes(31, "big")
    manifest = f"p/{PROJECT}/manifests/{digest[:8].hex()}.{number:08x}.mf"
    return fx.VersionMade(name, number, manifest, digest[::-1], digest, 1, 2, None, {"acc": number / 7})


def logged(count: int, salt: int = 0, name: str = "iv3") -> list[list[fx.AnyEffect]]:
    """The effects of so many logs of one name, entry by entry."""
    found: list[list[fx.AnyEffect]] = []
    for number in range(count):
        move = fx.AliasMoved(name, "latest", number, number - 1 if number else None)
        found.append([version(name, number, salt), move])
    found[0].insert(0, fx.NameMade(name, "model"))
    return found


def write(backend: Backend, entries: Sequence[list[fx.AnyEffect]], folder: str = FOLDER) -> Journal:
    """Append entries to a journal as they are, with nothing that accelerates it."""
    journal = Journal(backend, folder)
    seq, head = 0, GENESIS
    while (raw := journal.read(seq)) is not None:
        seq, head = seq + 1, chain_hash(raw)
    for effects in entries:
        raw = encode(Entry(FORMAT, seq, head, seq.to_bytes(16, "big"), 1000 + seq, "me@here", [], effects))
        backend.put(f"{folder}/{seq:012d}.mp", raw)
        seq, head = seq + 1, chain_hash(raw)
    return journal
