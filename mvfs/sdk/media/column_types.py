"""The types of a table's columns: inferred from the values, and written as W&B writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mvfs.errors import InvalidInput

_LABELS = {
    "none": "None", "number": "Number", "string": "String", "boolean": "Boolean", "timestamp": "Timestamp",
    "unknown": "Unknown", "any": "Any", "invalid": "Invalid",
}  # fmt: skip
_OF = {
    int: "number", float: "number", complex: "number", str: "string", bool: "boolean", list: "list",
    tuple: "list", set: "list", dict: "typedDict",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is."""

    name: str
    """W&B's word, such as ``number``."""
    element: Kind | None = None
    """Of a list."""
    length: int = 0
    """Of a list."""
    items: tuple[tuple[str, Kind], ...] = ()
    """Of a map, by key."""

    def __str__(self) -> str:
        if self.name == "list":
            return f"{self.element}[]"
        if self.name == "typedDict":
            return str({key: _Bare(str(kind)) for key, kind in self.items})
        return _LABELS[self.name]

    def to_json(self) -> dict[str, Any]:
        """Return W&B's form."""
        found: dict[str, Any] = {"wb_type": self.name}
        if self.element is not None:
            found["params"] = {"element_type": self.element.to_json(), "length": self.length}
        elif self.items:
            found["params"] = {"type_map": {key: kind.to_json() for key, kind in self.items}}
        return found


class _Bare(str):
    """Text that shows without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


NONE, UNKNOWN, ANY, INVALID = Kind("none"), Kind("unknown"), Kind("any"), Kind("invalid")


@dataclass(frozen=True, slots=True)
class Column:
    """What the values of a column must be."""

    kind: Kind = UNKNOWN
    optional: bool = True

    def __str__(self) -> str:
        if not self.optional:
            return str(self.kind)
        return " or ".join(sorted([str(NONE), str(self.kind)]))

    def with_value(self, value: Any) -> Column | None:
        """Return the column once it holds ``value``, too; None where it cannot."""
        kind = kind_of(value)
        if kind == NONE:
            return self if self.optional or self.kind in (ANY, NONE) else None
        merged = _merged(self.kind, kind)
        return None if merged is None else replace(self, kind=merged)

    def to_json(self) -> dict[str, Any]:
        """Return W&B's form."""
        if not self.optional:
            return self.kind.to_json()
        both = sorted((NONE, self.kind), key=str)
        return {"wb_type": "union", "params": {"allowed_types": [kind.to_json() for kind in both]}}


def kind_of(value: Any) -> Kind:
    """Return what a value is; numpy's and torch's are what their Python values are."""
    value = as_python(value)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NONE
    if isinstance(value, date):
        return Kind("timestamp")
    name = next((_OF[kind] for kind in type(value).__mro__ if kind in _OF), None)
    if isinstance(value, Mapping):
        return Kind("typedDict", items=tuple((str(key), kind_of(one)) for key, one in sorted(value.items())))
    if name == "list":
        return Kind("list", _element(list(value)), len(value))
    return Kind(name) if name else Kind("any")


def _element(values: list[Any]) -> Kind:
    found = UNKNOWN
    for value in values:
        merged = _merged(found, kind_of(value))
        if merged is None:
            return INVALID
        found = merged
    return found


def _merged(known: Kind, new: Kind) -> Kind | None:
    """The kind of values of both kinds; None where one column cannot have them."""
    if known in (ANY, new) or new == UNKNOWN:
        return known
    if known == UNKNOWN:
        return new
    if known.name != new.name:
        return None
    if known.element is not None and new.element is not None:
        element = _merged(known.element, new.element)
        return None if element is None else replace(new, element=element)
    before, after = dict(known.items), dict(new.items)
    if before.keys() != after.keys():
        return None
    both = {key: _merged(kind, after[key]) for key, kind in before.items()}
    if any(kind is None for kind in both.values()):
        return None
    return replace(known, items=tuple((key, kind) for key, kind in both.items() if kind is not None))


def as_python(value: Any) -> Any:
    """Return a scalar or array of numpy, torch or the like as Python's numbers and lists."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value


def column_of(dtype: Any, *, optional: bool) -> Column:
    """Return the column that a ``dtype`` asks for: None (whatever comes first), a Python type, or a value.

    Raises:
        InvalidInput: it is a type that a table cannot hold.
    """
    if dtype is None:
        return Column(UNKNOWN, optional)
    if dtype is Any:
        return Column(ANY, optional)
    if not isinstance(dtype, type):
        return Column(kind_of(dtype), optional)
    if issubclass(dtype, date):
        return Column(Kind("timestamp"), optional)
    name = next((_OF[kind] for kind in dtype.__mro__ if kind in _OF), None)
    if name is None:
        raise InvalidInput(f"a table cannot hold {dtype.__name__}; use numbers, text, lists, maps and dates")
    return Column(Kind(name, UNKNOWN) if name == "list" else Kind(name), optional)
