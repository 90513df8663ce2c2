"""Nodes: what the file system consists of, and the table that knows which of them the kernel holds.

A node's key says what it *is*, so whatever has the same key is the same inode: a file is its bytes and
its mode, whichever versions it lies in, and an alias directory is the alias together with the version
it pointed at when it was looked up.
"""

from __future__ import annotations

import stat
import threading
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Mapping
from typing import Protocol

from blake3 import blake3

FILE_MODE = stat.S_IFREG | 0o444
PROGRAM_MODE = stat.S_IFREG | 0o555
DIRECTORY_MODE = stat.S_IFDIR | 0o555
LINK_MODE = stat.S_IFLNK | 0o777

ROOT_ID = 1
"""The node id of the mount's root; fixed by the FUSE protocol."""

_INO_MASK = (1 << 63) - 1


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


class NodeTable:
    """The nodes that the kernel holds. Exact: a node leaves when its last reference comes back."""

    def __init__(self, root: Directory) -> None:
        self.root = root
        root.id = ROOT_ID
        root.lookups = 1
        self._lock = threading.Lock()
        self._by_id: dict[int, Node] = {ROOT_ID: root}
        self._by_key: dict[Hashable, Node] = {root.key: root}
        self._places: dict[int, Place] = {}
        self._last = ROOT_ID
        if isinstance(root, Place):
            self._places[ROOT_ID] = root

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, number: int) -> Node | None:
        """Return a node by its id."""
        return self._by_id.get(number)

    def hold(self, node: Node) -> Node:
        """Count one more reference to the node with this key, which joins the table if it is new."""
        with self._lock:
            known = self._by_key.setdefault(node.key, node)
            known.lookups += 1
            if known is not node:
                known.meet(node)
                return known
            node.id = self._last = self._last + 1
            self._by_id[node.id] = node
            if isinstance(node, Place):
                self._places[node.id] = node
            return node

    def forget(self, number: int, count: int) -> None:
        """Take back ``count`` references to a node."""
        with self._lock:
            node = self._by_id.get(number)
            if node is None or number == ROOT_ID:
                return
            node.lookups -= count
            if node.lookups <= 0:
                del self._by_id[number], self._by_key[node.key]
                self._places.pop(number, None)

    def places(self) -> list[Place]:
        """The changing directories that the kernel holds."""
        with self._lock:
            return list(self._places.values())


def path_ino(key: Hashable) -> int:
    """A stable inode number for what has this key."""
    return (
        int.from_bytes(blake3(repr(key).encode("utf-8", "surrogatepass")).digest()[:8], "little") & _INO_MASK
    )


def content_ino(digest: bytes) -> int:
    """A stable inode number for bytes with this hash."""
    return int.from_bytes(digest[:8], "little") & _INO_MASK
