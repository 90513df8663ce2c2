"""What takes longer to read about a version: how its run went, and where it stands among its name's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mvfs.catalog import run_objects
from mvfs.catalog.project import Project
from mvfs.errors import MvfsError
from mvfs.index import best, queries
from mvfs.index.rows import Name, Version
from tui.library import Library
from tui.reading import histories
from tui.viewmodel import values
from tui.viewmodel.curve import Curve
from tui.viewmodel.facts import Facts, Series, Standing, Story

_ALL = 2000
"""Up to how many versions of a name all are looked at; of more, only pictures of some are made."""

_MOST_HISTORY = 4 << 20
"""Bytes of a run's history that are read to draw small pictures of it."""

_SAMPLE = 120
"""Of more, so many, spread evenly."""


def story(library: Library, facts: Facts) -> Story:
    """Return it; what cannot be read is left out, as the rest of the details says what is wrong."""
    project = library.project(facts.project)
    run = facts.producers[0] if facts.producers else None
    captured = {} if run is None else _captured(project, run.id)
    curves = {} if run is None else _curves(library, facts.project, run.id)
    versions = _versions(project, facts)
    return Story(captured, curves, _series(facts.version, versions), _standing(project, facts, versions))


def _captured(project: Project, run_id: str) -> Mapping[str, Any]:
    try:
        found = run_objects.read_start(project, run_id).get("facts")
        captured = dict(found) if isinstance(found, dict) else {}
        for more in run_objects.read_records(project, run_id, run_objects.SURROUNDINGS).values():
            return captured | more
    except MvfsError:
        return {}
    return captured


def _curves(library: Library, project: str, run_id: str) -> Mapping[str, Curve]:
    try:
        return histories.history(library, project, run_id, most=_MOST_HISTORY).curves
    except MvfsError:
        return {}


def _versions(project: Project, facts: Facts) -> list[Version]:
    """All versions of the name, or some spread evenly and this one; oldest first."""
    version = facts.version
    count = facts.name.versions if facts.name else 0
    if count <= _ALL:
        return project.versions(version.name)
    numbers = queries.numbers(project.index, version.name)
    chosen = sorted({*numbers[:: max(len(numbers) // _SAMPLE, 1)], version.number})
    found = (queries.version(project.index, version.name, number) for number in chosen)
    return [one for one in found if one is not None]


def _series(version: Version, versions: Sequence[Version]) -> dict[str, Series]:
    """The numbers in this version's metadata over the versions, where they are not all equal."""
    here = next((at for at, one in enumerate(versions) if one.number == version.number), None)
    rows = [dict(values.numbers(one.metadata)) for one in versions]
    found: dict[str, Series] = {}
    for path, _ in values.numbers(version.metadata):
        series = [float(row.get(path, math.nan)) for row in rows]
        if len({value for value in series if not math.isnan(value)}) > 1:
            found[path] = Series(series, here)
    return found


def _standing(project: Project, facts: Facts, versions: Sequence[Version]) -> Standing | None:
    """The rank by the rule; None without a rule, and where not all versions were looked at."""
    name: Name | None = facts.name
    if name is None or name.rule is None or name.versions > _ALL:
        return None
    rule = name.rule
    known = {one.number: best.metric_of(project.index, one, rule.metric) for one in versions}
    ranked = {number: value for number, value in known.items() if value is not None}
    if not ranked:
        return None
    first = None
    for number, value in ranked.items():  # as the rule does: of equal ones the earlier one is best
        if first is None or best.is_better(value, ranked[first], rule.mode):
            first = number
    assert first is not None
    mine = ranked.get(facts.version.number)
    rank = 0 if mine is None else 1 + sum(best.is_better(one, mine, rule.mode) for one in ranked.values())
    return Standing(mine, rank, len(ranked), first, ranked[first])
