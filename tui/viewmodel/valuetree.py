"""Nested values as the rows of a tree that folds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rich.cells import cell_len

from mvfs.text import line
from tui.viewmodel import values

_LONGEST_KEY = 200
_FEW = 8
"""Branches of no more children come unfolded."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One row: a key, and its value or what is in it."""

    path: tuple[str, ...]
    label: str
    """The key, inert."""
    shown: str
    """The value, or how much there is in a branch, inert."""
    value: Any
    open: bool | None = None
    """Whether a branch is unfolded; None for what is none."""
    wide: int = 0
    """Columns of the widest key among those beside it."""
    left: int = 0
    """So many children of the branch above are not shown: this row stands for them."""

    @property
    def depth(self) -> int:
        """How deep below the top it is."""
        return len(self.path) - 1


def is_branch(value: Any) -> bool:
    """Whether there is anything below a value."""
    return isinstance(value, Mapping | list | tuple) and len(value) > 0


def comes_open(path: tuple[str, ...], value: Any) -> bool:
    """Whether a branch comes unfolded: small maps near the top, and lists are folded."""
    return isinstance(value, Mapping) and len(path) <= 2 and len(value) <= _FEW


def leaves(
    value: Any,
    is_open: Callable[[tuple[str, ...], Any], bool],
    most: Callable[[tuple[str, ...]], int],
    path: tuple[str, ...] = (),
) -> Iterator[Leaf]:
    """Yield the rows of what is below ``value``; of each branch as many children as ``most`` allows."""
    limit = most(path)
    children = [(key, _label(key), item) for key, item in islice(_children(value), limit)]
    wide = max((cell_len(label) for _, label, _ in children), default=0)
    for key, label, item in children:
        here = (*path, key)
        if is_branch(item):
            unfolded = is_open(here, item)
            yield Leaf(here, label, "" if unfolded else summary(item), item, unfolded, wide)
            if unfolded:
                yield from leaves(item, is_open, most, here)
        else:
            yield Leaf(here, label, values.shown(item), item, wide=wide)
    if len(value) > limit:
        yield Leaf((*path, ""), "", f"… {len(value) - limit:,} more", None, left=len(value) - limit)


def _label(key: str) -> str:
    return line(key[:_LONGEST_KEY]) or '""'


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return ((str(key), item) for key, item in value.items())
    return ((str(number), item) for number, item in enumerate(value))


def summary(value: Any) -> str:
    """What is in a branch, in a few words: short lists of numbers and words as they are."""
    if isinstance(value, Mapping):
        return f"{{{len(value):,} key{'s' * (len(value) != 1)}}}"
    if len(value) <= 6 and not any(is_branch(item) for item in value):
        written = ", ".join(values.shown(item) for item in value)
        if len(written) <= 60:
            return f"[{written}]"
    return f"[{len(value):,} item{'s' * (len(value) != 1)}]"
