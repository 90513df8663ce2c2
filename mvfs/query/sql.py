"""A query as a condition of SQL. What was asked for goes into it as bound values, never as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mvfs.query import fields as kinds
from mvfs.query.pattern import contains, matches
from mvfs.query.scalar import at, scalar
from mvfs.query.tree import And, Compare, Not, Or

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence

    from mvfs.query.fields import Field
    from mvfs.query.order import Key
    from mvfs.query.scalar import Scalar
    from mvfs.query.tree import Tree

    Decode = Callable[[str], Mapping[str, Any]]

_NO_NUMBER = ">= ''"
_NO_BLOB = "< x''"


class Condition:
    """Builds the expressions of one statement, and collects the values that they need."""

    def __init__(
        self, now: int, project: str, picked: Mapping[tuple[str, tuple[str, ...]], str] | None = None
    ) -> None:
        """Begin a statement.

        Args:
            now: microseconds since 1970.
            project: the name of the project that is asked.
            picked: expressions that stand for values of JSON, by column and key.
        """
        self.values: dict[str, Any] = {"now": now, "project": project}
        self._picked = picked or {}

    def of(self, tree: Tree) -> str:
        """Return the condition that a tree is; it is 0 or 1, never null."""
        match tree:
            case And(items):
                return self._joined(items, " and ", "1")
            case Or(items):
                return self._joined(items, " or ", "0")
            case Not(item):
                return f"not {self.of(item)}"
        return self._test(tree)

    def _joined(self, items: tuple[Tree, ...], word: str, none: str) -> str:
        return f"({word.join(self.of(item) for item in items)})" if items else none

    def value(self, field: Field, path: tuple[str, ...]) -> str:
        """Return the expression of a field's value; of many, one of them."""
        if field.kind != kinds.VALUES:
            return f"({field.sql})"
        found = self._picked.get((field.sql, path))
        return found or f"mvfs_value({field.sql}, {self._bind(json.dumps(path))})"

    def shown(self, field: Field, path: tuple[str, ...]) -> str:
        """Return the expression of what a table shows: the value, or all the many."""
        if not field.rows:
            return self.value(field, path)
        many = f"select {field.sql} as one {field.rows} order by 1"
        return f"(select group_concat(one, ', ') from ({many}))"  # noqa: S608

    def order(self, keys: Sequence[Key]) -> str:
        """Return what follows ``order by``, ending in a comma: null is last in any order."""
        parts = []
        for key in keys:
            expression = self.value(key.field, key.path)
            parts.append(f"{expression} is null, {expression}{' desc' if key.descending else ''}, ")
        return "".join(parts)

    def _test(self, test: Compare) -> str:
        expression = self.value(test.field, test.path)
        if not test.field.rows:
            return f"({self._compare(test, expression)} is true)"
        if test.op == "=" and test.value is None:
            return f"(not exists(select 1 {test.field.rows}))"
        return f"exists(select 1 {test.field.rows} and {self._compare(test, expression)})"

    def _compare(self, test: Compare, expression: str) -> str:
        op, asked = test.op, test.value
        if op == "=" and asked is None:
            return f"{expression} is null"
        if op == "has":
            return f"{expression} is not null"
        if op in ("~", "~/"):
            function = "mvfs_contains" if op == "~" else "mvfs_matches"
            return f"{function}({self._bind(asked)}, {expression})"
        if isinstance(asked, tuple):
            return f"{expression} in ({', '.join(self._bind_value(test.field, one) for one in asked)})"
        compared = f"{expression} {op} {self._bind_value(test.field, asked)}"
        if test.field.kind != kinds.VALUES or op == "=":
            return compared
        # numbers are below all text, and text below all blobs
        if not isinstance(asked, str):
            return compared if op[0] == "<" else f"({compared} and {expression} < '')"
        return f"({compared} and {expression} {_NO_NUMBER if op[0] == '<' else _NO_BLOB})"

    def _bind_value(self, field: Field, value: Any) -> str:
        return self._bind(int(value) if field.kind == kinds.FLAG else scalar(value))

    def _bind(self, value: Any) -> str:
        name = f"q{len(self.values)}"
        self.values[name] = scalar(value) if isinstance(value, str) else value  # no half surrogate pairs
        return f":{name}"


def add_functions(db: sqlite3.Connection, decode: Decode) -> None:
    """Give a connection the functions that conditions call; ``decode`` reads the JSON of a column."""
    paths: dict[str, tuple[str, ...]] = {}

    def value_at(column: str | None, path: str) -> Scalar:
        if path not in paths:
            paths[path] = tuple(json.loads(path))
        return None if column is None else scalar(at(decode(column), paths[path]))

    def text_contains(word: str, text: Scalar) -> bool:
        return isinstance(text, str) and contains(word, text)

    def text_matches(pattern: str, text: Scalar) -> bool:
        return isinstance(text, str) and matches(pattern, text)

    db.create_function("mvfs_value", 2, value_at, deterministic=True)
    db.create_function("mvfs_contains", 2, text_contains, deterministic=True)
    db.create_function("mvfs_matches", 2, text_matches, deterministic=True)
