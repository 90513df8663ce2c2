"""Folds one journal entry into the tables.

Each step also checks what the format promises (numbers are contiguous, an alias was where the entry says
it was). docs/FORMAT.md, "Fold".
"""

from __future__ import annotations

import sqlite3

from mvfs.index.fold import names, pointers, runs, versions
from mvfs.index.fold.common import broken
from mvfs.store.entry import Entry

_STEPS = names.STEPS | versions.STEPS | pointers.STEPS | runs.STEPS


def entry(db: sqlite3.Connection, entry: Entry) -> None:
    """Apply an entry's effects in order, inside the caller's transaction.

    Raises:
        CorruptObject: an effect contradicts the state before it.
    """
    for effect in entry.effects:
        try:
            _STEPS[type(effect)](db, entry, effect)
        except OverflowError as exc:  # msgpack has larger integers than tables
            raise broken(entry, "a number is too large") from exc
