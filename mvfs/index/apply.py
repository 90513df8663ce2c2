"""Folds one journal entry into the tables.

Each step also checks what the format promises (numbers are contiguous, an alias was where the entry says
it was). docs/FORMAT.md, "Fold".
"""

from __future__ import annotations

from mvfs.index.fold import names, pointers, policies, runs, versions
from mvfs.index.fold.common import broken
from mvfs.index.fold.pending import Pending
from mvfs.store.entry import Entry

__all__ = ["Pending", "entry"]

_STEPS = names.STEPS | versions.STEPS | pointers.STEPS | policies.STEPS | runs.STEPS


def entry(pending: Pending, entry: Entry) -> None:
    """Apply an entry's effects in order; the caller has a transaction, and asks for `Pending.settled`.

    Raises:
        CorruptObject: an effect contradicts the state before it.
    """
    for effect in entry.effects:
        try:
            _STEPS[type(effect)](pending, entry, effect)
        except OverflowError as exc:  # msgpack has larger integers than tables
            raise broken(entry, "a number is too large") from exc
