"""The new bytes of a source file on their way to a far store, with no copy of them on this machine's disk."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from blake3 import blake3

from mvfs.errors import SourceChanged
from mvfs.store.backend.base import Body
from mvfs.store.leaves import LEAF, Leaves
from mvfs.store.pipeline import Progress, read_exactly


class Upload(Body):
    """A blob that is read out of its source when it is sent, and checked against what was hashed before."""

    def __init__(
        self,
        source: int,
        runs: Iterable[tuple[int, int]],
        leaves: Leaves,
        name: str,
        progress: Progress | None = None,
    ) -> None:
        """Take the source's descriptor and the ranges (offset, length) of it that make the blob, in order.

        No leaf of the blob lies in two ranges. ``name`` is the source's, for messages.
        """
        found = list(runs)
        self.size = leaves.size
        self._source, self._leaves, self._name, self._progress = source, leaves, name, progress
        starts = [0, *accumulate(length for _, length in found)]
        places = ((at, at + length, offset - at) for (offset, length), at in zip(found, starts, strict=False))
        self._moves = list(_moves(leaves, places))

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill ``view`` with the blob's bytes from ``offset``.

        Raises:
            SourceChanged: they are not what was hashed.
        """
        scratch = memoryview(bytearray(LEAF))
        end = offset + len(view)
        for number in self._leaves.covering(offset, len(view)):
            low, high = self._leaves.starts[number], self._leaves.starts[number + 1]
            is_inside = offset <= low and high <= end
            leaf = view[low - offset : high - offset] if is_inside else scratch[: high - low]
            try:
                read_exactly(self._source, leaf, low + self._moves[number])
            except EOFError:
                raise self._changed() from None
            if blake3(leaf).digest() != self._leaves.digest(number):
                raise self._changed()
            if not is_inside:
                first, stop = max(low, offset), min(high, end)
                view[first - offset : stop - offset] = leaf[first - low : stop - low]
        if self._progress is not None:
            self._progress(len(view))

    def _changed(self) -> SourceChanged:
        return SourceChanged(f"'{self._name}' changed while it was read; log it again when it is whole")


def _moves(leaves: Leaves, places: Iterable[tuple[int, int, int]]) -> Iterable[int]:
    """What to add to the offset of each leaf in the blob to have that in the source."""
    remaining = iter(places)
    _, stop, move = next(remaining)
    for start in leaves.starts[:-1]:
        while start >= stop:
            _, stop, move = next(remaining)
        yield move
