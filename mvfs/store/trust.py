"""Trust stamps: which local blobs this user has seen whole and right.

A stamp ties a file's identity (device, inode, size, times) to the hash of its bytes. While it fits, the
kernel may read the blob by itself; a file that was changed, restored or copied has another identity.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from mvfs.settings import state_dir

_SCHEMA = """
create table if not exists stamps (
    device integer, inode integer, size integer, mtime integer, ctime integer, digest blob,
    primary key (device, inode)
) without rowid
"""


_MANY = 500
"""Files from which on all stamps of a file system are read at once."""


class Stamps:
    """The stamps in one user's state directory; losing them costs time, never correctness."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._owner = 0

    def fits(self, found: os.stat_result, digest: bytes) -> bool:
        """Whether the file with this identity was seen to hold bytes of hash ``digest``."""
        return self.digest(found) == digest

    def digest(self, found: os.stat_result) -> bytes | None:
        """The hash of the bytes that the file with this identity was seen to hold, or None."""
        with self._lock:
            try:
                row = self._open().execute(
                    "select digest from stamps where device = ? and inode = ?"
                    " and size = ? and mtime = ? and ctime = ?",
                    (_signed(found.st_dev), _signed(found.st_ino),
                     found.st_size, found.st_mtime_ns, found.st_ctime_ns),
                ).fetchone()  # fmt: skip
            except sqlite3.Error:
                return None
        return row[0] if row else None

    def digests(self, found: Sequence[os.stat_result]) -> list[bytes] | None:
        """The hashes of many files, or None if one of them is not known."""
        result = []
        known = self._all(found[0].st_dev) if len(found) > _MANY else None
        for one in found:
            if known is None or one.st_dev != found[0].st_dev:
                digest = self.digest(one)
            else:
                digest = known.get((one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns))
            if digest is None:
                return None
            result.append(digest)
        return result

    def _all(self, device: int) -> dict[tuple[int, int, int, int], bytes]:
        with self._lock:
            try:
                rows = self._open().execute(
                    "select inode, size, mtime, ctime, digest from stamps where device = ?",
                    (_signed(device),),
                )
                return {(_unsigned(row[0]), *row[1:4]): row[4] for row in rows}
            except sqlite3.Error:
                return {}

    def record(self, seen: Iterable[tuple[os.stat_result, bytes]]) -> None:
        """Remember files that were read whole, each with the hash of its bytes.

        A stamp is a shortcut: where the state directory cannot be written, there is none.
        """
        rows = [
            (
                _signed(found.st_dev),
                _signed(found.st_ino),
                found.st_size,
                found.st_mtime_ns,
                found.st_ctime_ns,
                digest,
            )
            for found, digest in seen
        ]
        with self._lock, contextlib.suppress(sqlite3.Error, OSError):
            db = self._open()
            with db:
                db.executemany("insert or replace into stamps values (?, ?, ?, ?, ?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        if self._db is None or self._owner != os.getpid():
            with contextlib.suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            db = sqlite3.connect(self._path, timeout=5, check_same_thread=False)
            db.execute("pragma journal_mode = wal")
            db.execute("pragma synchronous = off")
            db.execute(_SCHEMA)
            self._db, self._owner = db, os.getpid()
        return self._db


def is_settled(found: os.stat_result) -> bool:
    """Whether a file that was looked at just now will show other times if it is changed from here on.

    Clocks of file systems tick; a file that was changed within the last tick may be changed again and
    keep its times.
    """
    is_coarse = found.st_mtime_ns % 1_000_000_000 == 0 and found.st_ctime_ns % 1_000_000_000 == 0
    return time.time_ns() - found.st_ctime_ns > (2_000_000_000 if is_coarse else 50_000_000)


def _signed(number: int) -> int:
    """SQLite's integers are signed; inode numbers are not."""
    return number - (1 << 64) if number >= 1 << 63 else number


def _unsigned(number: int) -> int:
    return number + (1 << 64) if number < 0 else number


def stamps() -> Stamps:
    """This user's trust stamps."""
    return Stamps(state_dir() / "stamps.db")
