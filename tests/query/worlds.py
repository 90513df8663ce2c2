"""Runs and versions to ask about, folded from a journal in memory; and the same answers without SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mvfs.index import queries, search
from mvfs.index.index import Index
from mvfs.index.search import Ask
from mvfs.query import order, parser
from mvfs.query.evaluate import holds, value
from mvfs.query.fields import RUNS, VERSIONS, Fields, Subject
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.entry import FORMAT, GENESIS, Entry, chain_hash, encode
from mvfs.store.journal import Journal

PROJECT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
NOW = 1_800_000_000_000_000
DAY = 86_400_000_000


def folded(entries: Sequence[tuple[int, str, list[fx.AnyEffect]]]) -> Index:
    """An index of entries with these times, actors and effects."""
    backend = MemoryBackend()
    journal = Journal(backend, keys.project_journal(PROJECT))
    head = GENESIS
    for seq, (time, actor, effects) in enumerate(entries):
        raw = encode(Entry(FORMAT, seq, head, seq.to_bytes(16, "big"), time, actor, [], effects))
        backend.put(keys.entry(journal.folder, seq), raw)
        head = chain_hash(raw)
    index = Index(None, journal)
    index.refresh()
    return index


def version(
    name: str, number: int, metadata: dict[str, Any], run: str | None = None, size: int = 7
) -> fx.VersionMade:
    """A version of three files."""
    digest = bytes([number + 1]) * 32
    manifest = keys.manifest(PROJECT, digest)
    return fx.VersionMade(name, number, manifest, digest, digest, 3, size, run, metadata)


def ask(fields: Fields, where: str = "", sort: str = "", limit: int | None = None) -> Ask:
    """What the words of a query and an order ask."""
    return Ask(NOW, "vision", parser.parse(where, fields), tuple(order.parse(sort, fields)), limit=limit)


def by_sql(index: Index, fields: Fields, asked: Ask) -> list[tuple[Any, ...]]:
    """Keys of the rows that pass, as the index answers."""
    found = search.runs(index, asked) if fields is RUNS else search.versions(index, asked)
    return [row.key for row in found]


def in_memory(index: Index, fields: Fields, asked: Ask) -> list[tuple[Any, ...]]:
    """The same by looking at every row."""
    rows = [(key, subject) for key, subject in subjects(index, fields) if holds(asked.where, subject)]
    arranged = order.arranged(
        rows, asked.order, lambda row: tuple(value(key.field, key.path, row[1]) for key in asked.order)
    )
    return [key for key, _ in arranged]


def subjects(index: Index, fields: Fields) -> list[tuple[tuple[Any, ...], Subject]]:
    """Every run, or every version, with all that is around it."""
    if fields is RUNS:
        return [
            (
                (run.id,),
                Subject(
                    NOW, "vision", run, None,
                    queries.inputs(index, run.id), queries.versions_of_run(index, run.id),
                ),
            )
            for run in queries.runs(index)
        ]  # fmt: skip
    assert fields is VERSIONS
    return [
        (
            (one.name, one.number),
            Subject(NOW, "vision", queries.run(index, one.run) if one.run else None, one),
        )
        for one in queries.live(index)
    ]
