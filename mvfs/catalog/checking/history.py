"""Level 1: a journal folded anew from single entries, as far as it goes.

Segments and checkpoints are only compared with what the entries say: see `copies`.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mvfs.catalog.checking.copies import CopyCheck
from mvfs.catalog.checking.findings import Finding, Kind
from mvfs.catalog.checking.remembered import Remembered, remembered
from mvfs.errors import Damaged, MvfsError
from mvfs.index.index import Index
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.entry import GENESIS, chain_hash, decode
from mvfs.store.journal import Journal

_ENTRY = re.compile(r"[0-9]{12}\.mp")
_RESTORE = "restore it from a copy of the store, or run 'mvfs fsck --repair --from COPY'"


@dataclass
class History:
    """The state that the readable beginning of a journal gives, and what is wrong with the rest."""

    journal: Journal
    index: Index
    findings: list[Finding] = field(default_factory=list)
    entries: int = 0
    """How many entries are stored, readable or not."""
    witness: tuple[int, bytes] | None = None
    """Number of entries and chain hash of the last one, as this user's index remembers them."""

    @property
    def is_whole(self) -> bool:
        """Whether every entry fits; only then may anything be added."""
        return all(one.kind in (Kind.INDEX_WRONG, Kind.COPY_WRONG) for one in self.findings)


def fold_anew(backend: Backend, folder: str, index_file: Path | None = None) -> History:
    """Fold a journal entry by entry into memory; stop at the first one that does not fit."""
    journal = Journal(backend, folder, trusting=False)
    history = History(journal, Index(None, journal))
    known = _witness(history, index_file) if index_file is not None else None
    try:
        copies = CopyCheck(journal)  # listed first: none is newer than the entries
        numbers = stored_entries(backend, folder)
        history.entries = len(numbers)
        is_whole = _fold(history, numbers, known, copies)
        if is_whole:
            copies.finish()
        if known is not None:
            _compare_end(history, known, is_whole=is_whole)
        history.findings += copies.findings
    finally:
        if known is not None:
            known.close()
    return history


def stored_entries(backend: Backend, folder: str) -> list[int]:
    """Return the numbers of the entries that are there."""
    names = (info.key.removeprefix(f"{folder}/") for info in backend.list(f"{folder}/"))
    return [int(name[:-3]) for name in names if _ENTRY.fullmatch(name)]


def _witness(history: History, path: Path) -> Remembered | None:
    try:
        known = remembered(path, history.journal.folder)
    except (sqlite3.Error, OSError) as exc:
        history.findings.append(_wrong_index(history, path, str(exc)))
        return None
    if known is not None:
        history.witness = known.seq, known.head
    return known


def _fold(history: History, numbers: list[int], known: Remembered | None, copies: CopyCheck) -> bool:
    """Fold while it goes; return whether it went to the end."""
    _compare(history, known)
    for seq in range(numbers[-1] + 1 if numbers else 0):
        trouble = _fold_one(history, seq, copies)
        if trouble is not None:
            history.findings.append(trouble)
            return False
        _compare(history, known)
    return True


def _fold_one(history: History, seq: int, copies: CopyCheck) -> Finding | None:
    journal, index = history.journal, history.index
    key = keys.entry(journal.folder, seq)
    after = f"; the entries after it ({history.entries - seq - 1}) were not looked at"
    try:
        raw = journal.read(seq)
        if raw is None:
            what = f"entry {seq} is missing while later ones exist: {_RESTORE}"
            return Finding(Kind.ENTRY_MISSING, 1, key, what)
        entry = decode(raw, key)
        if entry.seq != seq:
            what = f"entry {seq} calls itself {entry.seq}: {_RESTORE}{after}"
            return Finding(Kind.ENTRY_DAMAGED, 1, key, what)
        if entry.prev != index.position()[1]:
            before = (
                f"entry {seq} does not follow entry {seq - 1}: one of them was changed"
                if seq
                else ("entry 0 names an entry before it")
            )
            return Finding(Kind.ENTRY_DAMAGED, 1, key, f"{before}; {_RESTORE}{after}")
        index.apply([(entry, chain_hash(raw))])
        copies.take(raw, index)
    except Damaged as exc:
        return Finding(Kind.ENTRY_DAMAGED, 1, key, f"{exc.message}; {_RESTORE}{after}")
    except MvfsError as exc:
        return Finding(Kind.UNREADABLE, 1, key, exc.message + after)
    return None


def _compare(history: History, known: Remembered | None) -> None:
    """At the entry where the user's index stands, both must have come to the same state."""
    if known is None or known.seq != history.index.seq:
        return
    if known.head != history.index.position()[1]:
        key = keys.entry(history.journal.folder, max(known.seq - 1, 0))
        what = (
            f"the history up to entry {known.seq - 1} is not the one that this machine has seen: {_RESTORE}"
        )
        history.findings.append(Finding(Kind.HISTORY_CHANGED, 1, key, what))
    elif not known.agrees(history.index):
        history.findings.append(_wrong_index(history, None, "it differs from the journal"))


def _compare_end(history: History, known: Remembered, *, is_whole: bool) -> None:
    if is_whole and known.seq > history.index.seq:
        seq = history.index.seq
        what = f"entries {seq} to {known.seq - 1} are gone, which this machine has seen: {_RESTORE}"
        key = keys.entry(history.journal.folder, seq)
        history.findings.append(Finding(Kind.ENTRIES_LOST, 1, key, what))


def _wrong_index(history: History, path: Path | None, why: str) -> Finding:
    where = f" {path}" if path else ""
    what = f"this user's index{where} is wrong ({why}); it is only a cache: delete it"
    return Finding(Kind.INDEX_WRONG, 1, history.journal.folder, what)


def chained(journal: Journal, start: int = 0, head: bytes = GENESIS) -> Iterator[tuple[bytes, bytes]]:
    """Yield the bytes and chain hash of each entry from ``start`` on, for as long as they fit."""
    seq = start
    while True:
        try:
            raw = journal.read(seq)
            if raw is None:
                return
            entry = decode(raw, keys.entry(journal.folder, seq))
        except MvfsError:
            return
        if entry.seq != seq or entry.prev != head:
            return
        head = chain_hash(raw)
        yield raw, head
        seq += 1
