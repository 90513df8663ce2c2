"""Turns nodes into the structures that the kernel reads."""

from __future__ import annotations

from struct import Struct

from mvfs.mount import kernel
from mvfs.mount.held import HeldRun
from mvfs.mount.nodes import FILE_MODE, PROGRAM_MODE, Node, Place
from mvfs.mount.texts import Text
from mvfs.store.manifest.layout import Run

_TAILS_KEPT = 1024

_PLUS = [
    Struct(f"{kernel.DIRENT_PLUS.format}{length + 7 & ~7}s").pack for length in range(kernel.MAX_NAME + 1)
]
"""Pack a whole entry of READDIRPLUS whose name has so many bytes: `DIRENT_PLUS`, and the name, padded."""


class Encoder:
    """Packs attributes and entries for one mount, whose owner is the same for every node."""

    def __init__(self, uid: int, gid: int) -> None:
        self._uid = uid
        self._gid = gid
        self._tails: dict[tuple[int, int], bytes] = {}
        self._forever = _valid(kernel.FOREVER)
        self._briefly = _valid(kernel.BRIEFLY)

    def attributes(self, node: Node) -> bytes:
        """The reply to GETATTR."""
        seconds = kernel.BRIEFLY if isinstance(node, Place) else kernel.FOREVER
        blocks = -(-node.size // 512)
        return kernel.ATTR_OUT.pack(seconds, 0, 0, node.ino, node.size, blocks, self._tail(node))

    def entry(self, node: Node, *, settled: bool) -> bytes:
        """The reply to LOOKUP; ``settled``: the directory can never give the name another meaning."""
        return kernel.ENTRY_OUT.pack(
            node.id,
            0,
            kernel.FOREVER if settled else kernel.NEVER if isinstance(node, Text) else kernel.BRIEFLY,
            kernel.BRIEFLY if isinstance(node, Place) else kernel.FOREVER,
            0,
            0,
            node.ino,
            node.size,
            -(-node.size // 512),
            self._tail(node),
        )

    def absent(self) -> bytes:
        """The reply to LOOKUP of a name that can never come to be."""
        return kernel.ENTRY_OUT.pack(0, 0, kernel.FOREVER, *[0] * 6, bytes(64))

    def dirent(self, name: bytes, ino: int, mode: int, after: int) -> bytes:
        """One entry of READDIR; ``after`` is the offset at which the listing goes on."""
        length = len(name)
        return kernel.DIRENT.pack(ino, after, length, mode >> 12) + name + kernel.PADDING[length & 7]

    def dirent_plus(self, name: bytes, node: Node, after: int, settled: bool) -> bytes:
        """One entry of READDIRPLUS: `entry` and `dirent` in one."""
        length = len(name)
        size, mode = node.size, node.mode
        head = kernel.DIRENT_PLUS.pack(
            node.id,
            self._forever if settled else self._briefly,
            node.ino,
            size,
            -(-size // 512),
            self._tail(node),
            node.ino,
            after,
            length,
            mode >> 12,
        )
        return head + name + kernel.PADDING[length & 7]

    def files_plus(self, run: Run, start: int, held: HeldRun, *, after: int, settled: bool) -> list[bytes]:
        """`dirent_plus` for the files of a run from number ``start`` on, as many as are held."""
        stop = start + len(held.ids)
        columns = (run.names[start:stop], run.sizes[start:stop], run.modes[start:stop], *held)
        valid, tail_of, packs = self._forever if settled else self._briefly, self._tail_of, _PLUS
        entries = []
        for name, size, executable, ino, number, mtime in zip(*columns, strict=True):
            tail = tail_of(mtime, PROGRAM_MODE if executable == 1 else FILE_MODE)
            length = len(name)
            entries.append(
                packs[length](
                    number, valid, ino, size, size + 511 >> 9, tail, ino, after, length, kernel.REGULAR, name
                )
            )
            after += 1
        return entries

    def _tail(self, node: Node) -> bytes:
        return self._tail_of(node.mtime, node.mode)

    def _tail_of(self, mtime: int, mode: int) -> bytes:
        """The attributes that many nodes share."""
        key = mtime, mode
        tail = self._tails.get(key)
        if tail is None:
            seconds, rest = divmod(max(mtime, 0), 1_000_000)  # a writer's clock may say anything
            nanoseconds = rest * 1000
            tail = kernel.ATTR_TAIL.pack(
                *[seconds] * 3, *[nanoseconds] * 3, mode, 1, self._uid, self._gid, 0, kernel.PAGE, 0
            )
            if len(self._tails) >= _TAILS_KEPT:
                self._tails.clear()
            self._tails[key] = tail
        return tail


def _valid(seconds: int) -> bytes:
    """Generation, validity of entry and attributes, their nanoseconds: the middle of `DIRENT_PLUS`."""
    return kernel.ENTRY_OUT.pack(0, 0, seconds, seconds, 0, 0, 0, 0, 0, bytes(64))[8:40]
