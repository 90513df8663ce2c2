"""A progress line on standard error, for what takes longer than a second."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType

from mvfs import text, units

_PATIENCE = 1.0
"""Seconds before anything is shown."""

_PERIOD = 0.1
_BAR = 24


class Progress:
    """Call it with the bytes that were done; shows nothing unless standard error is a terminal."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = text.line(what), max(total, 1)
        self._done = 0
        self._start = self._shown = time.monotonic()
        self._visible = False
        self._lock = threading.Lock()
        self._active = sys.stderr.isatty()

    def __call__(self, count: int) -> None:
        with self._lock:
            self._done += count
            now = time.monotonic()
            if self._active and now - self._start > _PATIENCE and now - self._shown > _PERIOD:
                self._shown = now
                self._draw(now)

    def _draw(self, now: float) -> None:
        self._visible = True
        part = min(self._done / self._total, 1.0)
        bar = "━" * int(part * _BAR)
        rate = units.size(int(self._done / (now - self._start)))
        sys.stderr.write(f"\r\x1b[K{self._what} {bar:<{_BAR}} {part:4.0%}  {rate}/s")
        sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._visible:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
