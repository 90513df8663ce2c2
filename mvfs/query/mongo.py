"""W&B's filters and orders of runs, in the style of MongoDB, as the same tree and keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mvfs.errors import InvalidInput
from mvfs.query import fields as kinds
from mvfs.query import literal
from mvfs.query.fields import RUNS
from mvfs.query.order import Key
from mvfs.query.pattern import Pattern
from mvfs.query.tree import MAX_DEPTH, And, Compare, Not, Or, check_size

if TYPE_CHECKING:
    from mvfs.query.fields import Field
    from mvfs.query.tree import Tree

_NAMES = {
    "name": "id", "displayName": "name", "display_name": "name", "jobType": "job_type",
    "createdAt": "created", "heartbeatAt": "ended", "heartbeat_at": "ended", "username": "user",
    "description": "note", "summary_metrics": "summary", "summaryMetrics": "summary",
}  # fmt: skip
"""W&B's names of fields that have another one here; its ``name`` is the id."""

_ORDERS = {"$eq": "=", "$ne": "!=", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}

_Place = tuple["Field", tuple[str, ...]]


def parse(filters: Mapping[str, Any]) -> Tree:
    """Return the tree of W&B's filters.

    Raises:
        InvalidInput: a field or an operator is unknown, or a value is none that the field can have.
    """
    return check_size(_all(filters, 0))


def order(text: str) -> list[Key]:
    """Return the keys of an order: ``+created_at``, ``-summary_metrics.loss``, ``config.lr.value``.

    Raises:
        InvalidInput: there is no such field.
    """
    field, path = _place(text.lstrip("+-"))
    if field.rows:
        raise InvalidInput(f"runs cannot be ordered by '{text}', of which each has many")
    return [Key(field, path, text.startswith("-"))]


def _all(filters: Any, depth: int) -> Tree:
    if not isinstance(filters, Mapping):
        raise InvalidInput(f"filters must be dicts, not {type(filters).__name__}")
    if depth > MAX_DEPTH:
        raise InvalidInput(f"filters can have at most {MAX_DEPTH} levels")
    return And(tuple(_entry(str(key), asked, depth + 1) for key, asked in filters.items()))


def _entry(key: str, asked: Any, depth: int) -> Tree:
    if key in ("$and", "$or", "$nor"):
        if not isinstance(asked, list | tuple):
            raise InvalidInput(f"{key} takes a list of dicts, not {type(asked).__name__}")
        items = tuple(_all(one, depth) for one in asked)
        return And(items) if key == "$and" else Or(items) if key == "$or" else Not(Or(items))
    if key == "$not":
        return Not(_all(asked, depth))
    if key.startswith("$"):
        raise InvalidInput(f"'{key}' is unknown; filters have $and, $or, $nor and $not")
    return _asked(_place(key), asked, depth)


def _place(key: str) -> _Place:
    """Return the field and key that W&B names; its config has a ``value`` below each key."""
    head, *path = key.split(".")
    field = RUNS.find(_NAMES.get(head, head))
    if field is None or (path and field.kind != kinds.VALUES):
        raise InvalidInput(f"runs have no field '{key}'; they have {RUNS.names()}", field=key)
    if field.kind == kinds.VALUES:
        if field.name == "config" and len(path) > 1 and path[-1] == "value":
            path.pop()
        if not (path and all(path)):
            raise InvalidInput(f"a key is missing: write '{head}.KEY'", field=key)
    return field, tuple(path)


def _asked(place: _Place, asked: Any, depth: int) -> Tree:
    """Return the tree of what is asked of one field: a value, or operators."""
    if not (isinstance(asked, Mapping) and any(str(key).startswith("$") for key in asked)):
        return _compared(place, "=", asked)
    if depth > MAX_DEPTH:
        raise InvalidInput(f"filters can have at most {MAX_DEPTH} levels")
    options = asked.get("$options", "")
    parts = [(str(key), value) for key, value in asked.items() if key != "$options"]
    tests = tuple(_operated(place, key, value, str(options), depth + 1) for key, value in parts)
    return tests[0] if len(tests) == 1 else And(tests)


def _operated(place: _Place, key: str, value: Any, options: str, depth: int) -> Tree:
    if key in _ORDERS:
        return _compared(place, _ORDERS[key], value)
    match key:
        case "$in" | "$nin" | "$all":
            if not isinstance(value, list | tuple | set | frozenset):
                raise InvalidInput(f"{key} takes a list, not {type(value).__name__}")
            if key == "$all":
                return And(tuple(_compared(place, "=", one) for one in value))
            found = literal.one_of(*place, [(_plain(place, one), False) for one in value])
            return found if key == "$in" else Not(found)
        case "$exists":
            return literal.has(*place) if value else Not(literal.has(*place))
        case "$not":
            return Not(_asked(place, value, depth))
        case "$regex":
            return _matched(place, f"(?i){value}" if "i" in options else str(value))
        case "$contains":
            field, path = place
            return _compared(place, "=", value) if field.rows else Compare(field, path, "~", str(value))
    raise InvalidInput(f"'{key}' is unknown; see docs/QUERIES.md for the operators there are")


def _compared(place: _Place, op: str, value: Any) -> Tree:
    return literal.compare(*place, op, _plain(place, value))


def _plain(place: _Place, value: Any) -> Any:
    """Numpy's values and moments as what they stand for; of a size or time, text is as good as in a query."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    if isinstance(value, Mapping | list | tuple):
        raise InvalidInput(f"'{place[0].name}' cannot be compared with a {type(value).__name__}")
    return value


def _matched(place: _Place, pattern: str) -> Tree:
    field, path = place
    if field.kind not in (kinds.TEXT, kinds.VALUES):
        raise InvalidInput(f"'{field.name}' is no text, so no pattern fits it")
    Pattern(pattern)
    return Compare(field, path, "~/", pattern)
