"""One pass over a file: read, hash every leaf and the whole, and hand each leaf on to be stored.

Workers take leaves in turn and do all of it from one buffer, while the bytes are in the core's cache. What
must happen in order (the hash of the whole file, and where a leaf goes) waits for its turn.
"""

from __future__ import annotations

import os
import threading
from array import array
from collections.abc import Callable
from itertools import accumulate
from typing import Protocol

from blake3 import blake3

from mvfs.store.leaves import LEAF, Leaves
from mvfs.store.target import Chunk, page_aligned

Progress = Callable[[int], None]
"""Told how many more bytes are done."""


class Sink(Protocol):
    """Where leaves go."""

    def place(self, digest: bytes, view: memoryview, before: blake3) -> list[Chunk]:
        """Called for one leaf after the other: return what is to be written now.

        ``before`` is the running hash of all leaves before this one.
        """

    def write(self, chunk: Chunk) -> None:
        """Write a chunk; called from several threads, in any order."""


class Nowhere:
    """Hashes only."""

    def place(self, digest: bytes, view: memoryview, before: blake3) -> list[Chunk]:  # noqa: ARG002
        return []

    def write(self, chunk: Chunk) -> None:
        """Is never asked to."""


class Pipeline:
    """One pass over one file."""

    def __init__(
        self, source: int, lengths: array[int], sink: Sink, progress: Progress | None = None
    ) -> None:
        """Take the descriptor of the source and the lengths of its leaves (bytes)."""
        self._source, self._sink, self._progress = source, sink, progress
        self._lengths = lengths
        self._starts = [0, *accumulate(lengths)]
        self._digests = [b""] * len(lengths)
        self._whole = blake3()
        self._turn = threading.Condition()
        self._taken = self._done = 0
        self._failure: BaseException | None = None

    def run(self, workers: int) -> tuple[bytes, Leaves]:
        """Return the hash of the file, and its leaves.

        Raises:
            EOFError: the source ends before its last leaf.
            OSError: a read or write failed.
        """
        count = min(workers, len(self._lengths)) - 1
        helpers = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]
        for helper in helpers:
            helper.start()
        try:
            self._work()
        finally:
            for helper in helpers:
                helper.join()
        if self._failure is not None:
            raise self._failure
        return self._whole.digest(), Leaves(self._lengths, b"".join(self._digests))

    def _work(self) -> None:
        try:
            buffer = page_aligned(min(LEAF, self._starts[-1]))
            while (number := self._take()) is not None:
                view = buffer[: self._lengths[number]]
                read_exactly(self._source, view, self._starts[number])
                digest = self._digests[number] = blake3(view).digest()
                for chunk in self._in_order(number, digest, view):
                    self._sink.write(chunk)
        except BaseException as exc:  # noqa: BLE001 - handed to the caller's thread
            with self._turn:
                self._failure = self._failure or exc
                self._turn.notify_all()

    def _take(self) -> int | None:
        with self._turn:
            if self._taken >= len(self._lengths) or self._failure is not None:
                return None
            self._taken += 1
            return self._taken - 1

    def _in_order(self, number: int, digest: bytes, view: memoryview) -> list[Chunk]:
        with self._turn:
            while self._done != number and self._failure is None:
                self._turn.wait()
        chunks = self._sink.place(digest, view, self._whole)
        self._whole.update(view)
        if self._progress is not None:
            self._progress(len(view))
        with self._turn:
            self._done += 1
            self._turn.notify_all()
        return chunks


def read_exactly(fd: int, view: memoryview, offset: int) -> None:
    """Fill ``view`` from a file.

    Raises:
        EOFError: the file ends too early.
    """
    done = 0
    while done < len(view):
        count = os.preadv(fd, [view[done:]], offset + done)
        if count == 0:
            raise EOFError(f"ends at {offset + done} bytes")
        done += count
