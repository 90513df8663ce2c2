"""Finds out whether a place can be a store: one create wins, later ones lose, readers see it at once."""

from __future__ import annotations

import contextlib
import os
import threading

import msgspec

from mvfs.errors import MvfsError, NoPermission, Unavailable
from mvfs.store.backend.base import Backend

CREATE_ONCE = "create-once"
"""Of several creates of one key one wins, and later ones change nothing."""

READ_AFTER_WRITE = "read-after-write"
LIST_AFTER_WRITE = "list-after-write"

_RACERS = 8
_LARGE = b"x" * 100_000
_MOST = len(_LARGE) + 1


class Probed(msgspec.Struct, frozen=True):
    """What a place was seen to do."""

    capabilities: list[str]
    """Names of what works, as ``store.mp`` keeps them."""
    doubt: str | None
    """Why no more than one may write; None where many may."""


def probe(backend: Backend) -> Probed:
    """Look at what a place does, and demand that many can write to it.

    Raises:
        Unavailable: the place cannot be a store, or only for one writer.
    """
    found = look(backend)
    if found.doubt is not None:
        raise Unavailable(
            f"{backend.location} cannot be a store for several writers: {found.doubt};"
            " use another place, or 'mvfs init --single-writer' if only one process will ever write at a time"
        )
    return found


def look(backend: Backend) -> Probed:
    """Race eight creates of one key, and look at what is there afterwards.

    Raises:
        Unavailable: not even one writer can rely on the place: it loses bytes, or does not list what it has.
        NoPermission: the credentials do not suffice to find out.
    """
    key = f"probe/{os.urandom(8).hex()}"
    beside = f"{key}.empty"
    try:
        doubt = _race(backend, key) or _latecomers(backend, key, beside)
        works = [] if doubt else [CREATE_ONCE]
        _written(backend, f"{key}.put")
        return Probed([*works, LIST_AFTER_WRITE, READ_AFTER_WRITE], doubt)
    finally:
        for each in (key, beside, f"{key}.put"):
            with contextlib.suppress(NoPermission):  # who may only add leaves a few bytes behind
                backend.delete(each)


def _race(backend: Backend, key: str) -> str | None:
    """Let several create one key; return what is wrong with the outcome.

    Raises:
        MvfsError: none could, for a reason that says nothing about conditional writes.
    """
    won: list[bytes] = []
    trouble: list[MvfsError] = []
    bodies = [f"racer {number}".encode() for number in range(_RACERS)]
    barrier = threading.Barrier(_RACERS)

    def race(body: bytes) -> None:
        barrier.wait()
        try:
            if backend.create(key, body):
                won.append(body)
        except MvfsError as exc:
            trouble.append(exc)

    racers = [threading.Thread(target=race, args=(body,)) for body in bodies]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    there = backend.get(key, _MOST)
    if len(won) > 1:
        return f"{len(won)} of {_RACERS} writers were told that they made the same object"
    if there is None and trouble:
        return _unknown(backend, key, trouble[0])
    if won and there != won[0]:
        return "it took back what a writer was told is written"
    if there not in bodies:
        raise Unavailable(f"{backend.location} cannot be a store: it loses what was written a moment ago")
    return None


def _unknown(backend: Backend, key: str, trouble: MvfsError) -> str:
    """Why no create worked: conditional ones are not known here, if an ordinary write is.

    Raises:
        MvfsError: that is not it.
    """
    if trouble.kind not in ("unavailable", "no_permission"):  # a file system without links says the latter
        raise trouble
    try:
        backend.put(key, b"written without a condition")
    except MvfsError:
        raise trouble from None
    return f"it refuses conditional writes ({trouble.message.rpartition(': ')[2]})"


def _latecomers(backend: Backend, key: str, empty: str) -> str | None:
    """Create what is there: some servers forget the condition for an empty body, or for an empty object."""
    before = backend.get(key, _MOST)
    for body in (b"late", b"", _LARGE):
        if backend.create(key, body) or backend.get(key, _MOST) != before:
            return f"it overwrote an object with {len(body):,} bytes that were only for where there is none"
    backend.create(empty, b"")
    if backend.create(empty, b"late") or backend.get(empty, _MOST) != b"":
        return "it takes an empty object for none"
    return None


def _written(backend: Backend, key: str) -> None:
    """Look for an object right after it was written, in every way.

    Raises:
        Unavailable: it is not to be seen.
    """
    backend.put(key, _LARGE)
    info = backend.head(key)
    if backend.get(key, _MOST) != _LARGE or info is None or info.size != len(_LARGE):
        raise Unavailable(f"{backend.location} cannot be a store: it does not show what was just written")
    if [info.key for info in backend.list(key)] != [key]:
        raise Unavailable(f"{backend.location} cannot be a store: it does not list what was just written")
