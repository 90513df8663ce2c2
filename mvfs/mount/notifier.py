"""Follows the journals and tells the kernel which names mean something else now."""

from __future__ import annotations

import logging
import sqlite3
import threading

from mvfs import text
from mvfs.errors import MvfsError
from mvfs.mount.session import Session
from mvfs.mount.tree import Tree

log = logging.getLogger("mvfs.mount")

INTERVAL = 0.25
"""Seconds between two looks at the tails of the journals."""


class Notifier:
    """A thread of its own, since the kernel may make a notification wait for a request that is served."""

    def __init__(self, tree: Tree, session: Session, interval: float = INTERVAL) -> None:
        self._tree = tree
        self._session = session
        self._interval = interval
        self._trouble = ""

    def start(self) -> None:
        """Follow until the session ends."""
        threading.Thread(target=self._run, name="notifier", daemon=True).start()

    def _run(self) -> None:
        while not self._session.ended.wait(self._interval):
            try:
                for parent, name in self._tree.changes():
                    self._session.invalidate(parent, name)
                self._trouble = ""
            except (MvfsError, OSError, sqlite3.Error) as exc:
                if str(exc) != self._trouble:  # said once, not four times a second
                    self._trouble = str(exc)
                    log.error("cannot follow the store: %s", text.line(self._trouble))  # noqa: TRY400
