"""What went from one name to another: found by equal content, for files and tensors alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")


def moves(
    gone: Sequence[T],
    fresh: Sequence[T],
    content: Callable[[T], Hashable | None],
    path: Callable[[T], str],
    name: Callable[[T], str],
) -> dict[str, T]:
    """Return what each moved thing had been, by its new path.

    ``content`` is None for what never moves, since all of its like are equal. Of several with the same
    content, one that has kept its name goes first.
    """
    there: defaultdict[Hashable, list[T]] = defaultdict(list)
    for one in gone:
        what = content(one)
        if what is not None:
            there[what].append(one)
    found: dict[str, T] = {}
    for is_by_name in (True, False):
        for one in fresh:
            known = there.get(content(one))
            if not known or path(one) in found:
                continue
            at = next((i for i, other in enumerate(known) if name(other) == name(one)), None)
            if at is not None or not is_by_name:
                found[path(one)] = known.pop(at or 0)
    return found
