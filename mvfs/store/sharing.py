"""Shares work out among threads: each takes the next piece until there is none, or one of them fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


def share_out(pieces: Iterable[T], make_worker: Callable[[], Callable[[T], None]], threads: int) -> None:
    """Have every piece worked on; ``make_worker`` is called once in each thread, for its own buffers.

    The calling thread works, too. After a failure no more pieces are begun; when all threads have ended, the
    failure of the earliest piece is raised, whichever came first.
    """
    sharing = _Sharing(iter(pieces), make_worker)
    helpers = [threading.Thread(target=sharing.work, daemon=True) for _ in range(threads - 1)]
    for helper in helpers:
        helper.start()
    sharing.work()
    for helper in helpers:
        helper.join()
    if sharing.failure is not None:
        raise sharing.failure


class _Sharing(Generic[T]):
    def __init__(self, pieces: Iterator[T], make_worker: Callable[[], Callable[[T], None]]) -> None:
        self._pieces, self._make_worker = enumerate(pieces), make_worker
        self._lock = threading.Lock()
        self._failed = -1
        self.failure: BaseException | None = None

    def work(self) -> None:
        """Take pieces until there are no more."""
        number = -1  # before the first piece, and for what interrupts us
        try:
            worker: Callable[[T], None] | None = None
            while (taken := self._next()) is not None:
                worker = worker or self._make_worker()
                number, piece = taken
                worker(piece)
        except BaseException as exc:  # noqa: BLE001 - handed to the caller's thread
            self._fail(number if isinstance(exc, Exception) else -1, exc)

    def _fail(self, number: int, exc: BaseException) -> None:
        with self._lock:
            if self.failure is None or number < self._failed:
                self.failure, self._failed = exc, number

    def _next(self) -> tuple[int, T] | None:
        with self._lock:
            return next(self._pieces, None) if self.failure is None else None
