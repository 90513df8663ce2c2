"""Items that a run logs, in segments: the open one is stored anew with each flush, until it is full."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from mvfs.catalog.spool import Spool

T = TypeVar("T")

SEGMENT_VALUES = 50_000
"""Values that make a segment full: some hundred kilobytes."""

SEGMENT_BYTES = 1 << 20
"""Longest segment as msgpack: up to here readers take any degree of compression."""

_IN_MEMORY = 4
"""Full segments that wait in memory for a store that is slow; those before them wait in the spool only."""


class Segments(Generic[T]):
    """One writer's items of one kind. What the spool has survives a kill; the rest is lost with the process.

    May be used from several threads.
    """

    def __init__(
        self,
        kind: str,
        write: Callable[[int, list[T]], None],
        revive: Callable[[Any], T],
        spool: Spool | None = None,
    ) -> None:
        self._kind, self._write, self._revive, self._spool = kind, write, revive, spool
        self._encode = msgspec.msgpack.Encoder().encode
        self._number = 0
        self._items: list[T] = []
        self._bytes = self._values = self._stored = 0
        self._full: dict[int, list[T] | None] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def add(self, item: T, values: int = 1) -> bool:
        """Take an item; return False where it is too long for a segment."""
        record = self._encode(item)
        size = len(record)
        if size > SEGMENT_BYTES:
            return False
        with self._lock:
            if self._bytes + size > SEGMENT_BYTES:
                self._close()
            if self._spool is not None:
                self._spool.append(self._file(self._number), record)
            self._items.append(item)
            self._bytes += size
            self._values += values
            if self._values >= SEGMENT_VALUES:
                self._close()
        return True

    @property
    def is_waiting(self) -> bool:
        """Whether a full segment is to be written."""
        return bool(self._full)

    def flush(self) -> None:
        """Write what is not written yet; where that fails, it is kept."""
        with self._writing:
            while self._full:
                number = next(iter(self._full))
                self._write(number, self._waiting(number))
                with self._lock:
                    del self._full[number]
                if self._spool is not None:
                    self._spool.drop(self._file(number))
            with self._lock:
                number, items = self._number, list(self._items)
                if len(items) == self._stored:
                    return
            self._write(number, items)
            with self._lock:
                if number == self._number:
                    self._stored = len(items)

    def _close(self) -> None:
        """The open segment is full; called with the lock."""
        self._full[self._number] = self._items
        self._number += 1
        self._items = []
        self._bytes = self._values = self._stored = 0
        if self._spool is not None and self._spool.trouble is None and len(self._full) > _IN_MEMORY:
            self._full[list(self._full)[-_IN_MEMORY - 1]] = None

    def _waiting(self, number: int) -> list[T]:
        items = self._full[number]
        if items is None:
            assert self._spool is not None
            items = [self._revive(record) for record in self._spool.read(self._file(number))]
        return items

    def _file(self, number: int) -> str:
        return f"{self._kind}-{number:06d}"
