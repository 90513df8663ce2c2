"""The state of a journal as its entries alone say, for whoever is about to destroy something."""

from __future__ import annotations

import msgspec

from mvfs.index.index import Index
from mvfs.store.journal import Journal


def fresh(journal: Journal) -> Index:
    """Fold every entry object from the first one on, in memory: no cache, no segment, no checkpoint.

    The index stays of that kind: what it takes in later comes from single entries too.

    Raises:
        CorruptObject: the journal is damaged.
        UnsupportedFormat: a newer mvfs wrote to it.
    """
    index = Index(None, msgspec.structs.replace(journal, trusting=False))
    index.refresh()
    return index
