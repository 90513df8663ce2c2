"""Shares work out among threads: each takes the next piece until there is none, or one of them fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


def share_out(pieces: Iterable[T], make_worker: Callable[[], Callable[[T], None]], threads: int) -> None:
    """Have every piece worked on; ``make_worker`` is called once in each thread, for its own buffers.

    The calling thread works, too. After a failure no more pieces are begun, and it is raised when all
    threads have ended.
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
        self._pieces, self._make_worker = pieces, make_worker
        self._lock = threading.Lock()
        self.failure: BaseException | None = None

    def work(self) -> None:
        """Take pieces until there are no more."""
        try:
            worker: Callable[[T], None] | None = None
            for piece in iter(self._next, None):
                worker = worker or self._make_worker()
                worker(piece[0])
        except BaseException as exc:  # noqa: BLE001 - handed to the caller's thread
            with self._lock:
                self.failure = self.failure or exc

    def _next(self) -> tuple[T] | None:
        with self._lock:
            if self.failure is not None:
                return None
            for piece in self._pieces:
                return (piece,)
            return None
