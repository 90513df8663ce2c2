"""Finds out whether a place can be a store: one create wins, later ones lose, readers see it at once."""

from __future__ import annotations

import os
import threading

from mvfs.errors import Unavailable
from mvfs.store.backend.base import Backend

_RACERS = 8


def probe(backend: Backend) -> None:
    """Race eight creates of one key, and look at what is there afterwards.

    Raises:
        Unavailable: the place lets two creates win, loses bytes, or does not list what it has.
    """
    key = f"probe/{os.urandom(8).hex()}"
    won: list[bytes] = []
    barrier = threading.Barrier(_RACERS)

    def race(number: int) -> None:
        body = f"racer {number}".encode()
        barrier.wait()
        if backend.create(key, body):
            won.append(body)

    racers = [threading.Thread(target=race, args=(number,)) for number in range(_RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    try:
        if len(won) != 1 or backend.get(key, 1024) != won[0]:
            raise Unavailable(
                f"{backend.location} cannot be a store: {len(won)} of {_RACERS} writers were told that they"
                " made the same file; use a file system with hard links"
            )
        if backend.create(key, b"late") or [info.key for info in backend.list("probe/")].count(key) != 1:
            raise Unavailable(f"{backend.location} cannot be a store: it overwrites or hides what is there")
    finally:
        backend.delete(key)
