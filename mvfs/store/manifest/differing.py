"""Which files of two manifests differ, without a look at blocks that are the same in both."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from mvfs.store.manifest.layout import Block
from mvfs.store.manifest.reader import Manifest

HASH = 32

Pair = tuple[int | None, int | None]
"""Numbers of one path's file in old and in new; None where it is not there."""


def differing(old: Manifest, new: Manifest) -> Iterator[Pair]:
    """Yield the files that are not the same in both, in the order of their paths.

    The same are those of equal path, size, digest and mode. Holds one block of each at a time.

    Raises:
        CorruptObject: a block was changed.
    """
    left, right = _Walk(old), _Walk(new)
    while True:
        if left.is_at_start and right.is_at_start and left.mark == right.mark:
            if left.mark is None:
                return
            left.skip()
            right.skip()
            continue
        last = min((walk.last for walk in (left, right) if walk.mark is not None), default=None)
        if last is None:
            return
        yield from _compare(left.take(last), right.take(last))


class _Piece:
    """Consecutive files of one block."""

    def __init__(self, block: Block, first: int, start: int, stop: int) -> None:
        self.block, self.first, self.start, self.stop = block, first, start, stop
        self.paths = block.paths[start:stop]

    def what(self, at: int) -> tuple[bytes, int, int]:
        """What makes file number ``at`` of the piece the same as another one."""
        at += self.start
        return self.block.digests[HASH * at : HASH * at + HASH], self.block.sizes[at], self.block.modes[at]

    def all(self) -> tuple[bytes, bytes, bytes]:
        """The same of all files."""
        part = slice(self.start, self.stop)
        digests = self.block.digests[HASH * self.start : HASH * self.stop]
        return digests, self.block.sizes[part].tobytes(), self.block.modes[part]

    def number(self, at: int) -> int:
        """The number of file ``at`` in the manifest."""
        return self.first + self.start + at


class _Walk:
    """A place in the files of a manifest."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._marks = manifest.block_marks()
        self._block = 0
        self._at = 0

    @property
    def is_at_start(self) -> bool:
        return self._at == 0

    @property
    def mark(self) -> bytes | None:
        """What only an equal block has; None at the end."""
        return self._marks[self._block] if self._block < len(self._marks) else None

    @property
    def last(self) -> str:
        """The last path of the block."""
        return self._manifest.block(self._block)[1].paths[-1]

    def skip(self) -> None:
        self._block, self._at = self._block + 1, 0

    def take(self, last: str) -> _Piece | None:
        """The files of this block up to the path ``last``."""
        if self.mark is None:
            return None
        first, block = self._manifest.block(self._block)
        start, stop = self._at, bisect_right(block.paths, last, self._at)
        self._at = stop
        if stop == len(block.paths):
            self.skip()
        return _Piece(block, first, start, stop)


def _compare(left: _Piece | None, right: _Piece | None) -> Iterator[Pair]:
    if left is None or right is None:
        for at in range(len(left.paths) if left else 0):
            yield left.number(at) if left else None, None
        for at in range(len(right.paths) if right else 0):
            yield None, right.number(at) if right else None
        return
    if left.paths == right.paths and left.all() == right.all():
        return
    at = 0
    for number, path in enumerate(left.paths):
        while at < len(right.paths) and right.paths[at] < path:
            yield None, right.number(at)
            at += 1
        if at == len(right.paths) or right.paths[at] != path:
            yield left.number(number), None
            continue
        if left.what(number) != right.what(at):
            yield left.number(number), right.number(at)
        at += 1
    for rest in range(at, len(right.paths)):
        yield None, right.number(rest)
