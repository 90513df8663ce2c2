"""A run's history: logged points, collected into steps, buffered, and written in segments."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec

from mvfs.sdk.values import plain

SEGMENT_VALUES = 50_000
"""Values after which the buffer is written, so that a segment is some hundred kilobytes."""

SEGMENT_BYTES = 1 << 20
"""Longest segment: up to here readers take any degree of compression."""

_log = logging.getLogger("mvfs")

Row = dict[str, Any]
Write = Callable[[int, list[Row]], None]
"""Stores one segment, given its number."""

_SIMPLE = frozenset({float, bool})


class History:
    """The points of one run. A crash loses what is in the buffer, never what was written.

    May be called from several threads.
    """

    def __init__(self, write: Write, segment: int = 0, step: int = 0) -> None:
        self.step = step
        """The step of the next point."""
        self._write = write
        self._segment = segment
        self._open: Row = {}
        self._rows: list[Row] = []
        self._values = 0
        self._began = time.time()
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def log(self, data: Row, step: int | None = None, commit: bool | None = None) -> Row | None:
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
            self._open.update(kept)
            if commit or (commit is None and step is None):
                self._close_step()
                self.step += 1
        return kept

    @property
    def is_full(self) -> bool:
        """Whether it is time to write the buffer."""
        return self._values >= SEGMENT_VALUES

    def finish(self) -> None:
        """Write all there is, the open step included."""
        with self._lock:
            self._close_step()
        self.flush()

    def flush(self) -> None:
        """Write the buffered steps; where that fails, they stay in the buffer."""
        with self._writing:
            with self._lock:
                rows, self._rows = self._rows, []
                self._values = 0
            while rows:
                count = _fitting(rows)
                try:
                    if count:
                        self._write(self._segment, rows[:count])
                        self._segment += 1
                except BaseException:
                    with self._lock:
                        self._rows = rows + self._rows
                    raise
                rows = rows[max(count, 1) :]

    def _close_step(self) -> None:
        row = self._open
        if row:
            now = time.time()
            row["_step"] = self.step
            row["_timestamp"] = now
            row["_runtime"] = now - self._began
            self._values += len(row)
            self._rows.append(row)
            self._open = {}


def _fitting(rows: list[Row]) -> int:
    """How many of the rows make a segment; 0 where the first one alone is too long, which is told."""
    count = len(rows)
    while len(msgspec.msgpack.encode(rows[:count])) > SEGMENT_BYTES:
        count //= 2
        if count == 0:
            _log.warning(
                "mvfs: the point of step %s is longer than %d bytes and was dropped; put such values into"
                " a file of an artifact",
                rows[0]["_step"],
                SEGMENT_BYTES,
            )
            break
    return count
