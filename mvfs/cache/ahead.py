"""Runs ahead of sequential readers of far objects: what they will ask for is on its way when they do.

Whoever reads an object in order, be it one large file or many small ones of a pack, finds the next blocks in
the cache. How far ahead grows with the run; memory is bounded by the number of workers.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable

log = logging.getLogger("mvfs.cache")

BLOCK = 4 << 20
"""Bytes that are fetched at once; blocks begin at multiples of it."""

_LEAST, _MOST = 8 << 20, 64 << 20
"""Bytes ahead of the reader: at the beginning of a run, and at most."""

_SLACK = 4 << 20
"""Bytes that a read may lie before or behind the end of a run and still belong to it: the kernel's reads
arrive out of order."""

_PATIENCE = 3
"""Reads in order after which more of the same is expected."""

_PAUSE = 5.0
"""Seconds without reading ahead of an object after that failed: whoever reads it meets the trouble."""

_IDLE = 10.0
"""Seconds without work after which a thread ends: a process may open many stores, one after the other."""

_OBJECTS = 256
_RUNS = 4
"""Objects that are remembered, and readers of each that are told apart."""

Fetch = Callable[[str, int, int], int | None]
"""Brings a range (key, offset, length) into the cache; returns how many bytes there are, None on failure."""

_Block = tuple[str, int]


class _Run:
    """A reader that goes through an object in order."""

    __slots__ = ("asked", "end", "reads", "window")

    def __init__(self, end: int) -> None:
        self.end = end
        self.reads = 1
        self.asked = 0
        """Offset up to which blocks were asked for."""
        self.window = _LEAST // 2

    def holds(self, offset: int) -> bool:
        """Whether a read from ``offset`` belongs to it."""
        return self.end - _SLACK <= offset <= max(self.end, self.asked) + _SLACK


class _Object:
    __slots__ = ("pause", "runs", "size")

    def __init__(self) -> None:
        self.runs: list[_Run] = []
        self.size: int | None = None
        """Bytes, once its end was seen."""
        self.pause = 0.0


class ReadAhead:
    """The readers of one process, and the threads that run ahead of them."""

    def __init__(self, fetch: Fetch, workers: int) -> None:
        self._fetch, self._workers = fetch, workers
        self._changed = threading.Condition()
        self._owner = 0
        self._alive = 0
        """Threads at work, or waiting for it."""
        self._objects: OrderedDict[str, _Object] = OrderedDict()
        self._jobs: deque[_Block] = deque()
        self._started: set[_Block] = set()

    def saw(self, key: str, offset: int, length: int) -> None:
        """Take note of a read; called for each one, so it does little."""
        with self._changed:
            found = self._object(key)
            run = _continued(found, offset, length)
            if run.reads < _PATIENCE or run.asked - run.end > run.window // 2:
                return
            if found.pause > time.monotonic():
                return
            run.window = min(run.window * 2, _MOST)
            start = max(run.asked, run.end) // BLOCK * BLOCK
            run.asked = run.end + run.window
            self._queue(key, range(start, min(run.asked, found.size or run.asked), BLOCK))

    def ask(self, key: str, offsets: Iterable[int]) -> None:
        """Have the blocks fetched in which these offsets lie."""
        with self._changed:
            self._queue(key, (at // BLOCK * BLOCK for at in offsets))

    def leave(self, key: str) -> None:
        """Forget the readers of an object, and what of it is not on its way yet."""
        with self._changed:
            self._objects.pop(key, None)
            self._jobs = deque(job for job in self._jobs if job[0] != key)
            self._changed.notify_all()

    def wait(self, key: str, offset: int, length: int) -> bool:
        """Wait until nothing of a range is on its way; return whether anything was."""
        blocks = [(key, at) for at in range(offset // BLOCK * BLOCK, offset + length, BLOCK)]
        with self._changed:
            if self._owner != os.getpid():
                return False
            was_on_way = False
            for block in blocks:
                if block in self._jobs:  # somebody needs it now
                    self._jobs.remove(block)
                    self._jobs.appendleft(block)
                while block in self._started or block in self._jobs:
                    was_on_way = True
                    self._changed.wait()
            return was_on_way

    def _queue(self, key: str, blocks: Iterable[int]) -> None:
        for at in blocks:
            if (key, at) not in self._started and (key, at) not in self._jobs:
                self._jobs.append((key, at))
        self._start_workers()
        self._changed.notify_all()

    def _object(self, key: str) -> _Object:
        found = self._objects.setdefault(key, _Object())
        self._objects.move_to_end(key)
        if len(self._objects) > _OBJECTS:
            self._objects.popitem(last=False)
        return found

    def _start_workers(self) -> None:
        if self._owner != os.getpid():  # threads do not survive a fork
            self._owner = os.getpid()
            self._started.clear()
            self._alive = 0
        while self._alive < self._workers:
            threading.Thread(target=self._work, name=f"ahead-{self._alive}", daemon=True).start()
            self._alive += 1

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: self._jobs, _IDLE):
                    self._alive -= 1
                    return
                block = self._jobs.popleft()
                self._started.add(block)
            count = None
            try:
                count = self._fetch(*block, BLOCK)
            except Exception:
                log.warning("cannot read ahead of %s", block[0], exc_info=True)
            finally:
                with self._changed:
                    self._started.discard(block)
                    self._settle(*block, count)
                    self._changed.notify_all()

    def _settle(self, key: str, at: int, count: int | None) -> None:
        found = self._objects.get(key)
        if found is None:
            return
        if count is None:
            found.pause = time.monotonic() + _PAUSE
            found.runs.clear()
            self._jobs = deque(job for job in self._jobs if job[0] != key)
        elif count < BLOCK:
            found.size = at + count if count else min(at, found.size or at)


def _continued(found: _Object, offset: int, length: int) -> _Run:
    """The run that a read continues, or a new one."""
    run = next((run for run in found.runs if run.holds(offset)), None)
    if run is None:
        run = _Run(offset + length)
        found.runs.append(run)
        del found.runs[:-_RUNS]
    else:
        run.end = max(run.end, offset + length)
        run.reads += 1
    return run
