"""Runs and versions that a query asks for, answered by SQLite. None of this changes the state."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mvfs.index import picked, queries
from mvfs.query.sql import Condition, add_functions
from mvfs.query.tree import EVERYTHING, And, Compare, Not, Or, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mvfs.index.index import Index
    from mvfs.index.rows import Run, Version
    from mvfs.query.order import Key
    from mvfs.query.scalar import Scalar

MANY = 500
"""Rows that are fetched by their keys in one statement."""


class Ask(msgspec.Struct, frozen=True):
    """What is asked of one project."""

    now: int
    """Microseconds since 1970."""
    project: str
    """The project's name."""
    where: Tree = EVERYTHING
    order: tuple[Key, ...] = ()
    """Before the order in which they came to be."""
    columns: tuple[Key, ...] = ()
    """Fields whose values are wanted of each row."""
    limit: int | None = None
    """The first so many."""
    states: Mapping[str, str] = {}
    """Of runs, by id: what is known better than the journal says."""


class Found(msgspec.Struct, frozen=True):
    """A row that passes: what identifies it, and values."""

    key: tuple[Any, ...]
    """Id of the run; name and number of the version."""
    sorted_by: tuple[Scalar, ...]
    """Values of the fields that the order names."""
    columns: tuple[Scalar, ...]
    """Values of the columns asked for."""


class _Table(NamedTuple):
    """Where rows come from, what identifies them, and in which order they came to be."""

    rows: str
    key: tuple[str, ...]
    born: tuple[str, ...]


_RUNS = _Table("from runs r", ("r.id",), ("r.started", "r.id"))
_VERSIONS = _Table(
    "from versions v join names n on n.id = v.name_id left join runs r on r.id = v.run",
    ("n.name", "v.number"),
    ("v.seq", "n.name", "v.number"),
)


def runs(index: Index, ask: Ask) -> list[Found]:
    """The runs that pass, oldest first unless the order says otherwise."""
    wanted = list(dict.fromkeys(_places(ask)))
    with _asking(index, ask.states):
        picked.prepare(index, wanted)
        with index.reading():
            condition = Condition(ask.now, ask.project, picked.ready(index.db, wanted))
            return _select(index, ask, condition, _RUNS)


def versions(index: Index, ask: Ask, name: str | None = None, type_: str | None = None) -> list[Found]:
    """The versions that pass, of a name, a type or the project, in the order in which they were logged."""
    within = "v.deleted is null and "
    condition = Condition(ask.now, ask.project)
    for column, word in (("name", name), ("type", type_)):
        if word is not None:
            condition.values[column] = word
            within += f"n.{column} = :{column} and "
    with _asking(index, ask.states):
        return _select(index, ask, condition, _VERSIONS, within)


@contextlib.contextmanager
def _asking(index: Index, states: Mapping[str, str]) -> Iterator[None]:
    """Hold the index's lock, and have the functions that conditions call."""
    with index.lock:
        add_functions(index.db, queries.values_of)
        index.db.create_function("mvfs_state", 2, states.get)
        yield


def _select(index: Index, ask: Ask, condition: Condition, table: _Table, within: str = "") -> list[Found]:
    wanted = [*table.key]
    wanted += [condition.value(one.field, one.path) for one in ask.order]
    wanted += [condition.shown(one.field, one.path) for one in ask.columns]
    sql = (
        f"select {', '.join(wanted)} {table.rows} where {within}{condition.of(ask.where)}"
        f" order by {condition.order(ask.order)}{', '.join(table.born)}"
    )
    if ask.limit is not None:
        condition.values["limit"] = ask.limit
        sql += " limit :limit"
    first, second = len(table.key), len(table.key) + len(ask.order)
    rows = index.db.execute(sql, condition.values)
    return [Found(row[:first], row[first:second], row[second:]) for row in rows]


def whole_runs(index: Index, ids: Sequence[str]) -> list[Run]:
    """The runs with these ids, in this order; those that are not there are left out."""
    found: dict[str, Run] = {}
    for start in range(0, len(ids), MANY):
        found |= {run.id: run for run in queries.runs_with(index, ids[start : start + MANY])}
    return [found[one] for one in ids if one in found]


def whole_versions(index: Index, keys: Sequence[tuple[str, int]]) -> list[Version]:
    """The versions of these names and numbers, in this order; those that are not there are left out."""
    found = (queries.version(index, name, number) for name, number in keys)
    return [version for version in found if version is not None]


def _places(ask: Ask) -> Iterator[picked.Place]:
    """The values of JSON that a question looks at."""
    yield from _compared(ask.where)
    yield from ((one.field.sql, one.path) for one in (*ask.order, *ask.columns) if one.path)


def _compared(tree: Tree) -> Iterator[picked.Place]:
    match tree:
        case And(items) | Or(items):
            for item in items:
                yield from _compared(item)
        case Not(item):
            yield from _compared(item)
        case Compare():
            if tree.path:
                yield tree.field.sql, tree.path
