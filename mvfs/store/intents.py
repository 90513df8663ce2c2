"""What a ``log`` at work has stored so far, noted on this machine, so that the next one can go on after it.

One file per operation, locked while its process lives. It holds length-prefixed msgpack records: the first
is the operation, each other one a blob, noted before it is stored. Losing the file costs time, never data:
what is stored and not used is garbage for a sweep.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from mvfs.errors import CorruptObject
from mvfs.store.journal import Operation
from mvfs.store.keys import check_object
from mvfs.store.leaves import HASH, RECORD, Leaves
from mvfs.store.manifest.records import Blob

WORTHWHILE = 8 << 20
"""Bytes from which a blob is noted: a smaller one is sooner stored again than remembered."""

_TOO_OLD = 7 * 24 * 3600
"""Seconds after which nobody will go on."""

_LENGTH = struct.Struct("<I")
_MAX_FILE = 64 << 20


_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Start(msgspec.Struct, frozen=True, array_like=True):
    op_id: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
    since: _Count


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    key: str
    size: _Count
    digest: Annotated[bytes, msgspec.Meta(min_length=HASH, max_length=HASH)]
    leaves: bytes | None


class Intent:
    """The file of one operation."""

    def __init__(self, path: Path, lock: int, operation: Operation, blobs: list[Blob]) -> None:
        self._path, self._lock = path, lock
        self.operation = operation
        self.blobs = blobs
        """What was stored, or was about to be."""

    def note(self, blob: Blob) -> None:
        """Remember durably that a blob is about to be stored; where that cannot be written, do without."""
        if blob.size >= WORTHWHILE:
            leaves = blob.leaves.pack() if blob.leaves else None
            with contextlib.suppress(OSError):
                os.write(self._lock, _record(_Stored(blob.key, blob.size, blob.digest, leaves)))
                os.fsync(self._lock)

    def finish(self) -> None:
        """Forget it."""
        with contextlib.suppress(OSError):
            self._path.unlink()

    def release(self) -> None:
        """Let go of it; unless it was finished, the next operation finds it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


class Intents:
    """The files of the operations of one user on one project."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, operation: Operation) -> Intent | None:
        """Note an operation; None where this user's state directory cannot be written."""
        path = self._folder / f"{operation.op_id.hex()}.intent"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(lock, _record(_Start(operation.op_id, operation.since)))
        except OSError:
            os.close(lock)
            return None
        return Intent(path, lock, operation, [])

    def abandoned(self) -> list[Intent]:
        """Return the operations whose processes are gone, locked for us."""
        try:
            names = sorted(name for name in os.listdir(self._folder) if name.endswith(".intent"))
        except OSError:
            return []
        return [intent for name in names if (intent := _taken_over(self._folder / name)) is not None]


def _taken_over(path: Path) -> Intent | None:
    try:
        lock = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(lock)
        if found.st_nlink and time.time() - found.st_mtime < _TOO_OLD and found.st_size <= _MAX_FILE:
            start, *stored = _records(os.pread(lock, found.st_size, 0))
            operation = msgspec.convert(start, _Start)
            blobs = [_blob(msgspec.convert(one, _Stored)) for one in stored]
            return Intent(path, lock, Operation(operation.since, operation.op_id), blobs)
        path.unlink(missing_ok=True)
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError, CorruptObject):
        with contextlib.suppress(OSError):  # another process has it, or it is no record of ours
            if not _is_locked(lock):
                path.unlink()
    os.close(lock)
    return None


def _is_locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _blob(stored: _Stored) -> Blob:
    leaves = None
    if stored.leaves is not None:
        leaves = Leaves.unpack(stored.leaves, len(stored.leaves) // RECORD, stored.size, stored.key)
    return Blob(check_object(stored.key), stored.size, stored.digest, leaves)


def _record(value: object) -> bytes:
    data = msgspec.msgpack.encode(value)
    return _LENGTH.pack(len(data)) + data


def _records(data: bytes) -> Iterator[object]:
    """Yield the records; one that was cut off by a crash ends it."""
    at = 0
    while at + _LENGTH.size <= len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if at + length > len(data):
            return
        yield msgspec.msgpack.decode(data[at : at + length])
        at += length
