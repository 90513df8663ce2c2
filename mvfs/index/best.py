"""Which version a ``best`` rule picks. docs/FORMAT.md, "Best"."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from typing import Any

from mvfs.index import queries
from mvfs.index.index import Index
from mvfs.index.rows import Rule, Version


def lookup(values: Mapping[str, Any], path: str) -> float | None:
    """Return the number at ``path``: a key as it is, or dotted through nested mappings; else None."""
    found: Any = values.get(path)
    if found is None:
        found = values
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        value = float(found)
    except OverflowError:  # an index's JSON has numbers of any length
        return None
    return None if math.isnan(value) else value


def metric_of(index: Index, version: Version, path: str) -> float | None:
    """Return a version's metric: from its metadata, else from the summary of the run that logged it, else
    from the newest run that used it and has the metric. None where nobody knows it, or it is NaN.
    """
    value = lookup(version.metadata, path)
    if value is None and version.run is not None:
        run = queries.run(index, version.run)
        value = lookup(run.summary, path) if run else None
    if value is None:
        users = reversed(queries.users(index, version.name, version.number))
        value = next((v for user in users if (v := lookup(user.summary, path)) is not None), None)
    return value


def is_better(value: float, than: float, mode: str) -> bool:
    """Whether ``value`` beats ``than``; equal does not."""
    return value > than if mode == "max" else value < than


def best(
    index: Index, name: str, rule: Rule, without: Set[int] = frozenset()
) -> tuple[Version, float] | None:
    """Return the version that the rule picks and its metric; the earlier one wins a tie.

    The numbers in ``without`` are passed over.
    """
    found: tuple[Version, float] | None = None
    for version in queries.versions(index, name):
        if version.number in without:
            continue
        value = metric_of(index, version, rule.metric)
        if value is not None and (found is None or is_better(value, found[1], rule.mode)):
            found = version, value
    return found
