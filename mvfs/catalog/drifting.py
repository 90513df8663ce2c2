"""Whether the objects that a version's references lead to are still the recorded ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mvfs.errors import MvfsError
from mvfs.store.manifest.records import FileEntry

_AT_ONCE = 8
"""Objects that are asked about at the same time."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What became of one reference."""

    entry: FileEntry
    changed: str | None = None
    """How the object is no longer the recorded one, in a few words; ``gone`` where nothing is there."""
    unknown: str | None = None
    """Why that cannot be told now."""


def drifts(files: Iterable[FileEntry]) -> Iterator[Drift]:
    """Look at the object of each reference among the files, be its bytes in the store or not, in order."""
    from mvfs.references.lookup import drift  # brings in HTTP, which few commands need

    def look(entry: FileEntry) -> Drift:
        assert entry.reference is not None
        try:
            return Drift(entry, changed=drift(entry.reference))
        except MvfsError as exc:
            return Drift(entry, unknown=exc.message)

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="drift") as pool:
        yield from pool.map(look, [entry for entry in files if entry.reference is not None])
