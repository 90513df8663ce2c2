"""What the processes of a soak of the mount know of each other, in memory that all of them share."""

from __future__ import annotations

import mmap

from tests.soak.truth import NAMES

_MOST = 10_000
"""Versions of a name; readers."""

_HEAD = 8
_STOP, _READY, _MOUNT = range(3)


class Board:
    """Made before any process is; each number on it is written by one of them."""

    def __init__(self) -> None:
        self._numbers = memoryview(mmap.mmap(-1, 8 * (_HEAD + (len(NAMES) + 3) * _MOST))).cast("Q")

    def stop(self) -> None:
        """Ask all to end."""
        self._numbers[_STOP] = 1

    @property
    def is_over(self) -> bool:
        """Whether they are asked to."""
        return bool(self._numbers[_STOP])

    def ready(self) -> None:
        """There is something to read."""
        self._numbers[_READY] = 1

    @property
    def is_ready(self) -> bool:
        """Whether there is."""
        return bool(self._numbers[_READY])

    def lose(self) -> None:
        """The mount's process is about to be killed."""
        self._numbers[_MOUNT] += 1

    def find(self) -> None:
        """It is mounted again."""
        self._numbers[_MOUNT] += 1

    @property
    def mount(self) -> int:
        """How often it was lost and found: odd while it is lost."""
        return self._numbers[_MOUNT]

    def was_lost_since(self, before: int) -> bool:
        """Whether the mount was lost at some time since `mount` was ``before``."""
        return before % 2 == 1 or self.mount != before

    def set_live(self, name: str, number: int, is_live: bool) -> None:
        """A version was logged; or it is about to be deleted."""
        self._numbers[self._version(name, number)] = is_live

    def is_live(self, name: str, number: int) -> bool:
        """Whether a version can be read, whatever happens."""
        return bool(self._numbers[self._version(name, number)])

    def live(self, name: str) -> list[int]:
        """The numbers of all live versions."""
        start = self._version(name, 0)
        return [number for number, live in enumerate(self._numbers[start : start + _MOST]) if live]

    def touch(self, reader: int, name: str, number: int) -> None:
        """A reader is about to touch memory that is mapped from a version."""
        self._numbers[self._reader(reader) + 1] = NAMES.index(name) * _MOST + number
        self._numbers[self._reader(reader) + 2] = self.mount

    def touched(self, reader: int) -> tuple[str, int, int]:
        """Name and number of what it touched last, and what `mount` was before."""
        name, number = divmod(self._numbers[self._reader(reader) + 1], _MOST)
        return NAMES[name], number, self._numbers[self._reader(reader) + 2]

    def beat(self, reader: int) -> None:
        """A reader has done one more thing."""
        self._numbers[self._reader(reader)] += 1

    def beats(self, reader: int) -> int:
        """How many it has done."""
        return self._numbers[self._reader(reader)]

    def _version(self, name: str, number: int) -> int:
        assert number < _MOST
        return _HEAD + NAMES.index(name) * _MOST + number

    def _reader(self, reader: int) -> int:
        return _HEAD + len(NAMES) * _MOST + 3 * reader
