"""Scratch directories inside a local store, cleaned up after processes that died.

Each process works in ``tmp/<nonce>`` and holds a lock on a file in it for as long as it lives. The kernel
drops the lock however the process ends, so whoever can take the lock knows that nobody needs the files.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_UNBORN = ".new"
_PATIENCE = 3600
"""Seconds after which a directory that was never finished is taken for abandoned."""


class Scratch:
    """This process's scratch directory below ``root``; made on first use, safe to use after a fork."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._owner = 0
        self._path = root
        self._lock = -1
        self._making = threading.Lock()

    def path(self) -> Path:
        """Return the directory, after removing those of processes that are gone."""
        if self._owner != os.getpid():
            with self._making:
                if self._owner != os.getpid():
                    self._make()
        return self._path

    def close(self) -> None:
        """Remove the directory and whatever was left in it."""
        if self._owner == os.getpid():
            _remove(self._path)
            os.close(self._lock)
            self._owner = 0

    def _make(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        for folder in abandoned(self._root):
            _remove(folder)
        path = self._root / os.urandom(8).hex()
        unborn = path.with_suffix(_UNBORN)
        unborn.mkdir()
        # Others of the group may take the lock, so that they can tidy up after us.
        self._lock = os.open(unborn / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        unborn.rename(path)  # from here on others look at the lock
        self._path, self._owner = path, os.getpid()


def abandoned(root: Path) -> Iterator[Path]:
    """Yield the scratch directories of processes that are gone; each is locked while it is looked at."""
    try:
        with os.scandir(root) as entries:
            found = list(entries)
    except OSError:
        return
    for entry in found:
        with contextlib.suppress(OSError):
            if entry.name.endswith(_UNBORN) and time.time() - entry.stat().st_mtime < _PATIENCE:
                continue
        try:
            lock = os.open(f"{entry.path}/lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue  # another user's, or just being removed
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            yield Path(entry.path)
        finally:
            os.close(lock)


def _remove(folder: Path) -> None:
    """Remove a scratch directory, which holds nothing but files; what another process removes is gone too."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                os.unlink(folder / name)
        folder.rmdir()
