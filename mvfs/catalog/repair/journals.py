"""Puts missing and damaged journal entries, and lists of sweeps, back from copies of the same store.

An entry is taken only if the chain proves it: it follows the entry before, and the entry after it (or, at
the end, what this user's index remembers) names its hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from blake3 import blake3

from mvfs.catalog.checking.findings import Kind
from mvfs.catalog.checking.history import History, chained
from mvfs.catalog.checking.store import StoreCheck
from mvfs.catalog.repair.sources import Store
from mvfs.errors import MvfsError
from mvfs.index import queries
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.entry import decode
from mvfs.store.journal import Journal

_ANY_SIZE = 64 << 20


def restore_journals(check: StoreCheck, copies: Sequence[Store]) -> Iterator[str]:
    """Restore what can be restored, and yield a line for each object that was."""
    histories = [check.root, *(project.history for project in check.projects)]
    for copy in copies:
        if copy.store_id != check.store_id:
            continue
        for history in histories:
            if not history.is_whole:
                for seq in _restore(history, Journal(copy.backend, history.journal.folder)):
                    yield f"{keys.entry(history.journal.folder, seq)} from {copy.name}"
        for project in check.projects:
            lost = {one.object for one in project.findings if one.kind is Kind.SWEEP_LIST_DAMAGED}
            for sweep in queries.sweeps(project.history.index):
                key = keys.sweep_list(project.id, sweep.id)
                if key in lost and _restore_list(check.backend, copy.backend, key, sweep.list_hash):
                    yield f"{key} from {copy.name}"


def _restore(history: History, copy: Journal) -> Iterator[int]:
    run: list[tuple[int, bytes, bytes | None]] = []
    for seq, (raw, head) in enumerate(chained(copy)):
        ours = _ours(history.journal, seq)
        if ours != raw:
            run.append((seq, raw, ours))
        if run and _vouches(history, seq + 1, head):
            for number, good, bad in run:
                _put(history.journal.backend, keys.entry(history.journal.folder, number), good, bad)
                yield number
            run.clear()


def _ours(journal: Journal, seq: int) -> bytes | None:
    return journal.backend.get(keys.entry(journal.folder, seq), _ANY_SIZE)


def _vouches(history: History, seq: int, head: bytes) -> bool:
    """Whether entry ``seq``, or the user's index, says that the entry before it has the hash ``head``."""
    if history.witness == (seq, head):
        return True
    try:
        raw = history.journal.read(seq)
        if raw is None:
            return False
        entry = decode(raw, keys.entry(history.journal.folder, seq))
    except MvfsError:
        return False
    return entry.seq == seq and entry.prev == head


def _restore_list(backend: Backend, copy: Backend, key: str, list_hash: bytes) -> bool:
    raw = copy.get(key, _ANY_SIZE)
    if raw is None or blake3(raw).digest() != list_hash:
        return False
    _put(backend, key, raw, backend.get(key, _ANY_SIZE))
    return True


def _put(backend: Backend, key: str, good: bytes, bad: bytes | None) -> None:
    if bad is None:
        backend.create(key, good)
    else:
        backend.replace(key, good, bad)
