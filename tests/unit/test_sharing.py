"""Work shared out among threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from mvfs.store.sharing import share_out


@pytest.mark.parametrize("threads", [0, 1, 7])
def test_every_piece_is_worked_on_once(threads: int) -> None:
    done: list[int] = []
    share_out(range(100), lambda: done.append, threads)
    assert sorted(done) == list(range(100))


def test_each_thread_has_a_worker_of_its_own() -> None:
    made: list[int] = []
    begun = threading.Barrier(3)

    def make() -> Callable[[int], None]:
        made.append(threading.get_ident())

        def work(_: int) -> None:
            begun.wait(5)

        return work

    share_out(range(3), make, 3)
    assert len(set(made)) == 3


def test_the_failure_of_the_earliest_piece_is_told() -> None:
    begun = threading.Barrier(4)

    def work(number: int) -> None:
        begun.wait(5)
        time.sleep(0.02 * (4 - number))  # the last one fails first
        raise ValueError(number)

    for _ in range(3):
        with pytest.raises(ValueError, match=r"^0$"):
            share_out(range(4), lambda: work, 4)


def test_nothing_is_begun_after_a_failure() -> None:
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        if number == 2:
            raise ValueError(number)

    with pytest.raises(ValueError, match="2"):
        share_out(range(1000), lambda: work, 1)
    assert begun == [0, 1, 2]


def test_an_interruption_is_told_before_any_failure() -> None:
    main = threading.get_ident()

    def work(number: int) -> None:
        if threading.get_ident() == main:
            raise KeyboardInterrupt
        time.sleep(0.01)
        raise ValueError(number)

    with pytest.raises(KeyboardInterrupt):
        share_out(range(50), lambda: work, 4)


def test_a_source_of_pieces_may_fail() -> None:
    def pieces():  # type: ignore[no-untyped-def]
        yield 1
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        share_out(pieces(), lambda: lambda _: None, 3)
