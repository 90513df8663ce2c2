"""A writer's history: logged values, collected into steps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from mvfs.catalog.spool import Spool
from mvfs.sdk.segments import Segments
from mvfs.sdk.values import plain

Row = dict[str, Any]
Write = Callable[[int, list[Row]], None]
"""Stores one segment, given its number."""

_SIMPLE = frozenset({float, bool})


class History:
    """The points that one process logs. May be called from several threads."""

    def __init__(self, write: Write, step: int = 0, spool: Spool | None = None) -> None:
        self.step = step
        """The step of the next point."""
        self.dropped: int | None = None
        """The last step whose point was too long to be kept."""
        self._segments: Segments[Row] = Segments("history", write, dict, spool)
        self._open: Row = {}
        self._began = time.time_ns() // 1000
        self._lock = threading.Lock()

    def log(self, data: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> Row | None:
        """Add values to a step; return them as they are kept, or None where the step is over.

        Without ``step`` they belong to the next one, which ends with the call unless ``commit`` is false;
        with it, to that step, which stays open for more.
        """
        kept = {key: value if type(value) in _SIMPLE else plain(value) for key, value in data.items()}
        with self._lock:
            if step is not None and step != self.step:
                if step < self.step:
                    return None
                self._close_step()
                self.step = step
            if self._open:
                self._open.update(kept)
            else:
                self._open = dict(kept)
            if commit or (commit is None and step is None):
                self._close_step()
                self.step += 1
        return kept

    @property
    def is_waiting(self) -> bool:
        """Whether it is time to write."""
        return self._segments.is_waiting

    def flush(self) -> None:
        """Write the steps that are over; where that fails, they are kept."""
        self._segments.flush()

    def finish(self) -> None:
        """Write all there is, the open step included."""
        with self._lock:
            self._close_step()
        self.flush()

    def _close_step(self) -> None:
        row = self._open
        if not row:
            return
        now = time.time_ns() // 1000
        row["_step"] = self.step
        row["_timestamp"] = now / 1e6
        row["_runtime"] = (now - self._began) / 1e6
        self._open = {}
        if not self._segments.add(row, len(row)):
            self.dropped = self.step
