"""Level 3, the other half: the lists of sweeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mvfs.catalog.checking.findings import Finding, Kind
from mvfs.errors import Damaged, MvfsError
from mvfs.index import queries
from mvfs.index.index import Index
from mvfs.store import keys, sweeplist
from mvfs.store.backend.base import Backend


@dataclass
class SweepLists:
    """Which objects sweeps declared to be garbage, by the number of the sweep's entry."""

    by_entry: dict[int, set[str]] = field(default_factory=dict)

    def since(self, seq: int) -> set[str]:
        """Return what sweeps in entries numbered ``seq`` or higher listed."""
        return {key for at, listed in self.by_entry.items() if at >= seq for key in listed}


def read_lists(backend: Backend, project_id: str, index: Index, lists: SweepLists) -> Iterator[Finding]:
    """Read the lists of all sweeps of a project into ``lists``."""
    for sweep in queries.sweeps(index):
        key = keys.sweep_list(project_id, sweep.id)
        try:
            lists.by_entry[sweep.seq] = set(sweeplist.read(backend, project_id, sweep.id, sweep.list_hash))
        except Damaged as exc:
            what = f"{exc.message}: restore it from a copy of the store, or 'mvfs fsck --repair --from COPY'"
            yield Finding(Kind.SWEEP_LIST_DAMAGED, 3, key, what)
        except MvfsError as exc:
            yield Finding(Kind.UNREADABLE, 3, key, exc.message)
        else:
            if not sweep.done:
                what = f"the sweep of {sweep.objects} objects was cut off: 'mvfs sweep' finishes it"
                yield Finding(Kind.SWEEP_UNFINISHED, 3, key, what)


def check_lists(project_id: str, index: Index, lists: SweepLists, live: set[str]) -> Iterator[Finding]:
    """Tell the lists that name what a live version needs."""
    for sweep in queries.sweeps(index):
        wrong = live.intersection(lists.by_entry.get(sweep.seq, ()))
        if wrong:
            key = keys.sweep_list(project_id, sweep.id)
            what = (
                f"the sweep by {sweep.actor} lists {len(wrong)} objects that versions need, such as"
                f" {min(wrong)}; 'mvfs fsck --repair' stores these anew where it still can"
            )
            yield Finding(Kind.SWEEP_NAMES_LIVE, 3, key, what, objects=tuple(sorted(wrong)))
