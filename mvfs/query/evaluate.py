"""A query answered in memory, for one run or version."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from mvfs.query import fields as kinds
from mvfs.query.pattern import contains, matches
from mvfs.query.scalar import Scalar, at, rank, scalar
from mvfs.query.tree import And, Compare, Not, Or

if TYPE_CHECKING:
    from mvfs.query.fields import Field, Subject
    from mvfs.query.tree import Tree

_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def holds(tree: Tree, subject: Subject) -> bool:
    """Whether a run or version passes a query. The same as SQL says (`mvfs.query.sql`)."""
    match tree:
        case And(items):
            return all(holds(item, subject) for item in items)
        case Or(items):
            return any(holds(item, subject) for item in items)
        case Not(item):
            return not holds(item, subject)
    return _passes(tree, subject)


def value(field: Field, path: tuple[str, ...], subject: Subject) -> Scalar:
    """Return a field's value as it is compared and sorted by; of many, all of them as text."""
    found = field.get(subject)
    if field.rows:
        return ", ".join(sorted(found)) or None
    return scalar(at(found, path) if field.kind == kinds.VALUES else found)


def _passes(test: Compare, subject: Subject) -> bool:
    if not test.field.rows:
        return _test(test, value(test.field, test.path, subject))
    found = list(test.field.get(subject))
    if test.op == "=" and test.value is None:
        return not found
    return any(_test(test, one) for one in found)


def _test(test: Compare, found: Scalar) -> bool:
    op, asked = test.op, test.value
    if op == "=" and asked is None:
        return found is None
    if found is None:
        return False
    if op == "has":
        return True
    if op in ("~", "~/"):
        return isinstance(found, str) and (contains if op == "~" else matches)(str(asked), found)
    if isinstance(asked, tuple):
        return any(_equal(found, scalar(one)) for one in asked)
    if op == "=":
        return _equal(found, scalar(asked))
    other: Any = scalar(asked)
    return rank(found) == rank(other) and bool(_ORDERS[op](found, other))


def _equal(one: Scalar, other: Scalar) -> bool:
    return rank(one) == rank(other) and one == other
