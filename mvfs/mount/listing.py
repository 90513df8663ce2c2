"""An opened directory: its entries in order, from any offset."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from mvfs.mount.encoding import Encoder
from mvfs.mount.files import FileRun
from mvfs.mount.folders import Folder
from mvfs.mount.nodes import Directory, Node, Place
from mvfs.mount.pages import Page, PlusPage
from mvfs.mount.table import NodeTable

Piece = FileRun | tuple[str, Node]

_MANY = 128
"""Entries of a changing directory from which on a listing brings only names: the kernel believes what else
it is told there for a second only, but holds the nodes, and a large store has a million versions."""


class Listing:
    """Fills the kernel's buffers. A changing directory is listed as it was at the last read from offset 0."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._lock = threading.Lock()
        self._snapshot: list[Piece] | None = None
        self._pieces: Iterator[Piece] = iter(())
        self._piece: Piece | None = None
        """What holds the entry at the present offset; None at the end."""
        self._within = 0
        """How many entries of it come before that one."""
        self._at = -1

    def fill(self, encoder: Encoder, offset: int, size: int) -> bytes:
        """Return READDIR's entries from ``offset``, as many as fit into ``size`` bytes."""
        with self._lock:
            self._go_to(offset)
            return self._fill(Page(encoder, size))

    def fill_plus(
        self, encoder: Encoder, table: NodeTable, offset: int, size: int
    ) -> tuple[bytes, list[int]]:
        """Return READDIRPLUS's entries and the ids of the nodes that were given out with them."""
        with self._lock:
            self._go_to(offset)
            settled, are_many = self.directory.settled, len(self._snapshot or ()) > _MANY
            page = PlusPage(encoder, size, table, settled=settled, names_only=are_many)
            return self._fill(page), page.given

    def entries(self, offset: int) -> Iterator[tuple[str, Node, int]]:
        """Yield names and nodes from ``offset``, each with the offset after it, until it is enough."""
        with self._lock:
            self._go_to(offset)
            at, self._at = self._at, -1  # unless it is left at an entry
            while (piece := self._piece) is not None:
                named = piece.nodes(self._within) if isinstance(piece, FileRun) else (piece,)
                for name, node in named:
                    self._at = at  # until the next one is asked for, this one was not taken
                    yield name, node, at + 1
                    at, self._at = at + 1, -1
                    self._within += 1
                self._piece, self._within = next(self._pieces, None), 0
            self._at = at

    def _fill(self, page: Page) -> bytes:
        at, self._at = self._at, -1  # unless all goes well
        while (piece := self._piece) is not None:
            if isinstance(piece, FileRun):
                taken = page.add_files(piece, self._within, at)
            else:
                taken = page.add(piece[0].encode(), piece[1], at)
            at += taken
            self._within += taken
            if self._within < _length(piece):
                break
            self._piece, self._within = next(self._pieces, None), 0
        self._at = at
        return b"".join(page.parts)

    def _go_to(self, offset: int) -> None:
        if offset == self._at and offset != 0:
            return
        directory = self.directory
        if isinstance(directory, Place) and (offset == 0 or self._snapshot is None):
            directory.watch()
            self._snapshot = list(directory.list())
        self._pieces = _with_dots(directory, self._snapshot)
        self._piece, self._within = next(self._pieces), offset
        while self._piece is not None and self._within >= _length(self._piece):
            self._within -= _length(self._piece)
            self._piece = next(self._pieces, None)
        self._at = offset


def _length(piece: Piece) -> int:
    return len(piece) if isinstance(piece, FileRun) else 1


def _with_dots(directory: Directory, snapshot: list[Piece] | None) -> Iterator[Piece]:
    yield ".", directory
    yield "..", directory
    if snapshot is not None:
        yield from snapshot
    elif isinstance(directory, Folder):
        yield from directory.pieces()
    else:
        yield from directory.list()
