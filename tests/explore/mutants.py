"""Protections taken away, one at a time: each mutant is a defect that the explorer must find."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

from mvfs.errors import MvfsError
from mvfs.store import keys
from mvfs.store.journal import Journal


@contextlib.contextmanager
def no_read_back() -> Iterator[None]:
    """An unclear create is taken for a failure, and the commit goes on to the next number."""

    def place(self: Journal, seq: int, raw: bytes) -> bool:
        try:
            return self.backend.create(keys.entry(self.folder, seq), raw)
        except MvfsError:
            return False

    with mock.patch.object(Journal, "_place", place):
        yield
