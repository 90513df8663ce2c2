"""Scratch directories inside a local store, cleaned up after processes that died.

Each process works in ``tmp/<nonce>`` and holds a lock on a file in it for as long as it lives. The kernel
drops the lock however the process ends, so whoever can take the lock knows that nobody needs the files.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from pathlib import Path


class Scratch:
    """This process's scratch directory below ``root``; made on first use, fork-safe."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._owner = 0
        self._path: Path | None = None
        self._lock = -1

    def path(self) -> Path:
        """Return the directory, after removing those of processes that are gone."""
        if self._path is None or self._owner != os.getpid():
            self._root.mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()
            self._path = self._root / secrets.token_hex(8)
            self._path.mkdir()
            self._lock = os.open(self._path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._owner = os.getpid()
        return self._path

    def close(self) -> None:
        """Remove the directory and whatever was left in it."""
        if self._path is not None and self._owner == os.getpid():
            shutil.rmtree(self._path, ignore_errors=True)
            os.close(self._lock)
        self._path = None

    def _remove_abandoned(self) -> None:
        for entry in os.scandir(self._root):
            try:
                lock = os.open(f"{entry.path}/lock", os.O_RDWR | os.O_CLOEXEC)
            except OSError:
                continue  # being made, being removed, or another user's
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            else:
                shutil.rmtree(entry.path, ignore_errors=True)
            finally:
                os.close(lock)
