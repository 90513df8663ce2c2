"""The file that becomes a blob: bytes are appended in order, and written in blocks from several threads.

Large ones are written past the page cache (O_DIRECT): a training run keeps its data there, and a disk that
has taken the bytes already has nothing to do in the final fsync. docs/design/002.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys
from pathlib import Path
from typing import NamedTuple

from mvfs.store import writeback
from mvfs.store.positioned import write_at

BLOCK = 1 << 20
"""Bytes that are written at a time past the page cache."""

_PAGE = 4096
"""What offsets, lengths and buffers must be multiples of past the page cache."""

_LARGE = 32 << 20
"""Bytes from which a file is written past the page cache."""

_RESERVE = 256 << 20
"""Bytes of disk reserved at a time: a full disk is known early, and the layout is better."""


def page_aligned(size: int) -> memoryview:
    """A buffer of at least ``size`` bytes that can be read and written past the page cache."""
    return memoryview(mmap.mmap(-1, max(size, 1)))


class Chunk(NamedTuple):
    """Bytes that are ready to be written."""

    view: memoryview
    offset: int
    block: memoryview | None
    """The buffer to be used again once they are; None where it is the caller's own."""


class Target:
    """A new file of at most ``size`` bytes."""

    def __init__(self, path: Path, size: int) -> None:
        self._left = size
        self.size = 0
        """Bytes appended so far."""
        self._reserved = 0
        self._block: memoryview | None = None
        self._filled = 0
        self._free: list[memoryview] = []
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self.is_direct = size >= _LARGE
        try:
            self.fd = os.open(path, flags | os.O_DIRECT * self.is_direct, 0o444)
        except OSError:
            if not self.is_direct:
                raise
            path.unlink(missing_ok=True)  # a file system that always goes through its cache
            self.is_direct = False
            self.fd = os.open(path, flags, 0o444)

    def append(self, view: memoryview) -> list[Chunk]:
        """Take the next bytes; return what can be written now, in any order and by any thread.

        A chunk may be ``view`` itself, which must then stay as it is until the chunk is written.
        """
        self._reserve(len(view))
        offset = self.size
        self.size += len(view)
        if not self.is_direct:
            self._write_back(offset)
            return [Chunk(view, offset, None)]
        if not self._filled and len(view) % _PAGE == 0:
            return [Chunk(view, offset, None)]
        return self._pack(view, offset)

    def skip(self, length: int) -> bool:
        """Append zeros as a hole, which takes no room; return False where that cannot be done.

        From the first one on nothing is reserved: the reserve would fill the holes.
        """
        if self._filled or length % _PAGE:
            return False
        if self._reserved != sys.maxsize:
            os.ftruncate(self.fd, self.size)
            self._reserved = sys.maxsize
        self.size += length
        self._left -= length
        return True

    def _pack(self, view: memoryview, offset: int) -> list[Chunk]:
        """Copy bytes into blocks; return those that are full."""
        full = []
        done = 0
        while done < len(view):
            if self._block is None:
                self._block = self._free.pop() if self._free else page_aligned(BLOCK)
            step = min(BLOCK - self._filled, len(view) - done)
            self._block[self._filled : self._filled + step] = view[done : done + step]
            self._filled += step
            done += step
            if self._filled == BLOCK:
                full.append(Chunk(self._block, offset + done - BLOCK, self._block))
                self._block, self._filled = None, 0
        return full

    def write(self, chunk: Chunk) -> None:
        """Write a chunk."""
        if self.is_direct:
            done = 0
            while done < len(chunk.view):
                done += os.pwrite(self.fd, chunk.view[done:], chunk.offset + done)
        else:
            write_at(self.fd, chunk.view, chunk.offset)
        if chunk.block is not None:
            self._free.append(chunk.block)

    def finish(self) -> None:
        """Write what is left, after all chunks, and give the file its size."""
        if self._block is not None and self._filled:
            padded = -(-self._filled // _PAGE) * _PAGE
            self.write(Chunk(self._block[:padded], self.size - self._filled, None))
        os.ftruncate(self.fd, self.size)

    def close(self) -> None:
        """Close the file."""
        os.close(self.fd)

    def _reserve(self, length: int) -> None:
        while self.size + length > self._reserved:
            step = max(min(_RESERVE, self._left), length, _PAGE)
            try:
                os.posix_fallocate(self.fd, self._reserved, step)
            except OSError as exc:
                if exc.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
                    raise
                self._reserved = sys.maxsize  # a file system that cannot: it was only for speed
                break
            self._reserved += step
        self._left -= length

    def _write_back(self, offset: int) -> None:
        """Have the disk begin with what other threads have surely written by now."""
        if self.size // writeback.PERIOD > offset // writeback.PERIOD:
            start = max(offset // writeback.PERIOD - 1, 0) * writeback.PERIOD
            writeback.start(self.fd, start, writeback.PERIOD)
