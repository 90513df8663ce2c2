"""The last change, for as long as it can be taken back by one key."""

from __future__ import annotations

import time

from tui.writing.written import Undo

SECONDS = 10.0
STEP = 2.0
"""Seconds by which the footer counts down: each step crosses the wire."""


class Undoing:
    """Holds one change for ten seconds."""

    def __init__(self) -> None:
        self._undo: Undo | None = None
        self._until = 0.0

    def offer(self, undo: Undo | None) -> None:
        """Offer to take a change back; with None, nothing any more."""
        self._undo, self._until = undo, time.monotonic() + SECONDS

    @property
    def left(self) -> int:
        """Seconds for which there still is something, in whole steps; 0 where there is nothing."""
        left = self._until - time.monotonic()
        return 0 if self._undo is None or left <= 0 else int(-(-left // STEP) * STEP)

    @property
    def what(self) -> str:
        """What would be taken back, inert; empty where there is nothing."""
        return self._undo.what if self._undo is not None and self.left else ""

    def take(self) -> Undo | None:
        """The change, which is not offered any more."""
        undo = self._undo if self.left else None
        self._undo = None
        return undo
