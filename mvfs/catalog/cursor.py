"""How far a named watcher has come: a small file in this user's state directory, held by one process."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec

from mvfs import settings
from mvfs.catalog.acquainted import place
from mvfs.errors import InvalidInput
from mvfs.refs import check_name
from mvfs.store.backend.base import Backend
from mvfs.store.backend.local import explain

_MAX = 64 << 10
"""Bytes of the file; a larger one is damaged, and so are its first ones by themselves."""

_PATIENCE = 0.25
"""Seconds between two looks whether another process has let go of the watcher."""


_Count = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]


class Mark(msgspec.Struct, frozen=True):
    """A point in a project's journal, and what is watched from there."""

    watching: str
    """What was asked for; the same name cannot mean something else."""
    project_id: str | None
    """None while there is no such project."""
    seq: _Count
    """Number of the entry that is next."""
    place: _Count = 0
    """How many events of that entry are done."""


class Cursor:
    """Where a watcher goes on. Only one process has it at a time; its end, however it comes, lets go."""

    def __init__(self, path: Path, lock: int) -> None:
        self._path = path
        self._let_go = weakref.finalize(self, os.close, lock)  # also where nobody calls `close`

    @classmethod
    def hold(cls, backend: Backend, name: str, on_wait: Callable[[str], None]) -> Cursor:
        """Wait until no other process has the watcher ``name`` of a store, and hold it.

        ``on_wait`` is told who has it, once.

        Raises:
            InvalidName: the name breaks the rules.
            NoSpace, NoPermission, Unavailable: the state directory cannot be written.
        """
        folder = settings.state_dir() / "watchers" / place(backend)
        path = folder / f"{check_name(name, 'watcher')}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise explain(exc, f"the watcher '{name}' cannot be kept in {folder}") from exc
        try:
            _wait_for(lock, on_wait)
        except BaseException:
            os.close(lock)
            raise
        return cls(path, lock)

    def read(self) -> Mark | None:
        """Where it goes on; None where it begins.

        Raises:
            InvalidInput: the file is damaged.
        """
        try:
            with open(self._path, "rb") as file:
                return msgspec.json.decode(file.read(_MAX), type=Mark)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as exc:
            raise InvalidInput(
                f"{self._path} does not say where the watcher was ({exc}); begin anew with --restart"
            ) from exc

    def write(self, mark: Mark) -> None:
        """Remember a point, durably.

        Raises:
            NoSpace, NoPermission, Unavailable: the state directory cannot be written.
        """
        scratch = self._path.with_suffix(".new")
        try:
            with open(scratch, "wb") as file:
                file.write(msgspec.json.encode(mark))
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as exc:
            raise explain(exc, f"{self._path} cannot be written") from exc

    def close(self) -> None:
        """Let go."""
        self._let_go()


def _wait_for(lock: int, on_wait: Callable[[str], None]) -> None:
    told = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if not told:
                told = True
                holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
                on_wait(f"process {holder}" if holder.isdecimal() else "another process")
            time.sleep(_PATIENCE)
    with contextlib.suppress(OSError):  # a full disk; the number is only told to people
        os.truncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
