"""One object in the cache: a sparse file of its bytes, and a map that says which of them are there.

The map is 8 bytes of the object's size (0: not known yet) and one byte per unit: 1 where the unit was
written, set after its bytes. Processes need no lock to fill an object: they write the same bytes. The map
is a hint that a crash may leave wrong, and the bytes may have been changed: readers verify what they get.
Whoever has an object open holds a shared lock on its data file; only who gets the exclusive one removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from mvfs.store.positioned import write_at

UNIT = 64 << 10
"""Bytes that are there, or not, together."""

_HEADER = 8
_RECENT = 60
"""Seconds within which another use of an object is not noted."""

_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW


def units(size: int) -> int:
    """How many units so many bytes take."""
    return -(-size // UNIT)


class CachedObject:
    """An open object. Methods may be called from several threads; all of them may raise OSError."""

    def __init__(self, data: int, map_: int, *, writable: bool) -> None:
        self.is_writable = writable
        self._data, self._map = data, map_

    def close(self) -> None:
        """Let go of the files, and with them of the lock."""
        os.close(self._map)
        os.close(self._data)

    def size(self) -> int | None:
        """The object's size in bytes, where it is known and the data file has it."""
        head = os.pread(self._map, _HEADER, 0)
        size = int.from_bytes(head, "big") if len(head) == _HEADER else 0
        if size and os.fstat(self._data).st_size != size:
            self.forget_all()
            return None
        return size or None

    def missing(self, first: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the runs of units from ``first`` to before ``stop`` that are not there."""
        found = os.pread(self._map, stop - first, _HEADER + first).ljust(stop - first, b"\0")
        at = 0
        while (start := found.find(b"\0", at)) >= 0:
            at = found.find(b"\1", start)
            at = len(found) if at < 0 else at
            yield first + start, first + at

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes from ``offset``, fewer at the end of the file."""
        return os.pread(self._data, length, offset)

    def read_into(self, offset: int, view: memoryview) -> int:
        """Fill ``view`` from ``offset``; return how many bytes there were."""
        return os.preadv(self._data, [view], offset)

    def write(self, offset: int, data: bytes | memoryview, size: int | None) -> None:
        """Keep what begins at a unit; of the last unit all, unless it ends where the object does."""
        if size is not None:
            self.learn(size)
        whole = units(len(data)) if size == offset + len(data) else len(data) // UNIT
        write_at(self._data, memoryview(data)[: whole * UNIT], offset)
        os.pwrite(self._map, b"\1" * whole, _HEADER + offset // UNIT)

    def copy_from(self, source: int, offset: int, at: int, length: int) -> int:
        """Copy bytes of another file to ``at`` inside the kernel; return how many."""
        return os.copy_file_range(source, self._data, length, offset, at)

    def fill(self) -> None:
        """Mark all of an object as there, whose size is known."""
        os.pwrite(self._map, b"\1" * units(self.size() or 0), _HEADER)

    def learn(self, size: int) -> None:
        """Note the object's size."""
        if os.fstat(self._data).st_size != size:
            os.ftruncate(self._data, size)
        os.pwrite(self._map, size.to_bytes(_HEADER, "big"), 0)

    def filled(self) -> int:
        """The bytes up to which every unit is there, if they are all that is known of; else 0."""
        found = os.pread(self._map, os.fstat(self._map).st_size, 0)[_HEADER:]
        return len(found) * UNIT if found and b"\0" not in found else 0

    def is_complete(self) -> bool:
        """Whether all of the object is there; what is said to be is on the disk, too."""
        size = self.size()
        if size is None or self.filled() != units(size) * UNIT:
            return False
        os.fdatasync(self._data)
        return True

    def forget(self, offset: int, length: int) -> bool:
        """Mark a range's units as not there; return whether any was, or the object was said to end there."""
        size = self.size()
        if size is not None and offset + length > size:
            self.forget_all()
            return True
        first, stop = offset // UNIT, units(offset + length)
        count = min(stop, os.fstat(self._map).st_size - _HEADER) - first
        if count <= 0 or b"\1" not in os.pread(self._map, count, _HEADER + first):
            return False
        os.pwrite(self._map, bytes(count), _HEADER + first)
        return True

    def forget_all(self) -> None:
        """Mark everything as not there, the size too."""
        os.ftruncate(self._map, 0)


def data_file(root: Path, name: str) -> Path:
    """Where an object's bytes are."""
    return root / name[:2] / f"{name}.data"


def map_file(root: Path, name: str) -> Path:
    """Where an object's map is."""
    return root / name[:2] / f"{name}.map"


@contextlib.contextmanager
def opened(
    root: Path, name: str, *, create: bool = False, group: bool = False
) -> Iterator[CachedObject | None]:
    """Open an object and note that it is used; None where there is none, and ``create`` does not ask for it.

    ``group`` lets the group of the directory read it.

    Raises:
        OSError: it cannot be opened.
    """
    found = _open(root, name, create=create, group=group)
    try:
        yield found
    finally:
        if found is not None:
            found.close()


def _open(root: Path, name: str, *, create: bool, group: bool) -> CachedObject | None:
    path, mode = data_file(root, name), 0o640 if group else 0o600
    if create:
        _make_folder(path.parent, group=group)
    while True:
        try:
            data, writable = _open_file(path, create=create, mode=mode)
        except FileNotFoundError:
            if create:
                raise
            return None
        try:
            fcntl.flock(data, fcntl.LOCK_SH)
            if os.fstat(data).st_nlink == 0:  # it was removed between opening and locking
                os.close(data)
                continue
            map_, map_writable = _open_file(map_file(root, name), create=create, mode=mode)
        except BaseException as exc:
            os.close(data)
            if isinstance(exc, FileNotFoundError):
                return None
            raise
        writable = writable and map_writable
        _touch(map_)
        return CachedObject(data, map_, writable=writable)


def _open_file(path: Path, *, create: bool, mode: int) -> tuple[int, bool]:
    """Open a file for writing, or for reading where it is somebody else's."""
    try:
        fd = os.open(path, _FLAGS | os.O_RDWR | (os.O_CREAT if create else 0), mode)
    except PermissionError:
        return os.open(path, _FLAGS | os.O_RDONLY), False
    except OSError:
        if create:
            raise
        return os.open(path, _FLAGS | os.O_RDONLY), False
    if create and mode & 0o040 and os.fstat(fd).st_uid == os.geteuid():
        os.fchmod(fd, mode)
    return fd, True


def make_root(root: Path, *, group: bool) -> None:
    """Make the cache's directory; ``group``: for its group, too.

    Raises:
        OSError: it cannot be made.
    """
    if not root.is_dir():
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if group:
            root.chmod(0o2770)


def _make_folder(path: Path, *, group: bool) -> None:
    make_root(path.parent, group=group)
    make_root(path, group=group)


def _touch(map_: int) -> None:
    """Note a use, once a minute."""
    if time.time() - os.fstat(map_).st_mtime > _RECENT:
        with contextlib.suppress(OSError):
            os.utime(map_)


def remove(root: Path, name: str) -> bool:
    """Remove an object that nobody has open; return False if somebody has.

    Raises:
        OSError: it cannot be removed.
    """
    path = data_file(root, name)
    try:
        data = os.open(path, _FLAGS | os.O_RDONLY)
    except FileNotFoundError:
        map_file(root, name).unlink(missing_ok=True)
        return True
    try:
        fcntl.flock(data, fcntl.LOCK_EX | fcntl.LOCK_NB)
        map_file(root, name).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(data)
    return True
