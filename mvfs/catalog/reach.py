"""Whether a far store answers; while it does not, reads are answered as of the last look at it."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from mvfs import units
from mvfs.errors import ErrorKind, Unavailable
from mvfs.index.index import Index

LONG = 2.0
"""Seconds that a face which asks for each name waits for one look."""


class Reach:
    """One store's. Methods may be called from several threads."""

    def __init__(self, location: str) -> None:
        self.location = location
        self.is_strict = False
        """Whether being out of reach is an error also for who only looks: for what is about to write."""
        self.patience = 0
        """Microseconds for which a look is not repeated: for a face that asks for each name."""
        self.reason: str | None = None
        """Why the store does not answer; None while it does."""
        self.since = 0
        """When that was first noticed, in microseconds since 1970."""
        self.known = 0
        """As of when what is shown was known, in microseconds since 1970: the oldest of it."""
        self.on_change: Callable[[Reach], None] | None = None
        """Called when the store is lost, and when it is back."""
        self._lock = threading.Lock()
        self._looks: dict[Index, _Look] = {}
        """Those under way, for a face that asks for each name."""

    @property
    def is_lost(self) -> bool:
        """Whether the store did not answer when it was asked last."""
        return self.reason is not None

    def refresh(self, index: Index, *, strict: bool = False) -> bool:
        """Bring an index up to date if its store answers; return whether anything was new.

        Raises:
            Unavailable: it does not, and the index knows nothing, or that was not asked for.
        """
        if self.is_strict or strict:
            with saying_unchanged():
                moved = index.refresh()
            self._find()
            return moved
        before = index.looked() if self.patience else None
        if before is not None and 0 <= time.time_ns() // 1000 - before.at < self.patience:
            return False
        try:
            moved = index.refresh() if before is None else self._look_for_a_moment(index)
        except Unavailable as exc:
            looked = index.looked() if is_out_of_reach(exc) else None
            if looked is None:
                raise
            self._lose(exc, looked.at)
            return False
        self._find()
        return moved

    def _look_for_a_moment(self, index: Index) -> bool:
        """Refresh an index that knows something; where that takes long, go on with what it knows."""
        with self._lock:
            look = self._looks.get(index)
            if look is None:
                look = self._looks[index] = _Look(index)
                look.start()
        try:
            return look.wait()
        finally:
            if look.is_over:
                with self._lock:
                    if self._looks.get(index) is look:
                        del self._looks[index]

    def say(self) -> str:
        """One line about a store that is out of reach."""
        known = f"{units.age(self.known)} ago"
        return f"{self.location} is out of reach ({self.reason}); showing what was known {known}"

    def _lose(self, exc: Unavailable, known: int) -> None:
        was_lost = self.is_lost
        self.known = min(self.known, known) if was_lost else known
        why = exc.message.rpartition(f"{self.location}: ")[2]
        self.reason = re.sub(r"\?[^\s\"']*", "", why)  # the query of a URL says nothing to people
        if not was_lost:
            self.since = time.time_ns() // 1000
            self._tell()

    def _find(self) -> None:
        if self.is_lost:
            self.reason = None
            self._tell()

    def _tell(self) -> None:
        if self.on_change is not None:
            self.on_change(self)


class _Look(threading.Thread):
    """One look at a journal, on which nobody waits for long: its server may have stopped to answer."""

    def __init__(self, index: Index) -> None:
        super().__init__(name="look", daemon=True)
        self._index = index
        self._done: Future[bool] = Future()
        self._is_late = False

    @property
    def is_over(self) -> bool:
        """Whether there is an answer."""
        return self._done.done()

    def run(self) -> None:
        """Look."""
        try:
            self._done.set_result(self._index.refresh(polling=True))
        except BaseException as exc:  # noqa: BLE001 - whoever waits gets it
            self._done.set_exception(exc)

    def wait(self) -> bool:
        """Return whether anything was new; False where there is no answer yet. Raises as the look did."""
        try:
            return self._done.result(0 if self._is_late else LONG)
        except TimeoutError:
            self._is_late = True
            return False


def is_out_of_reach(exc: BaseException) -> bool:
    """Whether an error says that a store does not answer now, and may later."""
    return isinstance(exc, Unavailable) and exc.kind == ErrorKind.UNAVAILABLE


@contextlib.contextmanager
def saying_unchanged() -> Iterator[None]:
    """Have the error of a store that is out of reach say that nothing was changed; so it must be."""
    try:
        yield
    except Unavailable as exc:
        if not is_out_of_reach(exc) or exc.fields.get("unchanged"):
            raise
        told = f"{exc.message}; nothing was changed: run it again when the store is in reach"
        raise Unavailable(told, **{**exc.fields, "unchanged": True}) from exc


def halfway(exc: Unavailable) -> Unavailable:
    """The error of a change of which some steps are done."""
    why = exc.__cause__ if isinstance(exc.__cause__, Unavailable) else exc  # what it was before it said more
    return Unavailable(f"{why.message}; part of it is done: run it again to go on", **why.fields)
