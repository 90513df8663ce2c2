"""Nodes: what the file system consists of.

A node's key says what it *is*, so whatever has the same key is the same inode: a file is its bytes and
its mode, whichever versions it lies in, and an alias directory is the alias together with the version
it pointed at when it was looked up.
"""

from __future__ import annotations

import stat
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Mapping
from struct import Struct
from typing import Protocol

from blake3 import blake3

FILE_MODE = stat.S_IFREG | 0o444
PROGRAM_MODE = stat.S_IFREG | 0o555
DIRECTORY_MODE = stat.S_IFDIR | 0o555
LINK_MODE = stat.S_IFLNK | 0o777

ROOT_ID = 1
"""The node id of the mount's root; fixed by the FUSE protocol."""

_INO_MASK = (1 << 63) - 1
_CONTENT = 1 << 59
_CONTENT_MASK = _CONTENT - 1
_FIRST_WORD = Struct("<Q")
_WORDS = Struct("<Q24x")


class Node:
    """A file, directory or symlink, as far as ``stat`` tells."""

    __slots__ = ("id", "ino", "key", "lookups", "mode", "mtime", "size")

    def __init__(self, key: Hashable, ino: int, mode: int, size: int, mtime: int) -> None:
        self.key = key
        self.ino = ino
        self.mode = mode
        self.size = size
        """Bytes."""
        self.mtime = mtime
        """Microseconds since 1970."""
        self.id = 0
        """The number under which the kernel knows it; 0 before it is in the table."""
        self.lookups = 0
        """How many references the kernel has been given and has not given back."""

    def meet(self, again: Node) -> None:
        """Take what may differ from a node with the same key that was found later."""


class Directory(Node, ABC):
    """A node that holds others."""

    __slots__ = ()

    settled = True
    """Whether what it holds can never change."""

    def __init__(self, key: Hashable, mtime: int) -> None:
        super().__init__(key, path_ino(key), DIRECTORY_MODE, 0, mtime)

    @abstractmethod
    def find(self, name: str) -> Node | None:
        """Return what has this name here, as a node that is not in the table; None if nothing has."""

    @abstractmethod
    def list(self) -> Iterator[tuple[str, Node]]:
        """Yield the names here with their nodes (not in the table), in a fixed order."""


class Link(Node):
    """A symlink. Like an alias directory it never changes: an alias that moves is another node."""

    __slots__ = ("target",)

    def __init__(self, key: Hashable, target: str, mtime: int) -> None:
        super().__init__(key, path_ino(key), LINK_MODE, len(target.encode()), mtime)
        self.target = target
        """Where it leads, from the directory it lies in."""


class Origin(Protocol):
    """A store or a project: something that others commit to."""

    def refresh(self) -> bool:
        """Take in what others committed; return whether there was anything."""


class Place(Directory):
    """A directory whose names change as others log versions and move aliases."""

    __slots__ = ("_seen",)

    settled = False

    def __init__(self, key: Hashable) -> None:
        super().__init__(key, 0)
        self.mtime = self.modified()
        self._seen: tuple[object, Mapping[str, object]] | None = None

    def meet(self, again: Node) -> None:
        self.mtime = again.mtime

    @property
    @abstractmethod
    def origin(self) -> Origin:
        """What the names come from; many places share one."""

    @abstractmethod
    def modified(self) -> int:
        """When something last changed here, in microseconds since 1970."""

    @abstractmethod
    def position(self) -> object:
        """Something that differs after the journal behind this directory has moved on."""

    @abstractmethod
    def meanings(self) -> Mapping[str, object]:
        """Each name here, with something that differs when the name means something else."""

    def watch(self) -> None:
        """Remember the names as they are, before any of them is told to the kernel."""
        if self._seen is None:
            position = self.position()
            self._seen = position, dict(self.meanings())

    def changes(self, position: object) -> list[str]:
        """Return the names whose meaning changed since the last call; ``position`` is the present one."""
        if self._seen is None or self._seen[0] == position:
            return []
        old, new = self._seen[1], dict(self.meanings())
        self._seen = position, new
        return [name for name in {**old, **new} if old.get(name, _ABSENT) != new.get(name, _ABSENT)]


_ABSENT = object()


def path_ino(key: Hashable) -> int:
    """A stable inode number for what has this key."""
    return (
        int.from_bytes(blake3(repr(key).encode("utf-8", "surrogatepass")).digest()[:8], "little") & _INO_MASK
    )


def content_ino(digest: bytes, executable: bool) -> int:
    """A stable inode number for a file with this hash; below 2^60, so that a Python int of it is small."""
    ino: int = _FIRST_WORD.unpack_from(digest)[0] & _CONTENT_MASK | _CONTENT
    return ino ^ 1 if executable else ino


def content_inos(digests: bytes, modes: bytes) -> list[int]:
    """`content_ino` of many: hashes one after the other, and a 1 for each file that is executable."""
    inos = [word & _CONTENT_MASK | _CONTENT for (word,) in _WORDS.iter_unpack(digests)]
    return [ino ^ (mode == 1) for ino, mode in zip(inos, modes, strict=True)] if 1 in modes else inos
