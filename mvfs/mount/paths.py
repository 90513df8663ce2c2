"""Finds nodes by path, for a driver that is told paths only."""

from __future__ import annotations

import errno
import threading
import time
from collections import OrderedDict

from mvfs.mount.errnos import os_error
from mvfs.mount.kernel import MAX_NAME
from mvfs.mount.nodes import Directory, Node
from mvfs.mount.tree import Tree

REMEMBERED = 0.25
"""Seconds for which a directory is not looked up again."""

_KEPT = 1024
"""Directories remembered at once."""


class Paths:
    """A tree's nodes by path (``"/"`` is the root). Methods may be called from several threads."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[Directory, float]] = OrderedDict()

    def find(self, path: str) -> Node:
        """Return what a path leads to now.

        Raises:
            OSError: ENOENT, ENOTDIR or ENAMETOOLONG.
            CorruptObject: the manifest of a version on the way is damaged.
        """
        above, _, name = path.rpartition("/")
        if not name:
            return self._tree.root
        try:
            raw = name.encode()
        except UnicodeEncodeError:
            raise os_error(errno.ENOENT) from None  # not UTF-8, and so no name of anything here
        if len(raw) > MAX_NAME:
            raise os_error(errno.ENAMETOOLONG)
        found = self._tree.find(self.directory(above), name)
        if found is None:
            raise os_error(errno.ENOENT)
        return found

    def directory(self, path: str) -> Directory:
        """Return the directory that a path leads to; raises as `find`.

        It may be what the path led to a moment ago: to look up each directory on the way anew would take ten
        times as long as the file.
        """
        with self._lock:
            known = self._known.get(path)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        now = time.monotonic()
        found = self.find(path)
        if not isinstance(found, Directory):
            raise os_error(errno.ENOTDIR)
        with self._lock:
            self._known[path] = found, now + REMEMBERED
            self._known.move_to_end(path)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found
