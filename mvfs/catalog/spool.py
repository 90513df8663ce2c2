"""What a run at work logs, noted on this machine before it is in the store: for when either is lost.

One folder per writer, locked while its process lives, with a file per segment of length-prefixed msgpack
records. The next run of the project sends what a dead one left. docs/FORMAT.md, "Beside the store".
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import struct
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from mvfs import settings
from mvfs.catalog.acquainted import place
from mvfs.catalog.project import Project

_LENGTH = struct.Struct("<I")
_MAX_FILE = 64 << 20
_LOCK = "lock"

_log = logging.getLogger("mvfs")
_open: weakref.WeakSet[Spool] = weakref.WeakSet()


class Spool:
    """One writer's folder. May be used from several threads."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._lock = lock
        self._files: dict[str, int] = {}
        self.trouble: OSError | None = None
        """What the local disk refused; nothing is noted after it. To be told by whoever holds no lock."""
        _open.add(self)

    @property
    def run_id(self) -> str:
        """The run that the writer takes part in."""
        return self.folder.parent.name

    @property
    def writer(self) -> str:
        """The writer's name."""
        return self.folder.name

    def append(self, name: str, record: bytes) -> None:
        """Add a msgpack record to a file. It survives the death of the process, not that of the machine."""
        if self.trouble is not None:
            return
        try:
            fd = self._files.get(name, -1)
            if fd < 0:
                flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                fd = self._files[name] = os.open(self.folder / name, flags, 0o600)
            os.write(fd, _LENGTH.pack(len(record)) + record)
        except OSError as exc:
            self.trouble = exc

    def files(self) -> list[str]:
        """The names of the files, sorted."""
        return sorted(name for name in os.listdir(self.folder) if name != _LOCK)

    def read(self, name: str) -> list[Any]:
        """Return the records in a file; one that was cut off ends it."""
        with open(self.folder / name, "rb") as file:
            data = file.read(_MAX_FILE)
        return list(_records(data))

    def drop(self, name: str) -> None:
        """Forget a file: it is in the store."""
        fd = self._files.pop(name, None)
        if fd is not None:
            os.close(fd)
        with contextlib.suppress(OSError):
            os.unlink(self.folder / name)

    def finish(self) -> None:
        """Forget all of it, and let go."""
        for name in list(self._files):
            self.drop(name)
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()  # unless other writers are there
        self.release()

    def release(self) -> None:
        """Let go of it: whoever comes next sends what is there."""
        for fd in (*self._files.values(), self._lock):
            if fd >= 0:
                os.close(fd)
        self._files, self._lock = {}, -1


def _let_go_in_child() -> None:
    """A forked child must not hold its parent's lock: it may live longer."""
    for spool in list(_open):
        spool.release()
    _open.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


def _records(data: bytes) -> Iterator[Any]:
    at = 0
    while at + _LENGTH.size <= len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if at + length > len(data):
            return
        try:
            yield msgspec.msgpack.decode(data[at : at + length])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return
        at += length


def folder_of(project: Project) -> Path:
    """Where the spools of a project's runs are."""
    return settings.state_dir() / "runs" / project.store_id / place(project.backend) / project.id


def begin(project: Project, run_id: str, writer: str) -> Spool | None:
    """Make a writer's folder; None where this user's state directory cannot be written."""
    folder = folder_of(project) / run_id / writer
    try:
        folder.mkdir(parents=True, mode=0o700)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        _log.warning("mvfs: what the run logs is not noted on this machine: %s", exc)
        return None
    return Spool(folder, lock)


def abandoned(project: Project, run_id: str | None = None) -> list[Spool]:
    """Return the spools whose processes are gone, locked for us: of a run, or of all."""
    root = folder_of(project)
    found = []
    for run in _names(root) if run_id is None else [run_id]:
        for writer in _names(root / run):
            lock = _lock(root / run / writer)
            if lock is not None:
                found.append(Spool(root / run / writer, lock))
    return found


def is_dead(project: Project, run_id: str, writer: str) -> bool:
    """Whether a writer is known to be gone: it wrote on this machine, and its lock is free."""
    lock = _lock(folder_of(project) / run_id / writer)
    if lock is None:
        return False
    os.close(lock)
    return True


def _lock(folder: Path) -> int | None:
    """Lock a writer's folder; None where there is none, or another process has it."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    if os.fstat(lock).st_nlink:
        return lock
    os.close(lock)  # it was finished meanwhile
    return None


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
