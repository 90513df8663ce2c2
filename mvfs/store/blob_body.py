"""The bytes of a stored blob, read with every leaf checked: to be sent elsewhere, or saved as a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from blake3 import blake3

from mvfs.errors import CorruptObject
from mvfs.store.backend.base import Backend, Body
from mvfs.store.leaves import Leaves
from mvfs.store.manifest.records import Blob
from mvfs.store.pipeline import Progress
from mvfs.store.positioned import write_at
from mvfs.store.sharing import share_out
from mvfs.store.target import page_aligned

_AT_ONCE = 8 << 20


class BlobBody(Body):
    """A blob with leaves, in the place where it is truly stored."""

    def __init__(self, source: Backend, blob: Blob, leaves: Leaves, progress: Progress | None = None) -> None:
        self.size = blob.size
        self._source, self._key, self._leaves = source.stored(), blob.key, leaves
        self._progress = progress

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill ``view`` from ``offset``.

        Raises:
            CorruptObject: the blob is missing, or was changed.
        """
        starts = self._leaves.starts
        covering = self._leaves.covering(offset, len(view))
        low, high = starts[covering.start], starts[covering.stop]
        is_exact = (low, high) == (offset, offset + len(view))
        found = view if is_exact else memoryview(bytearray(high - low))
        count = self._source.read_into(self._key, low, found)
        if count is None:
            raise CorruptObject(f"blob {self._key} is missing from the store", key=self._key)
        for number in covering:
            leaf = found[starts[number] - low : min(starts[number + 1] - low, count)]
            if blake3(leaf).digest() != self._leaves.digest(number):
                raise changed(self._source, self._key)
        if not is_exact:
            view[:] = found[offset - low : offset - low + len(view)]
        if self._progress is not None:
            self._progress(len(view))


def changed(source: Backend, key: str) -> CorruptObject:
    """The error for a blob whose bytes are not the ones that were logged."""
    where = source.stored().local_path(key) or key
    return CorruptObject(
        f"the bytes of {where} were changed after they were logged; nothing was copied;"
        " put that file back from a backup of the store",
        key=key,
    )


def save(body: Body, path: Path, workers: int) -> None:
    """Write a new read-only file of what ``body`` reads, several pieces at once.

    Raises:
        OSError: it cannot be written.
        MvfsError: whatever ``body`` raises.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)

    def make_worker() -> Callable[[int], None]:
        space = page_aligned(min(_AT_ONCE, body.size))

        def work(offset: int) -> None:
            view = space[: min(_AT_ONCE, body.size - offset)]
            body.read_into(offset, view)
            write_at(fd, view, offset)

        return work

    try:
        offsets = range(0, body.size, _AT_ONCE)
        share_out(offsets, make_worker, min(workers, len(offsets)))
    finally:
        os.close(fd)
