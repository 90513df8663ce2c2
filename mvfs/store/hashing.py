"""BLAKE3 over files, leaves and versions. docs/FORMAT.md, "Hashes".

A file's identity is the plain BLAKE3 of its bytes, as ``b3sum`` prints it. Blobs also get one hash per
leaf of 1 MiB, so that any range can be verified without reading the rest.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from blake3 import blake3

from mvfs.store import writeback

LEAF = 1 << 20
"""Bytes per leaf; the last one of a blob is shorter."""

HASH = 32
"""Bytes of a hash."""

_WRITE = 64 << 10
"""Bytes per write. Larger ones make the kernel take large folios for the page cache, which a virtual
machine that hands free memory back to its host pays for dearly (docs/design/002)."""

_WRITEBACK_LEAVES = 8
"""Leaves after which the disk is told to start writing: 4 to 8 measured best."""


Progress = Callable[[int], None]
"""Told how many more bytes are done."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """What one pass over a file's bytes found."""

    digest: bytes
    leaves: bytes
    """32 bytes per leaf, in order."""


def leaf_count(size: int) -> int:
    """How many leaves ``size`` bytes have."""
    return -(-size // LEAF)


def content_digest(files: Iterable[tuple[bytes, int, bytes]]) -> bytes:
    """Return the identity of a version from (path in UTF-8, size, hash) in the order of the paths."""
    hasher = blake3(b"mvfs content 1\n")
    for path, size, digest in files:
        hasher.update(digest + size.to_bytes(8, "little") + len(path).to_bytes(4, "little") + path)
    return hasher.digest()


class _Pass:
    """Workers that take leaves in turn: read, hash, write; the whole-file hash goes through in order.

    Both hashes are taken from the very buffer that is written, while it is still in the core's cache.
    """

    def __init__(self, source: int, size: int, target: int | None, progress: Progress | None) -> None:
        self._source, self._size, self._target = source, size, target
        self._progress = progress
        self._count = leaf_count(size)
        self._leaves: list[bytes] = [b""] * self._count
        self._whole = blake3()
        self._turn = threading.Condition()
        self._taken = 0
        self._hashed = 0
        self._failure: BaseException | None = None

    def run(self, workers: int) -> Hashed:
        helpers = [
            threading.Thread(target=self._work, daemon=True) for _ in range(min(workers, self._count) - 1)
        ]
        for helper in helpers:
            helper.start()
        self._work()
        for helper in helpers:
            helper.join()
        if self._failure is not None:
            raise self._failure
        return Hashed(self._whole.digest(), b"".join(self._leaves))

    def _work(self) -> None:
        buffer = memoryview(bytearray(min(LEAF, self._size)))
        try:
            while (index := self._take()) is not None:
                offset = index * LEAF
                view = buffer[: min(LEAF, self._size - offset)]
                _read_exactly(self._source, view, offset)
                self._leaves[index] = blake3(view).digest()
                if self._target is not None:
                    self._write(index, view, offset)
                self._extend(index, view)
        except BaseException as exc:  # noqa: BLE001 - handed to the caller's thread
            with self._turn:
                self._failure = self._failure or exc
                self._turn.notify_all()

    def _write(self, index: int, view: memoryview, offset: int) -> None:
        assert self._target is not None
        _write_exactly(self._target, view, offset)
        if index % _WRITEBACK_LEAVES == _WRITEBACK_LEAVES - 1:
            length = _WRITEBACK_LEAVES * LEAF
            writeback.start(self._target, offset + LEAF - length, length)

    def _take(self) -> int | None:
        with self._turn:
            if self._taken >= self._count or self._failure is not None:
                return None
            self._taken += 1
            return self._taken - 1

    def _extend(self, index: int, view: memoryview) -> None:
        with self._turn:
            while self._hashed != index and self._failure is None:
                self._turn.wait()
        self._whole.update(view)
        if self._progress is not None:
            self._progress(len(view))
        with self._turn:
            self._hashed += 1
            self._turn.notify_all()


def hash_file(
    source: int, size: int, target: int | None = None, progress: Progress | None = None, workers: int = 2
) -> Hashed:
    """Hash ``size`` bytes of descriptor ``source`` in one pass, writing them to ``target`` if given.

    Raises:
        EOFError: the source is shorter than ``size``.
        OSError: a read or write failed.
    """
    if target is not None and size > LEAF:
        os.posix_fallocate(target, 0, size)  # a full disk is known at once, and the layout is better
    return _Pass(source, size, target, progress).run(workers)


def _read_exactly(fd: int, view: memoryview, offset: int) -> None:
    done = 0
    while done < len(view):
        count = os.preadv(fd, [view[done:]], offset + done)
        if count == 0:
            raise EOFError(f"ends at {offset + done} bytes")
        done += count


def _write_exactly(fd: int, view: memoryview, offset: int) -> None:
    done = 0
    while done < len(view):
        done += os.pwrite(fd, view[done : done + _WRITE], offset + done)
