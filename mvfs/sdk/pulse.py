"""A thread that does a run's chores every now and then."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from mvfs.errors import MvfsError

SHORTEST, LONGEST = 2.0, 30.0
"""Seconds between two beats: close together at first, then a twentieth of the run's age."""

_log = logging.getLogger("mvfs")


class Pulse:
    """Calls ``chores`` until it is stopped. Trouble with the store is told once; training goes on."""

    def __init__(self, chores: Callable[[], None]) -> None:
        self._chores = chores
        self._over = False
        self._wake = threading.Event()
        self._began = time.monotonic()
        self._told = False
        self._thread = threading.Thread(target=self._beat, name="mvfs-pulse", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Have the chores done now; returns at once."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread; returns when nothing is being done any more."""
        self._over = True
        self._wake.set()
        self._thread.join()

    def _beat(self) -> None:
        while True:
            self._wake.wait(min(max((time.monotonic() - self._began) / 20, SHORTEST), LONGEST))
            if self._over:
                return
            self._wake.clear()
            try:
                self._chores()
            except MvfsError as exc:
                if not self._told:
                    _log.warning("mvfs: cannot write what the run logs, will try again: %s", exc)
                self._told = True
