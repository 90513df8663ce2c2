"""Compares a version with a copy on disk, or with what it was when it was logged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from blake3 import blake3

from mvfs.catalog.content import Content
from mvfs.errors import Damaged, NotFound
from mvfs.store.backend.local import explain
from mvfs.store.hashing import hash_file
from mvfs.store.manifest.records import FileEntry
from mvfs.store.pipeline import Progress

_AT_ONCE = 8 << 20


class DifferenceKind(StrEnum):
    """How a copy can differ."""

    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Difference:
    """One file in which a copy is not the version."""

    kind: DifferenceKind
    path: str
    why: str


def compare(
    content: Content, copy: Path, path: str = "", progress: Progress | None = None
) -> Iterator[Difference]:
    """Yield how ``copy`` differs from the file or directory at ``path`` of a version.

    What can be told without reading comes first. A reference whose bytes are not in the store has no hash: of
    its copy, only the size is compared.

    Raises:
        NotFound: there is no such copy, or no such path in the version.
        CorruptObject: the version's manifest is damaged.
        NoPermission, Unavailable: the copy cannot be read.
    """
    if not os.path.lexists(copy):
        raise NotFound(f"there is no copy '{copy}'", path=str(copy))
    try:
        if isinstance(content.find(path), FileEntry):
            (entry,) = content.below(path)
            place = copy / entry.name if copy.is_dir() else copy
            yield from _compare_files({entry.name: (place, entry)}, progress)
            return
        below = len(path) + 1 if path else 0
        wanted = {entry.path[below:]: (copy / entry.path[below:], entry) for entry in content.below(path)}
        yield from _compare_files(wanted, progress)
        yield from _extra(copy, wanted)
    except OSError as exc:
        raise explain(exc, f"cannot read '{exc.filename or copy}'") from exc


def _compare_files(
    wanted: dict[str, tuple[Path, FileEntry]], progress: Progress | None
) -> Iterator[Difference]:
    same_size = []
    for name, (place, entry) in wanted.items():
        if not os.path.lexists(place):
            yield Difference(DifferenceKind.MISSING, name, f"{entry.size:,} bytes")
        elif place.is_symlink() or not place.is_file():
            yield Difference(DifferenceKind.CHANGED, name, "is no regular file")
        elif (size := place.stat().st_size) != entry.size:
            yield Difference(DifferenceKind.CHANGED, name, f"{size:,} bytes instead of {entry.size:,}")
        elif not entry.is_external:  # of a reference, only the size is known for certain
            same_size.append((name, place, entry))
    for name, place, entry in same_size:
        fd = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            is_same = hash_file(fd, entry.size, progress=progress).digest == entry.digest
        except EOFError:
            is_same = False
        finally:
            os.close(fd)
        if not is_same:
            yield Difference(DifferenceKind.CHANGED, name, "other bytes of the same size")


def _extra(copy: Path, wanted: dict[str, tuple[Path, FileEntry]]) -> Iterator[Difference]:
    def give_up(exc: OSError) -> None:
        raise exc

    for place, folders, names in os.walk(copy, onerror=give_up):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in sorted(names + links):
            path = os.path.relpath(os.path.join(place, name), copy)
            if path not in wanted:
                yield Difference(DifferenceKind.EXTRA, path, "not in the version")


def read_back(
    content: Content, files: Iterable[FileEntry], progress: Progress | None = None
) -> Iterator[tuple[str, str]]:
    """Read stored files as `copy` would, and hash them whole; yield the path of each damaged one, and why.

    References whose bytes are not in the store are passed over.
    """
    for entry in files:
        if entry.is_external:
            continue
        reader, hasher = content.reader(entry), blake3()
        try:
            for offset in range(0, entry.size, _AT_ONCE):
                data = reader.read(offset, _AT_ONCE)
                hasher.update(data)
                if progress is not None:
                    progress(len(data))
        except Damaged as exc:
            yield entry.path, exc.message
            continue
        if hasher.digest() != entry.digest:
            yield entry.path, "its parts are sound, but together they are not the file that was logged"
