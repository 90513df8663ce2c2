"""The runs of a project as a table: found, sorted and looked into by the index."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from mvfs.catalog import finding, liveness
from mvfs.catalog.finding import Match, Question
from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput
from mvfs.index import search
from mvfs.index.rows import Run
from mvfs.query.fields import RUNS
from mvfs.query.order import Key as OrderKey
from mvfs.query.scalar import original
from tui.library import Library
from tui.viewmodel.run_columns import MOST, Key, automatic, known
from tui.viewmodel.run_question import RunLanguage
from tui.viewmodel.runs import RunRow, RunTable

FIRST = 200
"""Rows that are read for the first frame."""

_SAMPLE = 300
"""Runs, spread evenly, by which columns are chosen."""

_FIELDS = ("id", "name", "state", "job_type", "group", "tag", "created", "ended", "output")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be shown."""

    project: str
    filter: str = ""
    sort: str = ""
    chosen: tuple[Key, ...] | None = None
    """Columns; None for those that tell the runs apart."""


def runs(library: Library, asked: Asked, most: int | None = None) -> RunTable:
    """Read the runs that are asked for, newest first unless an order is; ``most`` of them at most.

    Where filter or order are none, all runs are read, and the table says why.

    Raises:
        NotFound: there is no such project.
    """
    project = library.project(asked.project)
    everything = finding.find_runs([project], Question(limit=most))
    sample = _sample(project, [match.found.key[0] for match in everything])
    there = known(sample)
    question, trouble = _question(asked, RunLanguage([one.key for one in there]))
    keys = (automatic(there, sample) if asked.chosen is None else asked.chosen)[:MOST]
    columns = [OrderKey(RUNS.known[name], ()) for name in _FIELDS]
    columns += [OrderKey(RUNS.known[key.place], tuple(key.path.split("."))) for key in keys]
    found = finding.find_runs([project], Question(question.where, question.order, tuple(columns), most))
    table = RunTable(
        asked.project,
        [_row(match) for match in found],
        keys,
        len(everything),
        there,
        asked.chosen,
        asked.filter,
        asked.sort,
        trouble,
        is_whole=most is None or len(found) < most,
    )
    table.prepare()
    return table


def pulse(library: Library, project: str) -> Hashable:
    """What is another thing after runs of a project began, changed, ended or died."""
    opened = library.project(project)
    return opened.index.seq, tuple(sorted(liveness.states(opened).items()))


def _question(asked: Asked, language: RunLanguage) -> tuple[Question, str]:
    """The question, with what is wrong about it left out, and what that is."""
    trouble, where = "", Question().where
    keys: list[OrderKey] = []
    try:
        where = language.tree(asked.filter)
    except InvalidInput as exc:
        trouble = exc.message
    try:
        keys = language.keys(asked.sort) if asked.sort else []
    except InvalidInput as exc:
        trouble = trouble or exc.message
    keys = keys or [OrderKey(RUNS.known["created"], (), descending=True)]
    return Question(where, tuple(keys)), trouble.partition(" (character")[0]


def _sample(project: Project, ids: Sequence[str]) -> list[Run]:
    """Some of the runs, as they are in whole."""
    return search.whole_runs(project.index, ids[:: max(len(ids) // _SAMPLE, 1)][:_SAMPLE])


def _row(match: Match) -> RunRow:
    found: list[Any] = [original(value) for value in match.found.columns]
    plain, rest = found[: len(_FIELDS)], found[len(_FIELDS) :]
    return RunRow._make([*plain, tuple(rest)])
