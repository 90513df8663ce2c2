"""Level 1, beside a far journal: tails must hold the entries that they name. Part of `copies`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from blake3 import blake3

from mvfs.errors import CorruptObject, MvfsError
from mvfs.store import tails
from mvfs.store.backend.base import Backend
from mvfs.store.tails import Tail

MOST = 64
"""Tails that are compared; writers keep two."""


@dataclass
class _Open:
    """A tail whose first entry was folded and whose last one was not."""

    tail: Tail
    hasher: blake3 = field(default_factory=blake3)


class TailCheck:
    """Compares tails with the entries, while these are folded one by one."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._waiting: list[Tail] = []
        self._open: list[_Open] = []

    def add(self, tail: Tail) -> bool:
        """Take note of a listed tail; False if there are too many."""
        if len(self._waiting) >= MOST:
            return False
        self._waiting.append(tail)
        return True

    def take(self, raw: bytes, seq: int) -> Iterator[tuple[str, str]]:
        """Take entry number ``seq`` - 1; yield the keys of tails that end with it and are wrong, and why."""
        for tail in [one for one in self._waiting if one.first == seq - 1]:
            self._waiting.remove(tail)
            self._open.append(_Open(tail))
        for one in list(self._open):
            one.hasher.update(raw)
            if one.tail.seq == seq:
                self._open.remove(one)
                if (why := self._wrong(one)) is not None:
                    yield one.tail.key, why

    def finish(self) -> Iterator[str]:
        """Yield the keys of tails that name entries which are not there."""
        yield from (tail.key for tail in self._waiting)
        yield from (one.tail.key for one in self._open)

    def _wrong(self, one: _Open) -> str | None:
        try:
            raws = tails.read(self._backend, one.tail)
        except CorruptObject as exc:
            return None if self._backend.head(one.tail.key) is None else exc.message
        except MvfsError as exc:
            return exc.message
        same = blake3(b"".join(raws)).digest() == one.hasher.digest()
        return None if same else "it has other entries"
