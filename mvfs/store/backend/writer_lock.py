"""A lock for places without conditional writes: an object, a wait, and a look at who else has one.

It is manners, no guarantee: whoever was stopped between the look and the write writes all the same. Two that
ask at once both see each other, because each writes before it lists; the newer one steps back, and of two
that the store's clock cannot tell apart both do.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from functools import cache

import msgspec

from mvfs import settings
from mvfs.errors import Conflict, CorruptObject, MvfsError, Unavailable
from mvfs.store.backend.base import Backend, ObjectInfo
from mvfs.store.decoding import Kind, decode

FOLDER = "locks/"
"""Where the lock objects are."""

STALE = 600
"""Seconds, by the store's clock, after which a lock counts no more: far longer than one write may take."""

_PATIENCE = 20.0
"""Seconds to wait for other writers."""

_WAIT = 0.2
"""Seconds between writing the lock and looking for others, as in restic."""


class _Holder(msgspec.Struct, frozen=True, array_like=True):
    """What a lock says of its holder."""

    who: str
    machine: str
    """One running system, and one space of process numbers in it."""
    process: int
    started: str
    """When the process started; its number may be used again."""


_KIND = Kind("lock", msgspec.msgpack.Decoder(_Holder), cap=4096)


class WriterLock:
    """The right to write to a place, for as long as it is held."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            Conflict: another writer does, and goes on.
        """
        key = self._taken()
        try:
            yield
        finally:
            self._drop(key)

    def _taken(self) -> str:
        end = time.monotonic() + _PATIENCE
        while True:
            key = f"{FOLDER}{os.urandom(8).hex()}"
            try:
                self._backend.put(key, msgspec.msgpack.encode(_myself()))
                time.sleep(_WAIT)
                elder = self._elder(key)
            except BaseException:
                self._drop(key)
                raise
            if elder is None:
                return key
            self._drop(key)
            if time.monotonic() > end:
                raise Conflict(
                    f"{self._backend.location} has one writer at a time, and {self._name(elder)} is writing;"
                    f" run it again later (a lock that was left behind ends after {STALE // 60} minutes)"
                )
            time.sleep(_WAIT * (0.5 + 4 * os.urandom(1)[0] / 255))

    def _elder(self, key: str) -> ObjectInfo | None:
        """A living lock that is not newer than ours, if there is one; dead ones are removed."""
        found = {info.key: info for info in self._backend.list(FOLDER)}
        if key not in found:
            raise Unavailable(f"{self._backend.location} does not list what was just written to it")
        mine = found.pop(key)
        for other in found.values():
            if mine.modified - other.modified > STALE * 1e9 or self._is_dead(other):
                self._drop(other.key)
            elif other.modified <= mine.modified:
                return other
        return None

    def _holder(self, lock: ObjectInfo) -> _Holder | None:
        with contextlib.suppress(CorruptObject):
            raw = self._backend.get(lock.key, _KIND.cap)
            return None if raw is None else decode(_KIND, raw, lock.key)
        return None

    def _name(self, lock: ObjectInfo) -> str:
        holder = self._holder(lock)
        return "somebody" if holder is None else f"{holder.who} (process {holder.process})"

    def _is_dead(self, lock: ObjectInfo) -> bool:
        """Whether the holder was a process of this machine that is no more."""
        holder = self._holder(lock)
        if holder is None or holder.machine != _machine():
            return False
        return _started(holder.process) != holder.started

    def _drop(self, key: str) -> None:
        with contextlib.suppress(MvfsError):  # it ends by itself
            self._backend.delete(key)


def _myself() -> _Holder:
    return _Holder(settings.actor(), _machine(), os.getpid(), _started(os.getpid()))


@cache
def _machine() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{file.read().strip()}:{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return os.urandom(16).hex()  # like no other: then only time ends our locks


def _started(process: int) -> str:
    """When a process started, in the kernel's words; empty where there is none."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19].decode("ascii")
    except (OSError, IndexError):
        return ""
