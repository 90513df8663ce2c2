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


def version(name: str, number: int, salt: int = 0, run: str | None = None) -> fx.VersionMade:
    """A version whose content tells its number."""
    digest = bytes([salt]) + number.to_bytes(31, "big")
    manifest = f"p/{PROJECT}/manifests/{digest[:8].hex()}.{number:08x}.mf"
    return fx.VersionMade(name, number, manifest, digest[::-1], digest, 1, 2, run, {"acc": number / 7})


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


NAMES = ("a", "b")
RUNS = ("r1", "r2")


class History:
    """Makes valid entries out of any numbers, and knows no more of the state than it must."""

    def __init__(self) -> None:
        self.last: dict[str, int] = {}
        self.gone: set[tuple[str, int]] = set()
        self.alias: dict[tuple[str, str], int] = {}
        self.runs: set[str] = set()

    def entry(self, kind: int, pick: int) -> list[fx.AnyEffect]:
        name, run = NAMES[pick % 2], RUNS[pick // 2 % 2]
        if run not in self.runs:
            self.runs.add(run)
            return [fx.RunStarted(run, run, None, "g" if pick % 3 else None, {"lr": float("nan")})]
        if name not in self.last or kind == 0:
            made: list[fx.AnyEffect] = [] if name in self.last else [fx.NameMade(name, "model")]
            self.last[name] = number = self.last.get(name, -1) + 1
            return [*made, version(name, number, run=run if pick % 2 else None)]
        there = [n for n in range(self.last[name] + 1) if (name, n) not in self.gone]
        if not there:
            return [fx.RuleSet(name, "acc", "max")]
        number, label = there[pick % len(there)], f"a{pick % 3}"
        if kind == 1:
            old = self.alias.pop((name, label), None)
            new = None if old is not None and pick % 2 else number
            if new is not None:
                self.alias[name, label] = new
            return [fx.AliasMoved(name, label, new, old)]
        if kind == 2 and number not in [n for (of, _), n in self.alias.items() if of == name]:
            self.gone.add((name, number))
            return [fx.Deleted(name, number)]
        if kind == 3 and (back := sorted(n for of, n in self.gone if of == name)):
            self.gone.discard((name, back[0]))
            return [fx.Undeleted(name, back[0])]
        other: list[fx.AnyEffect] = [
            fx.NoteWritten(name, number, None if pick % 5 == 0 else f"\u202e{pick}"),
            fx.Tagged(name, number, [f"t{pick % 4}"], [f"t{pick % 3}"]),
            fx.ExpirySet(name, number, None if pick % 3 == 0 else pick),
            fx.Used(run, None, name, number),
            fx.Produced(name, number, run),
            fx.RunSummary(run, {"acc": pick / 3, "n": {"deep": [pick]}}),
            fx.RunFinished(run, "failed"),
            fx.RunLabelled(
                run, f"n{pick}", "train", None, [f"t{pick % 4}", "x=\u202e"], None if pick % 2 else "n"
            ),
            fx.RuleSet(name, None, None),
            fx.MetadataSet(name, number, {"acc": pick, "deep": [{"n": None}]}),
            fx.Linked(name, number, None, NAMES[0], pick),
            fx.NameDescribed(name, None if pick % 4 == 0 else "a\nb", [f"t{n}" for n in range(pick % 3)]),
            fx.NameRetyped(name, "dataset" if pick % 3 else "model"),
        ]
        return [other[pick % len(other)]]
