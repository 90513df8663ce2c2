"""Deletes segments and checkpoints that do not say what the journal says."""

from __future__ import annotations

from collections.abc import Iterator

from mvfs.catalog.checking.findings import Kind
from mvfs.catalog.checking.store import StoreCheck


def drop_copies(check: StoreCheck) -> Iterator[str]:
    """Delete what a check found wrong, and yield the key of each.

    Raises:
        NoPermission, Unavailable: the store cannot be written.
    """
    for one in check.findings:
        if one.kind is Kind.COPY_WRONG:
            check.backend.delete(one.object)
            yield one.object
