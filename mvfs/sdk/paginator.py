"""Lists as W&B's `Api` gives them: read page by page, and gone on with from a cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

from mvfs.errors import InvalidInput

T = TypeVar("T")


class Paginator(Sequence[T], Generic[T]):
    """A sequence whose items are made when they are asked for, ``per_page`` at a time.

    Equal to a list of the same items. ``cursor`` says how far it was read; handed in as ``start``, the same
    question goes on from there.
    """

    def __init__(
        self, count: int, make: Callable[[int, int], list[T]], per_page: int = 50, start: str | None = None
    ) -> None:
        """Take how many items there are, and what makes those from one number up to another.

        Raises:
            InvalidInput: ``per_page`` is no positive number, or ``start`` no cursor.
        """
        if per_page < 1:
            raise InvalidInput(f"per_page is {per_page}; it must be at least 1")
        if start is not None and not (start.isascii() and start.isdigit()):
            raise InvalidInput(f"start={start!r} is no cursor; pass what .cursor gave")
        self._first = min(int(start or 0), count)
        self._count = count - self._first
        self._make, self._per_page = make, per_page
        self._items: list[T] = []

    @classmethod
    def of(cls, items: Sequence[T], per_page: int = 50, start: str | None = None) -> Paginator[T]:
        """Page through what there is already."""
        return cls(len(items), lambda begin, end: list(items[begin:end]), per_page, start)

    @property
    def more(self) -> bool:
        """Whether there are pages that were not read yet."""
        return len(self._items) < self._count

    @property
    def cursor(self) -> str | None:
        """Where the pages read so far end; None before the first one."""
        return str(self._first + len(self._items)) if self._items else None

    def _read(self, count: int) -> None:
        while len(self._items) < min(count, self._count):
            begin = self._first + len(self._items)
            self._items += self._make(begin, min(begin + self._per_page, self._first + self._count))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        for number in range(self._count):
            self._read(number + 1)
            yield self._items[number]

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        wanted = range(self._count)[index]
        self._read(max(wanted, default=-1) + 1 if isinstance(wanted, range) else wanted + 1)
        return [self._items[one] for one in wanted] if isinstance(wanted, range) else self._items[wanted]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list | Paginator):
            return NotImplemented
        return list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self._count} items>"
