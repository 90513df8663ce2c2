"""What `Api` returns of long lists: known by their keys, loaded a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

from mvfs.errors import InvalidInput

T = TypeVar("T")


class Pages(Sequence[T], Generic[T]):
    """A sequence: has a length, takes indices and slices, and can be gone through as often as wanted.

    Equal to a list of the same items. ``cursor`` says how far it was read; handed in as ``start``, the same
    question goes on from there.
    """

    def __init__(
        self,
        keys: Sequence[Any],
        load: Callable[[Sequence[Any]], list[T]],
        per_page: int = 50,
        start: str | None = None,
    ) -> None:
        """Hold what is listed.

        Args:
            keys: one for each item.
            load: returns the items of some keys, in their order; without those that went away since.
            per_page: how many are loaded at once.
            start: the cursor of an earlier list; what that had read is left out.

        Raises:
            InvalidInput: ``per_page`` is less than 1, or ``start`` no cursor.
        """
        if per_page < 1:
            raise InvalidInput(f"per_page must be 1 or more, not {per_page}")
        if start is not None and not (start.isascii() and start.isdigit()):
            raise InvalidInput(f"start={start!r} is no cursor; pass what .cursor gave")
        self._first = min(int(start or 0), len(keys))
        self._keys = keys[self._first :]
        self._load = load
        self._per_page = per_page
        self._pages: dict[int, list[T]] = {}
        self._next = 0

    @classmethod
    def of(cls, items: Sequence[T], per_page: int = 50, start: str | None = None) -> Pages[T]:
        """Page through what there is already."""
        return cls(items, list, per_page, start)

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self._item(one) for one in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)}, so no number {index}")
        return self._item(index % len(self))

    def __iter__(self) -> Iterator[T]:
        for page in range(-(-len(self) // self._per_page)):
            yield from self._page(page)

    def __next__(self) -> T:
        """Return the next item, as W&B's lists do; this has nothing to do with ``for``."""
        if self._next >= len(self):
            raise StopIteration
        self._next += 1
        return self._item(self._next - 1)

    next = __next__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list | Pages):
            return NotImplemented
        return list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def length(self) -> int:
        """How many there are."""
        return len(self)

    @property
    def more(self) -> bool:
        """Whether there are pages that were not loaded yet."""
        return len(self._pages) * self._per_page < len(self)

    @property
    def cursor(self) -> str | None:
        """Where the last of the pages loaded so far ends; None before the first one."""
        if not self._pages:
            return None
        return str(self._first + min((max(self._pages) + 1) * self._per_page, len(self)))

    def _item(self, index: int) -> T:
        page, place = divmod(index, self._per_page)
        items = self._page(page)
        if place >= len(items):
            raise IndexError(f"number {index} went away since the list was made")
        return items[place]

    def _page(self, page: int) -> list[T]:
        if page not in self._pages:
            keys = self._keys[page * self._per_page : (page + 1) * self._per_page]
            self._pages[page] = self._load(keys)
        return self._pages[page]

    def __repr__(self) -> str:
        return f"<{len(self)} items>"
