"""An opened file: where its bytes come from."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable

from mvfs.errors import MvfsError
from mvfs.mount.blobs import OpenBlob
from mvfs.mount.files import File
from mvfs.store.leaves import LEAF
from mvfs.store.reading import Reader

CHUNKS_KEPT = 32
"""Verified leaves kept for reads that ask for less than a leaf at a time, over all files."""


class Chunks:
    """Leaves that were verified a moment ago, the least recently used ones dropped."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._on_way: set[tuple[int, int]] = set()

    def get(self, key: tuple[int, int], read: Callable[[], bytes]) -> bytes:
        """Return a leaf by (handle, number), by ``read`` where it is not kept; it is read once at a time."""
        with self._changed:
            while key in self._on_way:
                self._changed.wait()
            data = self._kept.get(key)
            if data is not None:
                self._kept.move_to_end(key)
                return data
            self._on_way.add(key)
        try:
            data = read()
        finally:
            with self._changed:
                if data is not None:
                    self._kept[key] = data
                    while len(self._kept) > CHUNKS_KEPT:
                        self._kept.popitem(last=False)
                self._on_way.discard(key)
                self._changed.notify_all()
        return data


class Run:
    """How far a sequential reader has come, and what was put before it."""

    __slots__ = ("is_busy", "length", "pushed", "reader")

    def __init__(self) -> None:
        self.reader = 0
        """Offset up to which the kernel has asked."""
        self.pushed = 0
        """Offset up to which it was handed bytes unasked."""
        self.length = 0
        """Reads in sequence so far."""
        self.is_busy = False
        """Whether somebody reads ahead now."""


class OpenedFile:
    """One inode while it is open, however often. All its opens are of one kind, as the kernel demands."""

    __slots__ = (
        "_chunks", "_served", "backing", "blob", "handle", "key", "node", "on_third", "opens", "reader",
        "run", "was_told",
    )  # fmt: skip

    def __init__(self, handle: int, node: File, reader: Reader, chunks: Chunks) -> None:
        self.handle = handle
        self.key = node.key
        self.node = node
        self.reader = reader
        self.blob: OpenBlob | None = None
        """The blob that is this file and is trusted; None: every leaf is verified."""
        self.backing = 0
        """The kernel's id of the blob, where it reads the file by itself; else 0."""
        self.opens = 0
        self.run = Run()
        self.was_told = False
        """Whether it is in the log already that this file cannot be read."""
        self.on_third: Callable[[OpenedFile, File], None] | None = None
        """What is called once, when a third of the file was read."""
        self._served = 0
        self._chunks = chunks

    def read(self, space: memoryview, offset: int, size: int) -> memoryview:
        """Return up to ``size`` bytes from ``offset``, in ``space``.

        Raises:
            CorruptObject: bytes are missing or changed.
            SourceChanged, NotFound, Unavailable: a reference cannot be read.
            OSError: ESTALE, no version that is known to hold the file is left.
        """
        blob = self.blob
        if blob is not None:
            count = os.preadv(blob.fd, [space[:size]], offset)
            if blob.is_unchanged():
                return space[:count]
        view = space[: max(min(size, self.reader.entry.size - offset), 0)]
        try:
            self._verified(offset, view)
        except MvfsError as exc:
            if not self._found_elsewhere(exc, offset, view):
                raise
        self._served += len(view)
        if self.on_third is not None and self._served * 3 >= self.reader.entry.size:
            called, self.on_third = self.on_third, None
            called(self, self.node)
        return view

    def _found_elsewhere(self, exc: MvfsError, offset: int, view: memoryview) -> bool:
        """Read from where else the bytes lie, and go on there; return whether they were found."""
        for reader in self.node.other_readers(exc):
            with contextlib.suppress(MvfsError):
                self.reader = reader
                self._verified(offset, view)
                return True
        return False

    def _verified(self, offset: int, view: memoryview) -> None:
        """Fill ``view``: whole leaves of the file in one go, what is left of others by way of a chunk."""
        at, end = offset, offset + len(view)
        while at < end:
            number, start = at // LEAF, at % LEAF
            is_last = end == self.reader.entry.size
            stop = end if is_last and start == 0 else end // LEAF * LEAF
            if start == 0 and stop > at:
                self.reader.read_into(at, view[at - offset : stop - offset])
            else:
                stop = min(end, (number + 1) * LEAF)
                view[at - offset : stop - offset] = self._chunk(number)[start : stop - number * LEAF]
            at = stop

    def _chunk(self, number: int) -> bytes:
        """Return a whole leaf; asked for piece by piece, it is still verified once."""
        return self._chunks.get((self.handle, number), lambda: self.reader.read(number * LEAF, LEAF))
