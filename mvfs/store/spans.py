"""Which ranges of blobs hold the bytes of many files: small ones together, large ones in pieces.

A span is what is read at once. It never splits a leaf, so that it can be verified by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from mvfs.store.leaves import LEAF
from mvfs.store.manifest.records import FileEntry
from mvfs.store.reading import BlobReader

SPAN = 8 << 20
"""Bytes that a span is cut to; one that begins or ends within a leaf reads up to two leaves more."""

_GAP = 1 << 20
"""Bytes between two small files that are sooner read than asked around."""


class Piece(NamedTuple):
    """Bytes of a file, and where they are in the span's blob."""

    file: int
    """Number of the file among those asked for."""
    at: int
    """Offset in the file."""
    offset: int
    """Offset in the blob."""
    length: int


class Span(NamedTuple):
    """A range of a blob that is read at once."""

    blob: int
    offset: int
    length: int
    pieces: Sequence[Piece]
    has_leaves: bool
    """Whether it consists of whole leaves, which are checked; else each piece is a small file, whole."""


def spans(blobs: BlobReader, files: Sequence[FileEntry]) -> Iterator[Span]:
    """Yield what must be read to have all of ``files``, each of which is empty or `is_plain`."""
    small: dict[int, list[Piece]] = {}
    for number, entry in enumerate(files):
        if entry.size >= LEAF:
            yield from _large(blobs, number, entry)
        elif entry.size:
            extent = entry.extents[0]
            small.setdefault(extent.blob, []).append(Piece(number, 0, extent.offset, extent.length))
    for blob, pieces in small.items():
        yield from _joined(blob, sorted(pieces, key=lambda piece: piece.offset))


def is_plain(entry: FileEntry) -> bool:
    """Whether a file can be read in spans: stored here, and large or in one piece."""
    return not entry.is_external and (entry.size >= LEAF or len(entry.extents) <= 1)


def _large(blobs: BlobReader, number: int, entry: FileEntry) -> Iterator[Span]:
    at = 0
    for extent in entry.extents:
        leaves = blobs.leaves(extent.blob)
        start, end = extent.offset, extent.offset + extent.length
        while start < end:
            covering = leaves.covering(start, min(SPAN, end - start))
            last = covering.stop
            if leaves.starts[last] > start + SPAN and last - 1 > covering.start:
                last -= 1  # the next span begins with this leaf, not within it
            low, stop = leaves.starts[covering.start], leaves.starts[last]
            length = min(stop, end) - start
            piece = Piece(number, at, start, length)
            yield Span(extent.blob, low, stop - low, [piece], has_leaves=True)
            start, at = start + length, at + length


def _joined(blob: int, pieces: Iterable[Piece]) -> Iterator[Span]:
    """Put pieces together that lie near each other; they come in the order of their offsets."""
    run: list[Piece] = []
    end = 0
    for piece in pieces:
        stop = piece.offset + piece.length
        if run and (piece.offset - end > _GAP or stop - run[0].offset > SPAN):
            yield Span(blob, run[0].offset, end - run[0].offset, run, has_leaves=False)
            run, end = [], 0
        run.append(piece)
        end = max(end, stop)
    if run:
        yield Span(blob, run[0].offset, end - run[0].offset, run, has_leaves=False)
