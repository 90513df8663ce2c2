"""Runs and versions that a query asks for, in one project or in several."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable

import msgspec

from mvfs.catalog import liveness
from mvfs.catalog.project import Project
from mvfs.index import search
from mvfs.index.search import Ask, Found
from mvfs.query import order
from mvfs.query.fields import RUNS, VERSIONS, Field
from mvfs.query.order import Key
from mvfs.query.tree import EVERYTHING, And, Compare, Not, Or, Tree


class Question(msgspec.Struct, frozen=True):
    """What is wanted."""

    where: Tree = EVERYTHING
    order: tuple[Key, ...] = ()
    """Nothing: oldest first."""
    columns: tuple[Key, ...] = ()
    limit: int | None = None
    """The first so many; without an order, the newest so many."""

    def mentioned(self) -> tuple[Key, ...]:
        """The fields that order and query speak of, each once."""
        asked = [(key.field, key.path) for key in self.order]
        asked += [(one.field, one.path) for one in _comparisons(self.where)]
        return tuple(Key(field, path) for field, path in dict.fromkeys(asked))


class Match(msgspec.Struct, frozen=True):
    """One run or version that was found, and its project."""

    project: Project
    found: Found


def find_runs(
    projects: Iterable[Project], question: Question, among: Callable[[Project], Container[str]] | None = None
) -> list[Match]:
    """Return the runs that pass, of all the projects together; with ``among``, only those whose ids are in
    what it returns of their project.
    """

    def ask_one(project: Project, ask: Ask) -> list[Found]:
        if among is None:
            return search.runs(project.index, msgspec.structs.replace(ask, states=liveness.states(project)))
        ids = among(project)
        every = msgspec.structs.replace(ask, states=liveness.states(project), limit=None)
        return [one for one in search.runs(project.index, every) if one.key[0] in ids]

    return _find(projects, question, RUNS.known["created"], ask_one)


def find_versions(
    projects: Iterable[Project], question: Question, name: str | None = None, type_: str | None = None
) -> list[Match]:
    """Return the versions that pass, of a name, of a type, or of all, of all the projects together."""
    born = VERSIONS.known["created" if name is None else "version"]
    return _find(
        projects, question, born, lambda project, ask: search.versions(project.index, ask, name, type_)
    )


def _find(
    projects: Iterable[Project],
    question: Question,
    born: Field,
    ask_one: Callable[[Project, Ask], list[Found]],
) -> list[Match]:
    newest = not question.order and question.limit is not None
    keys = question.order or (Key(born, (), descending=newest),)
    now = time.time_ns() // 1000
    found: list[Match] = []
    for project in projects:
        ask = Ask(now, project.name, question.where, keys, question.columns, question.limit)
        found += [Match(project, one) for one in ask_one(project, ask)]
    first = order.arranged(found, keys, lambda match: match.found.sorted_by)[: question.limit]
    return first[::-1] if newest else first


def _comparisons(tree: Tree) -> list[Compare]:
    """All comparisons in a tree, from left to right, but for those of a word that was looked for anywhere."""
    match tree:
        case Compare():
            return [tree]
        case Not(item):
            return _comparisons(item)
        case Or(items) if len(items) > 1 and _is_search(items):
            return []
        case And(items) | Or(items):
            return [one for item in items for one in _comparisons(item)]


def _is_search(items: tuple[Tree, ...]) -> bool:
    """Whether the items look for one word in several fields."""
    asked = {(one.op, one.value) if isinstance(one, Compare) else None for one in items}
    fields = {one.field.name for one in items if isinstance(one, Compare)}
    return len(asked) == 1 and len(fields) == len(items) and next(iter(asked), None) is not None
