"""The mounts of mvfs on this machine, as far as this user can see them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mvfs.mount.mountpoints import FILE_SYSTEM, Mounted, State, mounted, state_of
from mvfs.mount.records import Record, records


@dataclass(frozen=True, slots=True)
class Mount:
    """One of them."""

    mountpoint: str
    source: str
    """The store, and what of it: ``STORE`` or ``STORE::ref``."""
    owner: int
    """The user who mounted it."""
    state: State | None
    """None: only its owner can find out."""
    record: Record | None
    """What its process says; None where that is not known here."""

    @property
    def is_mine(self) -> bool:
        """Whether this user mounted it."""
        return self.owner == os.geteuid()


def mounts() -> list[Mount]:
    """Return them in the order of mounting; takes two seconds, whatever does not answer."""
    entries = [entry for entry in mounted() if entry.type == FILE_SYSTEM]
    if not entries:
        return []
    known = records()
    with ThreadPoolExecutor(len(entries)) as all_at_once:
        return list(all_at_once.map(lambda entry: _mount(entry, known), entries))


def _mount(entry: Mounted, known: list[Record]) -> Mount:
    owner = 0 if entry.owner is None else entry.owner
    state = state_of(Path(entry.path)) if owner == os.geteuid() else None
    record = next((record for record in reversed(known) if record.is_of(entry)), None)
    return Mount(entry.path, entry.source, owner, state, record)
