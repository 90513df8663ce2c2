"""Waits for what may never come back: a file system whose process hangs, a server that says nothing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class _Failure:
    def __init__(self, exc: BaseException) -> None:
        self.exc = exc


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what ``work`` returns, or raise what it raises, if it does so in time.

    It runs in a thread of its own, which is left behind where it does not: the end of the process ends it.

    Raises:
        TimeoutError: it did not.
    """
    done: queue.SimpleQueue[T | _Failure] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put(work())
        except BaseException as exc:  # noqa: BLE001 - raised again by who waits
            done.put(_Failure(exc))

    thread = threading.Thread(target=run, name="within", daemon=True)
    thread.start()
    try:
        outcome = done.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    thread.join()  # it has nothing more to do, and whoever forks now should be alone
    if isinstance(outcome, _Failure):
        raise outcome.exc
    return outcome
