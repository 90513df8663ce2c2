"""The table that knows which nodes the kernel holds."""

from __future__ import annotations

import threading
from collections.abc import Hashable

from mvfs.mount.files import File, FileRun
from mvfs.mount.files import Place as FilePlace
from mvfs.mount.held import HeldFiles, HeldRun
from mvfs.mount.nodes import ROOT_ID, Directory, Node, Place


class NodeTable:
    """The nodes that the kernel holds. Exact: a node leaves when its last reference comes back.

    Node ids of files follow from their content; the others are counted up from the root's.
    """

    def __init__(self, root: Directory) -> None:
        self.root = root
        root.id = ROOT_ID
        root.lookups = 1
        self._lock = threading.Lock()
        self._by_id: dict[int, Node] = {ROOT_ID: root}
        self._by_key: dict[Hashable, Node] = {root.key: root}
        self._places: dict[int, Place] = {}
        self._files = HeldFiles()
        self._last = ROOT_ID
        if isinstance(root, Place):
            self._places[ROOT_ID] = root

    def __len__(self) -> int:
        return len(self._by_id) + len(self._files)

    def get(self, number: int) -> Node | None:
        """Return a node by its id."""
        node = self._by_id.get(number)
        if node is not None:
            return node
        with self._lock:
            file = self._files.get(number)
        if file is not None:
            file.holder = self
        return file

    def file_places(self, number: int) -> list[FilePlace]:
        """Where the file with this id is known to lie, the place seen last first; none if it is not held."""
        with self._lock:
            return self._files.places(number)

    def hold(self, node: Node) -> Node:
        """Count one more reference to the node with this key, which joins the table if it is new."""
        with self._lock:
            if isinstance(node, File):
                self._files.hold(node)
                node.holder = self
                return node
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

    def hold_run(self, files: FileRun, start: int, stop: int) -> HeldRun:
        """Count one more reference to each file of a part of a run."""
        with self._lock:
            return self._files.hold_run(files, start, stop)

    def forget(self, number: int, count: int) -> None:
        """Take back ``count`` references to a node."""
        with self._lock:
            if number in self._files:
                self._files.forget(number, count)
                return
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
