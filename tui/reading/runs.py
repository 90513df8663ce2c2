"""The runs of a project as a table: found, sorted and looked into by the index."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from mvfs.catalog import liveness
from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput
from mvfs.index import search
from mvfs.index.search import Ask, Found
from mvfs.query.fields import RUNS
from mvfs.query.order import Key as OrderKey
from mvfs.query.scalar import original
from mvfs.query.tree import EVERYTHING, Tree
from tui.library import Library
from tui.viewmodel.run_columns import MOST, Key, automatic, known
from tui.viewmodel.run_question import RunLanguage
from tui.viewmodel.runs import Overview, RunRow, RunTable

FIRST = 200
"""Rows that are read for the first frame."""

_OLDER = 200
"""Older runs, spread evenly, that are looked at to know what columns there can be."""

_NEWEST = OrderKey(RUNS.known["created"], (), descending=True)

_FIELDS = ("id", "name", "state", "job_type", "group", "tag", "created", "ended", "output")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be shown."""

    project: str
    filter: str = ""
    sort: str = ""
    chosen: tuple[Key, ...] | None = None
    """Columns; None for those that tell the runs apart."""


def runs(library: Library, asked: Asked, most: int | None = None, before: RunTable | None = None) -> RunTable:
    """Read the runs that are asked for, newest first unless an order is; ``most`` of them at most.

    Where filter or order are none, the table says why, and has all runs. What a table that was read
    ``before`` tells of all runs together is taken from there, as long as nothing was logged since.

    Raises:
        NotFound: there is no such project.
    """
    project = library.project(asked.project)
    overview = before.overview if before is not None and before.project == asked.project else None
    if overview is None or not overview.is_whole or overview.seq != project.index.seq:
        overview = _overview(project, most)
    where, order, trouble = _question(asked, RunLanguage([one.key for one in overview.known]))
    keys = (overview.automatic if asked.chosen is None else asked.chosen)[:MOST]
    columns = [OrderKey(RUNS.known[name], ()) for name in _FIELDS]
    columns += [OrderKey(RUNS.known[key.place], tuple(key.path.split("."))) for key in keys]
    states = liveness.states(project)
    now = time.time_ns() // 1000
    found = search.runs(project.index, Ask(now, project.name, where, order, tuple(columns), most, states))
    table = RunTable(
        asked.project,
        [_row(one) for one in found],
        keys,
        overview,
        asked.chosen,
        asked.filter,
        asked.sort,
        trouble,
        is_whole=most is None or len(found) < most,
    )
    table.prepare()
    return table


def _overview(project: Project, most: int | None) -> Overview:
    """What there is to say of all runs, or of the newest ``most``."""
    seq = project.index.seq
    found = search.runs(project.index, Ask(0, project.name, order=(_NEWEST,), limit=most))
    ids = [one.key[0] for one in found]
    newest = search.whole_runs(project.index, ids[:FIRST])
    older = search.whole_runs(project.index, ids[FIRST :: max(len(ids) // _OLDER, 1)])
    columns = automatic(known(newest), newest)  # of the newest alone: they are the same when all are read
    return Overview(
        seq, len(ids), known([*newest, *older]), columns, is_whole=most is None or len(ids) < most
    )


def pulse(library: Library, project: str) -> Hashable:
    """What is another thing after runs of a project began, changed, ended or died."""
    opened = library.project(project)
    return opened.index.seq, tuple(sorted(liveness.states(opened).items()))


def _question(asked: Asked, language: RunLanguage) -> tuple[Tree, tuple[OrderKey, ...], str]:
    """Filter and order, with what is wrong about them left out, and what that is."""
    trouble = ""
    where: Tree = EVERYTHING
    order: list[OrderKey] = []
    try:
        where = language.tree(asked.filter)
    except InvalidInput as exc:
        trouble = exc.message
    try:
        order = language.keys(asked.sort) if asked.sort else []
    except InvalidInput as exc:
        trouble = trouble or exc.message
    return where, tuple(order) or (_NEWEST,), trouble.partition(" (character")[0]


def _row(found: Found) -> RunRow:
    values: Sequence[Any] = found.columns
    if bytes in map(type, values):
        values = [original(value) for value in values]
    return RunRow._make([*values[: len(_FIELDS)], tuple(values[len(_FIELDS) :])])
