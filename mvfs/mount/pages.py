"""One reply to READDIR or READDIRPLUS while it is filled."""

from __future__ import annotations

from itertools import islice

from mvfs.mount import kernel
from mvfs.mount.encoding import Encoder
from mvfs.mount.files import FileRun
from mvfs.mount.nodes import Node, content_inos
from mvfs.mount.table import NodeTable

_DOTS = 2
"""``.`` and ``..`` come first, so entry number n of the directory is at offset n + 2."""


class Page:
    """Entries of READDIR, as many as fit."""

    head = kernel.DIRENT.size
    """Bytes that an entry takes beside its padded name."""

    def __init__(self, encoder: Encoder, size: int) -> None:
        self.parts: list[bytes] = []
        self._encoder = encoder
        self._room = size

    def add(self, name: bytes, node: Node, at: int) -> int:
        """Add the entry at an offset; return 1, or 0 if it does not fit."""
        if not self._fitting([name], 0):
            return 0
        self._encode(name, node, at + 1)
        return 1

    def add_files(self, files: FileRun, start: int, at: int) -> int:
        """Add files of a run from number ``start`` on, the first at an offset; return how many fit."""
        count = self._fitting(files.run.names, start)
        if count:
            self._encode_files(files, start, start + count, at + 1)
        return count

    def _fitting(self, names: list[bytes], start: int) -> int:
        """How many entries with these names fit; their room is taken."""
        room, head, count = self._room, self.head, 0
        for name in islice(names, start, None):
            needed = head + (len(name) + 7 & ~7)
            if needed > room:
                break
            room -= needed
            count += 1
        self._room = room
        return count

    def _encode(self, name: bytes, node: Node, after: int) -> None:
        self.parts.append(self._encoder.dirent(name, node.ino, node.mode, after))

    def _encode_files(self, files: FileRun, start: int, stop: int, after: int) -> None:
        run, dirent, mode = files.run, self._encoder.dirent, kernel.REGULAR
        inos = content_inos(run.digests[32 * start : 32 * stop], run.modes[start:stop])
        for name, ino in zip(run.names[start:stop], inos, strict=True):
            self.parts.append(dirent(name, ino, mode, after))
            after += 1


class PlusPage(Page):
    """Entries of READDIRPLUS, which give references to nodes, unless they tell ``names_only``."""

    head = kernel.DIRENT_PLUS.size

    def __init__(
        self, encoder: Encoder, size: int, table: NodeTable, *, settled: bool, names_only: bool
    ) -> None:
        super().__init__(encoder, size)
        self.given: list[int] = []
        """Ids of the nodes that were given out."""
        self._table = table
        self._settled = settled
        self._names_only = names_only

    def _encode(self, name: bytes, node: Node, after: int) -> None:
        if after <= _DOTS or self._names_only:
            self.parts.append(kernel.NOTHING + self._encoder.dirent(name, node.ino, node.mode, after))
            return
        held = self._table.hold(node)
        self.given.append(held.id)
        self.parts.append(self._encoder.dirent_plus(name, held, after, self._settled))

    def _encode_files(self, files: FileRun, start: int, stop: int, after: int) -> None:
        held = self._table.hold_run(files, start, stop)
        self.given += held.ids
        self.parts += self._encoder.files_plus(files.run, start, held, after=after, settled=self._settled)
