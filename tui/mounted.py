"""What of a store is mounted where on this machine, as the kernel lists it; no mount is asked anything."""

from __future__ import annotations

from pathlib import Path

from mvfs import refs
from mvfs.errors import InvalidInput
from mvfs.mount.mountpoints import FILE_SYSTEM, mounted

Standing = tuple[tuple[str, str], ...]
"""Of each mount: the ref of what is mounted, empty for all of the store; and the directory."""


def standing(location: str) -> Standing:
    """The mounts of the store at a location."""
    entries = [entry for entry in mounted() if entry.type == FILE_SYSTEM]
    return tuple(
        (ref, entry.path) for entry in entries if (ref := part_of(location, entry.source)) is not None
    )


def part_of(location: str, source: str) -> str | None:
    """What part of the store at ``location`` a source names; None if it is of another store."""
    if source == location:
        return ""
    head, mark, ref = source.rpartition("::")
    return ref if mark and head == location else None


def directory(mounts: Standing, place: str) -> str | None:
    """Where a place, ``project``, ``project/type/name`` or that with ``:v3``, is mounted; None: nowhere."""
    words = place.replace(":", "/").split("/")
    found = [
        "/".join((at.rstrip("/"), *below)) or "/"
        for ref, at in mounts
        if (below := _below(ref, words)) is not None
    ]
    return min(found, key=len, default=None)


def _below(ref: str, place: list[str]) -> list[str] | None:
    """The words that lead from what is mounted to a place; None if it is not in there."""
    if not ref:
        return place
    try:
        parsed = refs.parse(ref)
    except InvalidInput:
        return None
    if parsed.words[0] != place[0]:
        return None
    type_, name, label = [*place[1:], *[None] * 3][:3]
    for reading in parsed.readings():
        if reading.path or reading.type not in (None, type_):
            continue
        if reading.name is None:
            return place[2 if reading.type else 1 :]
        if reading.name == name and reading.selector is None:
            return place[3:]
        if reading.name == name and reading.selector is not None and label == f"v{reading.selector.number}":
            return []
    return None


def short(path: str) -> str:
    """A path with ``~`` for the home directory."""
    home = str(Path.home())
    return "~" + path[len(home) :] if path.startswith(home + "/") else path
