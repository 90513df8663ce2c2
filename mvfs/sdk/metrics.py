"""What `Run.define_metric` says of logged values: their x axis, and what the summary keeps of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from mvfs.errors import CorruptObject, InvalidInput
from mvfs.sdk.summary import Summary
from mvfs.wellformed import check_text

_OPERATIONS = ("min", "max", "mean", "last", "best", "copy", "none", "first")
_GOALS = ("minimize", "maximize")


class Metric(msgspec.Struct, frozen=True):
    """The definition of a metric, or of all whose names begin alike (``val/*``)."""

    name: str
    step_metric: str | None = None
    step_sync: bool = True
    hidden: bool = False
    summary: tuple[str, ...] = ()
    """Among ``min``, ``max``, ``mean``, ``first``, ``last``, ``best`` and ``none``; empty: the last value, as
    it is.
    """
    goal: str | None = None
    """Which value is ``best``: ``minimize`` means the least, else it is the greatest."""


class _Recorded(msgspec.Struct, frozen=True):
    metrics: list[Metric] = []
    sums: dict[str, tuple[int, float]] = {}


def define(
    name: str,
    step_metric: object = None,
    *,
    step_sync: object = None,
    hidden: object = None,
    summary: object = None,
    goal: object = None,
    known: Metric | None = None,
) -> Metric:
    """Return a definition; what is not given stays as it is in ``known``.

    Raises:
        InvalidInput: a name or operation is none.
    """
    if isinstance(step_metric, Metric):
        step_metric = step_metric.name
    if not name or not isinstance(name, str):
        raise InvalidInput("define_metric() requires non-empty name argument")
    check_text((name, step_metric), "a metric's name")
    if "*" in name[:-1]:
        raise InvalidInput(f"Unhandled define_metric() arg: name (glob suffixes only): {name}")
    for what, value, kind in (("step_metric", step_metric, str), ("summary", summary, str),
                              ("step_sync", step_sync, bool), ("hidden", hidden, bool)):  # fmt: skip
        if value is not None and not isinstance(value, kind):
            raise InvalidInput(f"Unhandled define_metric() arg: {what} type: {type(value).__name__}")
    operations = tuple(word.strip().lower() for word in str(summary).split(",")) if summary else ()
    for word in operations:
        if word not in _OPERATIONS:
            raise InvalidInput(f"Unhandled define_metric() arg: summary op: {word}")
    if goal is not None and goal not in _GOALS:
        raise InvalidInput(f"Unhandled define_metric() arg: goal: {goal}")
    base = known or Metric(name)
    return Metric(
        name,
        base.step_metric if step_metric is None else str(step_metric),
        base.step_sync if step_sync is None else bool(step_sync),
        base.hidden if hidden is None else bool(hidden),
        operations or base.summary,
        base.goal if goal is None else str(goal),
    )


class Metrics:
    """The definitions of one run, and what they make of logged values."""

    def __init__(self, recorded: Mapping[str, Any] | None = None) -> None:
        """Begin with what was recorded.

        Raises:
            CorruptObject: it is of another form.
        """
        self._exact: dict[str, Metric] = {}
        self._globs: dict[str, Metric] = {}
        self._steps: dict[str, Any] = {}
        self.changes = 0
        try:
            about = msgspec.convert(recorded or {}, _Recorded)
        except msgspec.MsgspecError as exc:
            raise CorruptObject(f"the record of a run has metrics that are none: {exc}") from exc
        self._sums = about.sums
        for one in about.metrics:
            self.add(one)

    def __bool__(self) -> bool:
        return bool(self._exact or self._globs)

    def add(self, metric: Metric) -> None:
        """Take a definition; it replaces one of the same name."""
        place = self._globs if metric.name.endswith("*") else self._exact
        place[metric.name] = metric
        self.changes += 1

    def get(self, name: str) -> Metric | None:
        """The definition of exactly this name."""
        return self._exact.get(name) or self._globs.get(name)

    def of(self, key: str) -> Metric | None:
        """The definition that holds for a logged key: its own, else that of the longest beginning."""
        found = self._exact.get(key)
        if found is None and self._globs:
            fits = [one for name, one in self._globs.items() if key.startswith(name[:-1])]
            found = max(fits, key=lambda one: len(one.name), default=None)
        return found

    def all(self) -> list[Metric]:
        """All definitions."""
        return [*self._exact.values(), *self._globs.values()]

    def recordable(self) -> dict[str, Any]:
        """Return what a store keeps: the definitions, and the sums behind means."""
        return (
            {"metrics": [msgspec.to_builtins(one) for one in self.all()], "sums": self._sums} if self else {}
        )

    def complete(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return values together with the last one of each x axis that they need."""
        needed = {
            metric.step_metric
            for key in values
            if (metric := self.of(key)) is not None and metric.step_metric and metric.step_sync
        }
        more = {key: self._steps[key] for key in needed if key not in values and key in self._steps}
        axes = {one.step_metric for one in self.all()}
        self._steps.update((key, value) for key, value in values.items() if key in axes)
        return {**values, **more} if more else values

    def absorb(self, values: dict[str, Any], summary: Summary) -> None:
        """Bring a summary up to date with logged values."""
        for key, value in values.items():
            metric = self.of(key)
            is_media = isinstance(value, dict) and "_type" in value
            if metric is None or is_media or not metric.summary or "copy" in metric.summary:
                summary.absorb({key: value})
            elif "none" not in metric.summary:
                summary.absorb({key: self._reduced(key, metric, value, summary.get(key))})

    def _reduced(self, key: str, metric: Metric, value: Any, before: Any) -> Any:
        """What the summary keeps of a value, and of each value in a map."""
        found = dict(before) if isinstance(before, dict) else {}
        if isinstance(value, dict):
            inner = {
                name: self._reduced(f"{key}.{name}", metric, one, found.get(name))
                for name, one in value.items()
            }
            return {**found, **inner}
        if "first" in metric.summary:
            found.setdefault("first", value)
        if "last" in metric.summary:
            found["last"] = value
        if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value):
            best = min if metric.goal == "minimize" else max
            for word, pick in (("min", min), ("max", max), ("best", best)):
                if word in metric.summary:
                    found[word] = pick(found.get(word, value), value)
            if "mean" in metric.summary:
                count, total = self._sums.get(key, (0, 0.0))
                self._sums[key] = count + 1, total + value
                found["mean"] = (total + value) / (count + 1)
        return found
