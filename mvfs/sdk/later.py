"""Artifacts that are logged while the training goes on: one after the other, in the order of the calls."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from mvfs.errors import WaitTimeoutError


class Pending:
    """What becomes of one call."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._error: BaseException | None = None
        self._is_told = False

    def wait(self, timeout: float | None = None) -> None:
        """Return when it is done; raises what went wrong.

        Raises:
            WaitTimeoutError: ``timeout`` seconds were not enough.
        """
        if not self._done.wait(timeout):
            raise WaitTimeoutError("Artifact upload wait timed out, failed to fetch Artifact response")
        if self._error is not None:
            self._is_told = True
            raise self._error

    @property
    def is_settled(self) -> bool:
        """Whether it is done, and there is nothing left to tell."""
        return self._done.is_set() and (self._error is None or self._is_told)

    def untold(self) -> BaseException | None:
        """Wait, and return an error that nobody was told."""
        self._done.wait()
        return None if self._is_told else self._error

    def do(self, work: Callable[[], None]) -> None:
        """Do it, and remember how it ended."""
        try:
            work()
        except BaseException as exc:  # noqa: BLE001 - raised where it is waited for
            self._error = exc
        self._done.set()


class Later:
    """A thread that does what is left to it; made when there is something to do."""

    def __init__(self) -> None:
        self._todo: queue.SimpleQueue[tuple[Pending, Callable[[], None]] | None] = queue.SimpleQueue()
        self._all: list[Pending] = []
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[], None]) -> Pending:
        """Have something done after all that was submitted before."""
        pending = Pending()
        self._all = [one for one in self._all if not one.is_settled]
        self._all.append(pending)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="mvfs-later", daemon=True)
            self._thread.start()
        self._todo.put((pending, work))
        return pending

    def wait(self) -> None:
        """Wait until all is done, whatever became of it."""
        for pending in list(self._all):
            pending.untold()

    def finish(self) -> BaseException | None:
        """Wait, end the thread, and return the first error that nobody was told."""
        errors = [error for pending in self._all if (error := pending.untold()) is not None]
        if self._thread is not None:
            self._todo.put(None)
            self._thread.join()
            self._thread = None
        self._all = []
        return errors[0] if errors else None

    def _work(self) -> None:
        while (one := self._todo.get()) is not None:
            pending, work = one
            pending.do(work)
