"""How far a worker is, told now and then; and how it ends where nobody waits for it any more."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.worker import get_current_worker

_EVERY = 0.2
"""Seconds between two tellings."""


class CalledOff(Exception):
    """Nobody waits for what a worker does."""


class Ticker:
    """Counts bytes for a worker; made in its thread, and called in it."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._worker = get_current_worker()
        self._tell = tell
        self._said = time.monotonic()
        self.count = 0

    def __call__(self, count: int) -> None:
        """Add to what was done.

        Raises:
            CalledOff: the worker was cancelled.
        """
        if self._worker.is_cancelled:
            raise CalledOff
        self.count += count
        now = time.monotonic()
        if now - self._said >= _EVERY:
            self._said = now
            self._tell(self.count)
