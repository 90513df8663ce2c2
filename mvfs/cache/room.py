"""How much the cache may take, what it takes, and what has to go first."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mvfs import settings, units
from mvfs.cache import files
from mvfs.errors import InvalidInput

_LIMIT_FILE = "limit"
_SHARE, _LEFT = 0.2, 0.1
"""Parts of the disk: that the cache may take, and that it leaves free."""

_LOW = 0.9
"""Part of the limit that is left when something had to go."""

_STEP = 16
"""Between two looks at the cache's files, a process writes at most this part (1/16) of the limit."""

_PAUSE = 1.0
"""Seconds before a process looks again whether there is room, where there was none."""


class Entry(NamedTuple):
    """An object in the cache."""

    name: str
    size: int
    """Bytes that it takes on the disk."""
    used: int
    """Nanoseconds since 1970: when it was used last, to a minute."""


class Limit(NamedTuple):
    """How many bytes the cache may take, and who said so (None: the built-in default)."""

    size: int
    given_by: str | None


def entries(root: Path) -> list[Entry]:
    """Return what is in the cache; nothing where it cannot be read."""
    sizes: dict[str, int] = {}
    used: dict[str, int] = {}
    for folder in _scan(root):
        if len(folder.name) != 2 or not folder.is_dir(follow_symlinks=False):
            continue
        for file in _scan(folder.path):
            name, dot, kind = file.name.rpartition(".")
            if not dot or kind not in ("data", "map"):
                continue
            with contextlib.suppress(OSError):
                found = file.stat(follow_symlinks=False)
                sizes[name] = sizes.get(name, 0) + found.st_blocks * 512
                used[name] = max(used.get(name, 0), found.st_mtime_ns if kind == "map" else 0)
    return [Entry(name, size, used[name]) for name, size in sizes.items()]


def _scan(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        yield from found


def limit(root: Path, taken: int) -> Limit:
    """Return how much the cache may take, which takes ``taken`` bytes now.

    Raises:
        InvalidInput: ``$MVFS_CACHE_LIMIT`` is no size.
        OSError: the disk is out of reach.
    """
    given = os.environ.get("MVFS_CACHE_LIMIT")
    if given and given != "default":
        return Limit(units.parse_size(given), "$MVFS_CACHE_LIMIT")
    with contextlib.suppress(OSError, UnicodeDecodeError, InvalidInput):
        return Limit(units.parse_size((root / _LIMIT_FILE).read_text("ascii").strip()), "mvfs cache limit")
    place = root
    while not place.exists() and place != place.parent:
        place = place.parent
    disk = os.statvfs(place)
    total, free = disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize
    return Limit(max(min(int(total * _SHARE), taken + free - int(total * _LEFT)), 0), None)


def set_limit(root: Path, size: int | None) -> None:
    """Set how many bytes the cache may take, for everybody who uses it; None: the default.

    Raises:
        OSError: the cache cannot be written.
    """
    if size is None:
        (root / _LIMIT_FILE).unlink(missing_ok=True)
        return
    files.make_root(root, group=settings.blob_cache().is_shared)
    new = root / f"{_LIMIT_FILE}.{os.getpid()}"
    new.write_text(f"{size}\n", "ascii")
    new.rename(root / _LIMIT_FILE)


def evict(root: Path, found: Sequence[Entry], wanted: int) -> int:
    """Remove what was not used for longest until ``wanted`` bytes are freed; return how many were.

    What any process has open stays.
    """
    freed = 0
    for entry in sorted(found, key=lambda one: one.used):
        if freed >= wanted:
            break
        with contextlib.suppress(OSError):
            if files.remove(root, entry.name):
                freed += entry.size
    return freed


class Room:
    """Grants one process room in the cache. Methods may be called from several threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._granted = 0
        self._look_again = 0.0

    def reserve(self, length: int) -> bool:
        """Make room for ``length`` more bytes; return False where there is none to be made.

        Raises:
            InvalidInput: ``$MVFS_CACHE_LIMIT`` is no size.
            OSError: the disk is out of reach.
        """
        with self._lock:
            if self._granted < length and time.monotonic() >= self._look_again:
                self._granted = self._make(length)
                if self._granted < length:
                    self._look_again = time.monotonic() + _PAUSE
            if self._granted < length:
                return False
            self._granted -= length
            return True

    def has(self, length: int) -> bool:
        """Whether the cache may ever take so many bytes. Raises as `reserve`."""
        return length <= limit(self._root, sum(entry.size for entry in entries(self._root))).size

    def _make(self, length: int) -> int:
        """Evict what is too much; return how many bytes may be written before the next look."""
        found = entries(self._root)
        taken = sum(entry.size for entry in found)
        allowed = limit(self._root, taken).size
        if taken + length > allowed and length <= allowed:
            taken -= evict(self._root, found, taken + length - int(allowed * _LOW))
        room = allowed - taken
        return min(room, max(length, allowed // _STEP))
