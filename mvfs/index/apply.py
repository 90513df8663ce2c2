"""Folds one journal entry into the tables.

Each step also checks what the format promises (numbers are contiguous, an alias was where the entry says
it was). docs/FORMAT.md, "Fold".
"""

from __future__ import annotations

import sqlite3

from mvfs.index.fold import names, pointers, runs, versions
from mvfs.store.entry import Entry

_STEPS = names.STEPS | versions.STEPS | pointers.STEPS | runs.STEPS


def entry(db: sqlite3.Connection, entry: Entry) -> None:
    """Apply an entry's effects in order, inside the caller's transaction.

    Raises:
        CorruptObject: an effect contradicts the state before it.
    """
    for effect in entry.effects:
        _STEPS[type(effect)](db, entry, effect)
