"""What the kernel was told of files, so that the inode of a path never holds two contents at once.

libfuse makes one inode of a path, with one size and one page cache, whatever the path means. Were a path
to mean another file while the kernel believes in the first one, readers would see the bytes of both. So a
file is opened only as what the kernel was told last, and while it is open its path stays what it is. Whoever
comes too early is sent back with ESTALE: the kernel then looks the path up anew, and tries once more.
"""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

from mvfs import text
from mvfs.mount.errnos import os_error
from mvfs.mount.nodes import Node

log = logging.getLogger("mvfs.mount")

_SETTLING = 0.05
"""Seconds after which the kernel has taken in what it was told: answers can overtake each other."""

_PATIENCE = 0.25
"""Seconds to wait for who has a path open as something else: the kernel tells late that it was closed."""

_CACHED_KEPT = 4096
"""Paths of which it is known what their page cache holds."""


_LONG_AGO = float("-inf")


class _Told(NamedTuple):
    """What the kernel was told of a path."""

    key: Hashable
    last: float
    """When it was told so for the last time."""
    sure: float
    """From when on it is sure that the kernel believes this, and not what it was told before."""


class _Open:
    """A path while it is open."""

    __slots__ = ("is_warned", "node", "opens")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.opens = 0
        self.is_warned = False


class Promises:
    """One mount's. Methods may be called from several threads."""

    def __init__(self, believed: float) -> None:
        """The kernel believes what it is told for ``believed`` seconds."""
        self._believed = 2 * believed  # an answer may take a while to arrive
        self._changed = threading.Condition()
        self._told: OrderedDict[str, _Told] = OrderedDict()
        self._open: dict[str, _Open] = {}
        self._cached: OrderedDict[str, Hashable] = OrderedDict()

    def opened(self, path: str) -> Node | None:
        """Return the file as which a path is open now."""
        held = self._open.get(path)
        return held.node if held is not None else None

    def tell(self, path: str, node: Node) -> Node:
        """Return the file whose attributes the kernel may be told for a path that leads to ``node`` now."""
        with self._changed:
            held = self._open.get(path)
            if held is not None:
                return held.node
            self._note(path, node.key)
        return node

    def open(self, path: str, node: Node) -> bool:
        """Count one more open of a path as ``node``; return whether the page cache may be kept.

        Raises:
            OSError: ESTALE, the kernel does not expect this file, or not for sure.
        """
        with self._changed:
            is_free = self._changed.wait_for(lambda: self._is_free(path, node), _PATIENCE)
            pause = self._doubtful(path, node) if is_free else 0.0
            if is_free and pause is None:
                self._open.setdefault(path, _Open(node)).opens += 1
                return self._keeps_pages(path, node)
            if not is_free:
                self._warn(path)
        time.sleep(pause or 0.0)
        raise os_error(errno.ESTALE)

    def saw_read(self, path: str) -> None:
        """Take note that a file is read: by now the kernel has dropped the pages of what was open before."""
        held = self._open.get(path)
        if held is not None and self._cached.get(path) != held.node.key:
            with self._changed:
                self._cached[path] = held.node.key
                while len(self._cached) > _CACHED_KEPT:
                    self._cached.popitem(last=False)

    def close(self, path: str) -> None:
        """Count one open less."""
        with self._changed:
            held = self._open[path]
            held.opens -= 1
            if not held.opens:
                del self._open[path]
                self._note(path, held.node.key)
                self._changed.notify_all()

    def _is_free(self, path: str, node: Node) -> bool:
        held = self._open.get(path)
        return held is None or held.node.key == node.key

    def _doubtful(self, path: str, node: Node) -> float | None:
        """None if the kernel takes a path for this file, else the seconds until it can be told so."""
        told, now = self._told.get(path), time.monotonic()
        if path in self._open or told is None or told.last + self._believed <= now:
            return None
        until = told.sure if told.key == node.key else told.last + _SETTLING
        if told.key == node.key and until <= now:
            return None
        return max(until - now, 0.0)

    def _keeps_pages(self, path: str, node: Node) -> bool:
        if self._cached.get(path) == node.key:
            return True
        self._cached.pop(path, None)
        return False

    def _note(self, path: str, key: Hashable) -> None:
        now = time.monotonic()
        while self._told and next(iter(self._told.values())).last + self._believed < now:
            self._told.popitem(last=False)
        old = self._told.pop(path, None)
        if old is None or (old.key != key and old.last + _SETTLING <= now):
            sure = now
        else:
            sure = old.sure if old.key == key else now + _SETTLING
        self._told[path] = _Told(key, now, sure)

    def _warn(self, path: str) -> None:
        held = self._open[path]
        if not held.is_warned:
            held.is_warned = True
            log.warning(
                "'%s' is still open as it was before its alias moved: until that is closed, open it below its"
                " version's number",
                text.line(path.strip("/")),
            )
