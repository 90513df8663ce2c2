"""The tree that a query is, however it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mvfs.errors import InvalidInput

if TYPE_CHECKING:
    from mvfs.query.fields import Field

MAX_TESTS = 500
"""Tests in one query; SQLite takes expressions of a thousand levels."""
MAX_DEPTH = 50
"""Levels of parentheses."""

Plain = None | bool | int | float | str
"""What a value is compared with. Times and spans are microseconds, sizes bytes."""


class And(NamedTuple):
    """All of the items hold; true of none."""

    items: tuple[Tree, ...]


class Or(NamedTuple):
    """One of the items holds; false of none."""

    items: tuple[Tree, ...]


class Not(NamedTuple):
    """The item does not hold."""

    item: Tree


class Compare(NamedTuple):
    """One comparison. It is true or false, never unknown: what is missing passes only ``= null``."""

    field: Field
    path: tuple[str, ...]
    """Key in the field's values, part by part; empty for plain fields."""
    op: str
    """``= < <= > >=``, ``in``, ``has``, ``~`` (a part of the text in any case), ``~/`` (a pattern)."""
    value: Plain | tuple[Plain, ...]


Tree = And | Or | Not | Compare

EVERYTHING = And(())
"""The query that all pass."""


def check_size(tree: Tree) -> Tree:
    """Return the tree if it is of a size that can be answered.

    Raises:
        InvalidInput: it has too many tests, or levels.
    """
    level: list[Tree] = [tree]
    tests = depth = 0
    while level:
        depth += 1
        tests += sum(isinstance(one, Compare) for one in level)
        level = [item for one in level for item in _below(one)]
    if tests > MAX_TESTS or depth > 4 * MAX_DEPTH:
        raise InvalidInput(f"a query can have at most {MAX_TESTS} comparisons and {MAX_DEPTH} levels")
    return tree


def _below(tree: Tree) -> tuple[Tree, ...]:
    if isinstance(tree, Compare):
        return ()
    return (tree.item,) if isinstance(tree, Not) else tree.items
