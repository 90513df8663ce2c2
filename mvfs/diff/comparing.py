"""Several versions side by side: a line for each metric, setting and input, a value for each version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from mvfs.diff import mapping
from mvfs.diff.runs import Side, short_name
from mvfs.index import queries
from mvfs.index.best import is_better
from mvfs.index.rows import Rule


class Line(msgspec.Struct, frozen=True):
    """One value of several versions."""

    section: str
    """``metadata``, ``summary``, ``config`` or ``inputs``."""
    path: str
    """Not inert."""
    values: dict[int, Any]
    """By the place of the version; there is none where the version does not have it."""
    differs: bool
    best: tuple[int, ...] = ()
    """The versions that are best by the rule, if this is its metric."""


def lines(sides: Sequence[Side]) -> Iterator[Line]:
    """Yield all values of the versions, section by section, in the order of the first that has them."""
    rule = common_rule(sides)
    for section, values in (
        ("metadata", [side.version.metadata for side in sides]),
        ("summary", [_metrics(side) for side in sides]),
        ("config", [side.values.config for side in sides]),
        ("inputs", [_inputs(side, sides) for side in sides]),
    ):
        flat = [mapping.flat(one) if section != "inputs" else one for one in values]
        is_metric = section in ("metadata", "summary")
        for path in dict.fromkeys(path for one in flat for path in one):
            found = {at: one[path] for at, one in enumerate(flat) if path in one}
            best = _best(found, rule) if rule is not None and is_metric and rule.metric == path else ()
            yield Line(section, path, found, _differs(found, len(sides)), best)


def common_rule(sides: Sequence[Side]) -> Rule | None:
    """The rule behind ``best``, if the names of all versions have the same one."""
    found = set()
    for side in sides:
        name = queries.name(side.project.index, side.version.name)
        found.add(name.rule if name is not None else None)
    return found.pop() if len(found) == 1 else None


def _metrics(side: Side) -> dict[str, Any]:
    return {key: value for key, value in side.values.summary.items() if not key.startswith("_")}


def _inputs(side: Side, sides: Sequence[Side]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for one in side.inputs:
        found.setdefault(short_name(one.name, sides), []).append(one.label)
    return {name: ", ".join(labels) for name, labels in found.items()}


def _differs(values: Mapping[int, Any], count: int) -> bool:
    first = next(iter(values.values()))
    return len(values) < count or not all(mapping.same(first, value) for value in values.values())


def _best(values: Mapping[int, Any], rule: Rule) -> tuple[int, ...]:
    """The versions that no other one beats; NaN never wins."""
    known = {
        at: value
        for at, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and value == value  # noqa: PLR0124
    }
    return tuple(
        at
        for at, value in known.items()
        if not any(is_better(other, value, rule.mode) for other in known.values())
    )
