"""An opened directory: its entries in order, from any offset."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice

from mvfs.mount.encoding import Encoder
from mvfs.mount.kernel import NOTHING
from mvfs.mount.nodes import Directory, Node, NodeTable, Place

_DOTS = 2
"""``.`` and ``..`` come first, so entry number n of the directory is at offset n + 2."""


class Listing:
    """Fills the kernel's buffers. A changing directory is listed as it was at the last read from offset 0."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._lock = threading.Lock()
        self._snapshot: list[tuple[str, Node]] | None = None
        self._entries: Iterator[tuple[str, Node]] = iter(())
        self._kept: tuple[str, Node] | None = None
        """The entry at the present offset, where it was taken already and did not fit."""
        self._at = -1

    def fill(self, encoder: Encoder, offset: int, size: int) -> bytes:
        """Return READDIR's entries from ``offset``, as many as fit into ``size`` bytes."""

        def encode(name: bytes, node: Node, after: int) -> bytes:
            return encoder.dirent(name, node.ino, node.mode, after)

        return self._fill(encode, offset, size, 24)

    def fill_plus(
        self, encoder: Encoder, table: NodeTable, offset: int, size: int
    ) -> tuple[bytes, list[int]]:
        """Return READDIRPLUS's entries and the ids of the nodes that were given out with them."""
        given: list[int] = []
        give, hold, pack = given.append, table.hold, encoder.dirent_plus
        settled = self.directory.settled

        def encode(name: bytes, node: Node, after: int) -> bytes:
            if after <= _DOTS:
                return NOTHING + encoder.dirent(name, node.ino, node.mode, after)
            held = hold(node)
            give(held.id)
            return pack(name, held, after, settled)

        return self._fill(encode, offset, size, 152), given

    def entries(self, offset: int) -> Iterator[tuple[str, Node, int]]:
        """Yield names and nodes from ``offset``, each with the offset after it, until it is enough."""
        with self._lock:
            if offset != self._at or offset == 0:
                self._seek(offset)
            for entry in self._rest():
                self._kept = entry  # until the next one is asked for, this one was not taken
                yield *entry, self._at + 1
                self._kept = None
                self._at += 1

    def _fill(self, encode: Callable[[bytes, Node, int], bytes], offset: int, size: int, head: int) -> bytes:
        """Encode entries while they fit; ``head`` is what each takes beside its padded name."""
        parts: list[bytes] = []
        with self._lock:
            if offset != self._at or offset == 0:
                self._seek(offset)
            at, room = self._at, size
            for entry in self._rest():
                name = entry[0].encode()
                room -= head + (len(name) + 7 & ~7)
                if room < 0:
                    self._kept = entry
                    break
                at += 1
                parts.append(encode(name, entry[1], at))
            self._at = at
        return b"".join(parts)

    def _rest(self) -> Iterator[tuple[str, Node]]:
        """The entries from the present offset on."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            yield kept
        yield from self._entries

    def _seek(self, offset: int) -> None:
        directory = self.directory
        if isinstance(directory, Place) and (offset == 0 or self._snapshot is None):
            directory.watch()
            self._snapshot = list(directory.list())
        entries = iter(self._snapshot) if self._snapshot is not None else directory.list()
        self._entries = islice(_with_dots(directory, entries), offset, None)
        self._kept = None
        self._at = offset


def _with_dots(directory: Directory, entries: Iterator[tuple[str, Node]]) -> Iterator[tuple[str, Node]]:
    yield ".", directory
    yield "..", directory
    yield from entries
