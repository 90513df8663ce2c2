"""The rule that keeps ``best``."""

from __future__ import annotations

from dataclasses import dataclass

from mvfs.catalog.rules import BEST, Seen, restore_rule, set_rule
from mvfs.index.best import best, metric_of
from mvfs.index.rows import Rule
from mvfs.text import line
from tui.library import Library
from tui.viewmodel import values
from tui.writing.written import Undo, Written

_LOOKED_AT = 400
"""Versions, the newest, whose metrics are offered."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What a rule could go by."""

    path: str
    versions: int
    """How many of those looked at have it."""
    highest: tuple[int, float]
    """The version with the highest value, and the value."""
    lowest: tuple[int, float]


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked for a name's rule."""

    seen: Seen
    metrics: tuple[Metric, ...]
    """The most frequent first."""


def choices(library: Library, project: str, name: str) -> Choices:
    """The present rule, and the metrics there are: in metadata, and of the runs that logged the versions."""
    opened = library.project(project)
    row = opened.find_name(name)
    runs = library.runs(project)
    found: dict[str, list[tuple[int, float]]] = {}
    for version in opened.versions(name)[-_LOOKED_AT:]:
        run = runs.get(version.run or "")
        numbers = dict(values.numbers(run.summary)) if run else {}
        for path, value in (numbers | dict(values.numbers(version.metadata))).items():
            found.setdefault(path, []).append((version.number, value))
    metrics = [
        Metric(
            path,
            len(have),
            max(have, key=lambda one: (one[1], -one[0])),
            min(have, key=lambda one: (one[1], one[0])),
        )
        for path, have in found.items()
    ]
    metrics.sort(key=lambda one: (-one.versions, one.path))
    return Choices(Seen(row.rule, opened.aliases(name).get(BEST)), tuple(metrics))


def outlook(library: Library, project: str, name: str, rule: Rule) -> str:
    """What a rule would do, in one line."""
    opened = library.project(project)
    found = best(opened.index, name, rule)
    if found is None:
        return f"no version has a number '{line(rule.metric)}': best would point nowhere"
    lacking = sum(metric_of(opened.index, v, rule.metric) is None for v in opened.versions(name))
    without = f"; {lacking:,} without it never win" if lacking else ""
    return f"best would be {found[0].label}: {line(rule.metric)} is {found[1]:.6g}{without}"


def change(library: Library, project: str, name: str, rule: Rule | None, seen: Seen) -> Written:
    """Set or clear the rule.

    Raises:
        Conflict: rule or ``best`` is not as it was seen; or ``best`` is protected.
    """
    if rule == seen.rule:
        return Written("the rule is unchanged")
    opened = library.project(project)
    set_rule(opened, name, rule, seen)
    now = Seen(rule, opened.aliases(name).get(BEST))

    def back(library: Library) -> None:
        restore_rule(library.project(project), name, seen, now)

    where = "nowhere" if now.best is None else f"v{now.best}"
    said = f"best of {line(name)} is {where}: "
    said += f"{rule.mode}imum of {line(rule.metric)}" if rule else "no rule any more"
    return Written(said, Undo(f"rule of {line(name)}", back))
