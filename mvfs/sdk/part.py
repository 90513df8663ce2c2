"""What one process adds to a run: logged points and printed lines, under a writer's name of its own."""

from __future__ import annotations

import logging
import multiprocessing.util
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from mvfs.catalog import run_objects
from mvfs.catalog.liveness import BEAT_SECONDS
from mvfs.catalog.run_objects import Line
from mvfs.errors import MvfsError
from mvfs.sdk.console import Console
from mvfs.sdk.history import History
from mvfs.sdk.pulse import Pulse
from mvfs.sdk.recorder import Changes, Recorder
from mvfs.sdk.secrets import Masker
from mvfs.sdk.segments import Segments
from mvfs.sdk.surroundings import Surroundings

_log = logging.getLogger("mvfs")


class Part:
    """The process that began a run, or one that was forked from it."""

    def __init__(self, recorder: Recorder, step: int, chores: Callable[[], None] | None = None) -> None:
        """Begin; ``chores`` are done every now and then beside our own."""
        self.recorder = recorder
        self.history = History(recorder.write_history, step, recorder.spool)
        self.owner = os.getpid()
        self._chores = chores
        self._lines: Segments[Line] = Segments(
            run_objects.PRINTED, recorder.write_lines, lambda raw: msgspec.convert(raw, Line), recorder.spool
        )
        self._console: Console | None = None
        self._surroundings: Surroundings | None = None
        self._sign_at = time.monotonic() + BEAT_SECONDS
        self._preempting = self._told = False
        self._pulse = None if recorder.disabled else Pulse(self._beat)

    def look_around(self, masker: Masker, *, console: bool) -> None:
        """Record what is around the process, and with ``console`` what it prints."""
        if self.recorder.disabled:
            return
        if console:
            self._console = Console(self._lines.add, masker.text)
            self._console.start()
        self._surroundings = Surroundings(
            masker.text, lambda found: self.recorder.write_record(run_objects.SURROUNDINGS, found)
        )

    def tell(self, line: Line) -> None:
        """Keep a line that was not printed."""
        self._lines.add(line)

    def wake(self) -> None:
        """Write soon: a segment is full."""
        if self._pulse is None:
            self.flush()
        else:
            self._pulse.wake()

    def flush(self) -> None:
        """Write what was logged and printed."""
        self.history.flush()
        self._lines.flush()

    def mark_preempting(self) -> None:
        """Say that the machine will be taken away."""
        self._preempting = True
        self.recorder.sign(preempting=True)

    def stop(self) -> None:
        """Watch and write nothing any more but what `finish` does."""
        if self._pulse is not None:
            self._pulse.stop()
        if self._console is not None:
            self._console.stop()
        if self._surroundings is not None:
            self._surroundings.wait()

    def finish(self) -> None:
        """Write all there is."""
        self.history.finish()
        self._lines.flush()

    def _beat(self) -> None:
        if self._chores is not None and time.monotonic() >= self._sign_at:
            self.recorder.sign(preempting=self._preempting)
            self._sign_at = time.monotonic() + BEAT_SECONDS
        spool = self.recorder.spool
        if spool is not None and spool.trouble is not None and not self._told:
            self._told = True
            _log.warning(
                "mvfs: what the run logs is not noted in %s any more: %s", spool.folder, spool.trouble
            )
        self.flush()
        if self._chores is not None:
            self._chores()


class ForkedPart(Part):
    """What a forked child adds, until it ends; its spool has what the store has not."""

    def __init__(self, parent: Part) -> None:
        super().__init__(parent.recorder.in_child(), parent.history.step)
        self.summary: dict[str, Any] = {}
        # Not atexit: that of a child which multiprocessing made does not run.
        multiprocessing.util.Finalize(None, self.end, exitpriority=100)

    def absorb(self, values: Mapping[str, Any]) -> None:
        """Take logged values into what the child adds to the summary."""
        self.summary.update(values)

    def end(self) -> None:
        """Record what the child added."""
        if os.getpid() != self.owner:
            return
        self.stop()
        try:
            self.finish()
            self.recorder.finish(Changes(summary=self.summary), None, {"forked": True})
        except MvfsError as exc:
            _log.warning("mvfs: what a forked child logged is not in the store yet: %s", exc)
