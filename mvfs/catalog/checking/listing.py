"""Level 3, one half: what is stored in a project, and what of it nothing leads to."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator

from mvfs import units
from mvfs.catalog.checking.findings import Finding, Kind
from mvfs.store import keys
from mvfs.store.backend.base import Backend, ObjectInfo

_OWN = re.compile(r"(journal/[0-9]{12}\.mp|(runs|alive|gc|seg|ckpt)/.+)")
"""Objects of a project that are no blobs and no manifests."""


class Listing:
    """What was stored at one moment: each project's objects, and what lies beside the projects."""

    def __init__(self, backend: Backend, project_ids: Iterable[str] | None = None) -> None:
        """List some projects, or in one go all of the store."""
        self.projects: dict[str, dict[str, ObjectInfo]] = {}
        self.beside: list[ObjectInfo] = []
        prefixes = [""] if project_ids is None else [f"p/{project_id}/" for project_id in project_ids]
        for prefix in prefixes:
            for info in backend.list(prefix):
                self._put(info)

    def _put(self, info: ObjectInfo) -> None:
        parts = info.key.split("/", 2)
        if len(parts) == 3 and parts[0] == "p" and keys.is_ulid(parts[1]):
            self.projects.setdefault(parts[1], {})[info.key] = info
        else:
            self.beside.append(info)


def orphans(
    project_id: str, listed: dict[str, ObjectInfo], needed: set[str], *, is_sure: bool
) -> Iterator[Finding]:
    """Tell the blobs and manifests that nothing leads to."""
    found = [info for key, info in listed.items() if keys.is_object(key) and key not in needed]
    if not found:
        return
    what = _summed_up(found)
    if is_sure:
        what += " that nothing leads to: 'mvfs sweep' removes them once they are old enough"
    else:
        what += " that nothing readable leads to; some may belong to what is damaged: repair that first"
    yield Finding(Kind.ORPHANS, 3, f"p/{project_id}", what, objects=tuple(info.key for info in found))


def foreign(project_id: str, listed: dict[str, ObjectInfo]) -> Iterator[Finding]:
    """Tell what lies in a project and is not of this format."""
    folder = f"p/{project_id}/"
    found = [
        info
        for key, info in listed.items()
        if not keys.is_object(key) and not _OWN.fullmatch(key.removeprefix(folder))
    ]
    yield from _foreign(folder.rstrip("/"), found)


def beside(backend: Backend, listing: Listing) -> Iterator[Finding]:
    """Tell what interrupted commands left in the store, and what never was part of it."""
    found = [info for info in listing.beside if info.key.startswith(keys.PASSING)] + [*backend.leftovers()]
    if found:
        what = f"{_summed_up(found)} left by commands that were cut off: 'mvfs sweep' removes them"
        yield Finding(Kind.LEFTOVERS, 3, "tmp", what, objects=tuple(info.key for info in found))
    root = keys.ROOT_JOURNAL
    known = (f"{root}/", keys.segments(root), keys.checkpoints(root), *keys.PASSING)
    yield from _foreign(
        ".", [one for one in listing.beside if one.key != keys.STORE and not one.key.startswith(known)]
    )


def _foreign(folder: str, found: list[ObjectInfo]) -> Iterator[Finding]:
    if found:
        what = f"{_summed_up(found)} that mvfs did not write, such as {found[0].key}; they are never read"
        yield Finding(Kind.FOREIGN, 3, folder, what, objects=tuple(info.key for info in found))


def _summed_up(found: Iterable[ObjectInfo]) -> str:
    sizes, ages = zip(*((info.size, info.modified // 1000) for info in found), strict=True)
    plural = "s" * (len(sizes) != 1)
    now = time.time_ns() // 1000
    old = units.age(min(ages), now)
    between = old if old == units.age(max(ages), now) else f"{units.age(max(ages), now)} to {old}"
    return f"{len(sizes)} object{plural} ({units.size(sum(sizes))}, {between} old)"
