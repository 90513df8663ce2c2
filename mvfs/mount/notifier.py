"""Follows the journals and tells the kernel which names mean something else now."""

from __future__ import annotations

import logging
import sqlite3
import threading

from mvfs import text
from mvfs.errors import MvfsError
from mvfs.mount.nodes import Origin
from mvfs.mount.session import Session
from mvfs.mount.tree import Tree

log = logging.getLogger("mvfs.mount")

INTERVAL = 0.25
"""Seconds between two looks at the tails of the journals."""


FAR_INTERVAL = 0.5
"""The same for a store where each look is a request."""


class Notifier:
    """A thread of its own, since the kernel may make a notification wait for a request that is served."""

    def __init__(self, tree: Tree, session: Session, interval: float = INTERVAL) -> None:
        self._tree = tree
        self._session = session
        self._interval = interval
        self._troubles: dict[int, str] = {}

    def start(self) -> None:
        """Follow until the session ends."""
        threading.Thread(target=self._run, name="notifier", daemon=True).start()

    def _run(self) -> None:
        while not self._session.ended.wait(self._interval):
            for origin in self._tree.origins():
                self._follow(origin)

    def _follow(self, origin: Origin) -> None:
        try:
            for parent, name in self._tree.changes(origin):
                self._session.invalidate(parent, name)
        except (MvfsError, OSError, sqlite3.Error) as exc:
            if self._troubles.get(id(origin)) != str(exc):  # said once, not four times a second
                self._troubles[id(origin)] = str(exc)
                log.error("cannot follow the store: %s", text.line(str(exc)))  # noqa: TRY400
        else:
            self._troubles.pop(id(origin), None)
