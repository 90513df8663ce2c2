"""Objects as files below one directory, written so that a crash leaves a whole object or none."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from mvfs.errors import CorruptObject, MvfsError, NoPermission, NoSpace, Unavailable
from mvfs.store.backend.base import Backend, Body, Data, ObjectInfo
from mvfs.store.backend.scratch import Scratch, abandoned
from mvfs.store.positioned import PIECE

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_PATIENCE = 0.1
"""Seconds to wait for one's turn: a commit takes a hundredth of it."""

_AT_ONCE = 1 << 20
"""Bytes that are in memory at once of what is read when it is written."""

_MISSING = (errno.ENOENT, errno.ENOTDIR)


class LocalBackend(Backend):
    """A directory on a file system with hard links (ext4, xfs, btrfs, tmpfs, NFS)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.location = str(root)
        self._scratch = Scratch(root / "tmp")
        self._known_directories: set[str] = set()
        self._unsynced: set[str] = set()
        weakref.finalize(self, self._scratch.close)

    def head(self, key: str) -> ObjectInfo | None:
        try:
            found = os.stat(self.root / key)
        except OSError as exc:
            _raise_unless_missing(exc, self.root / key)
            return None
        return ObjectInfo(key, found.st_size, found.st_mtime_ns)

    def get(self, key: str, limit: int) -> bytes | None:
        data = self.get_range(key, 0, limit + 1)
        if data is not None and len(data) > limit:
            raise CorruptObject(f"{self.root / key} is larger than the {limit} bytes allowed", key=key)
        return data

    def get_range(self, key: str, offset: int, length: int) -> bytes | None:
        try:
            fd = os.open(f"{self.location}/{key}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as exc:
            _raise_unless_missing(exc, self.root / key)
            return None
        try:
            wanted = min(length, max(os.fstat(fd).st_size - offset, 0))
            parts = []
            while wanted > 0 and (part := os.pread(fd, wanted, offset)):
                parts.append(part)
                offset += len(part)
                wanted -= len(part)
            return parts[0] if len(parts) == 1 else b"".join(parts)
        except OSError as exc:
            raise explain(exc, f"cannot read {self.root / key}") from exc
        finally:
            os.close(fd)

    def list(self, prefix: str, after: str = "") -> Iterator[ObjectInfo]:
        folder = prefix.rpartition("/")[0]
        yield from (info for info in self._walk(folder) if info.key.startswith(prefix) and info.key > after)

    def _walk(self, folder: str) -> Iterator[ObjectInfo]:
        try:
            with os.scandir(self.root / folder) as found:
                entries = sorted(found, key=lambda e: e.name + "/" * e.is_dir(follow_symlinks=False))
        except OSError as exc:
            _raise_unless_missing(exc, self.root / folder)
            return
        for entry in entries:
            key = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if key != "tmp":
                    yield from self._walk(key)
            elif (info := self.head(key)) is not None:
                yield info

    def put(self, key: str, data: Data) -> None:
        with self._explained(key):
            if isinstance(data, Path) and data.parent == self._scratch.path():
                staged = data
                _fsync(staged)
            else:
                staged = self._stage(data)
            folder = self._folder(key)
            os.rename(staged, self.root / key)
            _fsync(folder)

    def create(self, key: str, data: bytes) -> bool:
        # Never open(O_EXCL) and write: a crash would leave a torn entry that owns the number.
        with self._explained(key):
            folder = self._folder(key)
            if key in self._unsynced:  # our own, linked by a try whose fsync failed
                _fsync(folder)
                self._unsynced.discard(key)
            if os.path.lexists(self.root / key):
                return False  # known before anything is written
            staged = self._stage(data)
            try:
                os.link(staged, self.root / key)
            except FileExistsError:
                return False
            finally:
                os.unlink(staged)
            self._unsynced.add(key)
            _fsync(folder)
            self._unsynced.discard(key)
            return True

    def replace(self, key: str, data: bytes, old: bytes | None) -> bool:
        with self._explained(key):
            folder = self._folder(key)
            lock = os.open(folder, _DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if self.get(key, max(len(old or b""), len(data)) + 1) != old:
                    return False
                os.rename(self._stage(data), self.root / key)
                os.fsync(lock)
                return True
            finally:
                os.close(lock)

    def delete(self, key: str) -> None:
        with self._explained(key), contextlib.suppress(FileNotFoundError):
            os.unlink(self.root / key)

    def staging(self) -> Path | None:
        with self._explained("tmp"):
            return self._scratch.path()

    @contextlib.contextmanager
    def turn(self, folder: str) -> Iterator[None]:
        """Hold a lock on the folder; whoever does not get it soon goes on without, for it is only manners."""
        try:
            lock = os.open(self.root / folder, _DIRECTORY)
        except OSError:
            yield  # not made yet
            return
        try:
            end = time.monotonic() + _PATIENCE
            while not _try_lock(lock) and time.monotonic() < end:
                time.sleep(0.0005)
            yield
        finally:
            os.close(lock)

    def local_path(self, key: str) -> Path | None:
        return self.root / key

    def leftovers(self) -> tuple[ObjectInfo, ...]:
        found = []
        for folder in abandoned(self.root / "tmp"):
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    info = entry.stat(follow_symlinks=False)
                    if entry.name != "lock":
                        key = f"tmp/{folder.name}/{entry.name}"
                        found.append(ObjectInfo(key, info.st_size, info.st_mtime_ns))
        return tuple(found)

    def _stage(self, data: Data) -> Path:
        staged = self._scratch.path() / os.urandom(8).hex()
        if isinstance(data, Path):
            from shutil import copyfile  # costs more to import than most commands take

            copyfile(data, staged)
            os.chmod(staged, 0o444)
            _fsync(staged)
            return staged
        fd = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        try:
            for piece in _pieces(data):
                view = piece
                while view:  # in small pieces: see docs/design/002
                    view = view[os.write(fd, view[:PIECE]) :]
            os.fsync(fd)
        except BaseException:
            os.unlink(staged)
            raise
        finally:
            os.close(fd)
        return staged

    def _folder(self, key: str) -> Path:
        """Make the directory of ``key``, durably."""
        folder = key.rpartition("/")[0]
        path = self.root / folder
        if folder not in self._known_directories:
            missing = [step for step in (self.root, *self.root.parents) if not step.is_dir()]
            for step in reversed(missing):
                step.mkdir(exist_ok=True)
                _fsync(step.parent)
            # One that is there may have been made by a process that has not synced it yet, or died before.
            for step in reversed((path, *path.parents[: folder.count("/") + 1 if folder else 0])):
                if step != self.root and str(step) not in self._known_directories:
                    step.mkdir(exist_ok=True)
                    _fsync(step.parent)
                    self._known_directories.add(str(step))
            self._known_directories.add(folder)
        return path

    @contextlib.contextmanager
    def _explained(self, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise explain(exc, f"cannot write {key} in store {self.root}") from exc


def _pieces(data: bytes | bytearray | Body) -> Iterator[memoryview]:
    if not isinstance(data, Body):
        yield memoryview(data)
        return
    space = memoryview(bytearray(min(data.size, _AT_ONCE)))
    for offset in range(0, data.size, _AT_ONCE):
        view = space[: min(_AT_ONCE, data.size - offset)]
        data.read_into(offset, view)
        yield view


def explain(exc: OSError, what: str) -> MvfsError:
    """Turn an operating system error into ours: ``what`` says what could not be done."""
    reason = exc.strerror or str(exc)
    if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return NoSpace(f"{what}: {reason.lower()}; make room and run it again, nothing was changed")
    if exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NoPermission(f"{what}: {reason.lower()}")
    return Unavailable(f"{what}: {reason.lower()}")


def _raise_unless_missing(exc: OSError, path: Path) -> None:
    if exc.errno not in _MISSING:
        raise explain(exc, f"cannot read {path}") from exc


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _fsync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
