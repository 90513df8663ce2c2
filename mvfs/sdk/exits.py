"""The end of the process: runs that are still going on are finished then, as failed after a crash."""

from __future__ import annotations

import atexit
import os
import sys
from types import TracebackType
from typing import NoReturn, Protocol


class Finishes(Protocol):
    """A run, as far as its end goes."""

    def finish(self, exit_code: int | None = None) -> None:
        """End it."""


class _Watch:
    """The unfinished runs of this process, and how the script ended."""

    def __init__(self) -> None:
        self.runs: list[Finishes] = []
        self.failed = False
        self.code = 0
        self.exception: str | None = None
        self._owner = 0
        self._before = sys.excepthook
        self._exit = sys.exit

    def begin(self) -> None:
        if self._owner != os.getpid():  # a forked child has runs of its own only
            self.runs, self.failed, self.code, self.exception = [], False, 0, None
            if self._owner == 0:
                atexit.register(self.end)
            self._owner = os.getpid()
            self._watch_child()
        if sys.exit != self.exit:
            self._exit, sys.exit = sys.exit, self.exit
        if sys.excepthook != self.hook:
            self._before, sys.excepthook = sys.excepthook, self.hook

    def _watch_child(self) -> None:
        """The children of multiprocessing end without what `atexit` knows, and tell no hook of exceptions."""
        processes = sys.modules.get("multiprocessing.process")
        if processes is not None and processes.parent_process() is not None:
            from multiprocessing.util import Finalize

            Finalize(None, self._end_child, exitpriority=0)

    def _end_child(self) -> None:
        exc = sys.exc_info()[1]  # the one that is just ending the child
        if exc is not None and not isinstance(exc, SystemExit):
            self.failed, self.exception = True, name_of(type(exc))
        self.end()

    def exit(self, status: object = None) -> NoReturn:
        """What `sys.exit` is asked for, which no hook is told."""
        self.code = status if isinstance(status, int) else int(status is not None)
        self._exit(status)  # type: ignore[arg-type]
        raise SystemExit(status)  # for type checkers

    def hook(self, kind: type[BaseException], exc: BaseException, trace: TracebackType | None) -> None:
        self.failed = True
        self.exception = name_of(kind)
        before, self._before = self._before, sys.__excepthook__  # a hook set later may call this one again
        try:
            before(kind, exc, trace)
        finally:
            self._before = before

    def end(self) -> None:
        if self._owner == os.getpid():
            for run in list(self.runs):
                run.finish(1 if self.failed else self.code)


def name_of(kind: type[BaseException]) -> str:
    """The name of an exception's type; its text may hold secrets."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


_watch = _Watch()


def exception() -> str | None:
    """The type of the exception that ended the script, or a run's context."""
    return _watch.exception


def note_exception(kind: type[BaseException] | None) -> None:
    """A run's context ends by an exception, or does not."""
    _watch.exception = None if kind is None else name_of(kind)


def watch(run: Finishes) -> None:
    """Finish ``run`` when the process ends, if nobody did before."""
    _watch.begin()
    _watch.runs.append(run)


def forget(run: Finishes) -> None:
    """The run is finished."""
    if run in _watch.runs:
        _watch.runs.remove(run)
