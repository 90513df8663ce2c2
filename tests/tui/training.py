"""Runs with histories, as a training leaves them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mvfs.catalog import run_objects, runs
from mvfs.catalog.run_objects import Line
from tests.tui.showing import Shop

WRITER = "w001"


def trained(shop: Shop, name: str, *, steps: int = 40, state: str = "finished", made: bool = False,
            printed: Sequence[str] = (), metrics: Sequence[str] = ("loss", "val/acc"),
            facts: dict[str, Any] | None = None, **config: Any) -> str:  # fmt: skip
    """Record a run that logged ``steps`` points of each metric; return its id."""
    project = shop.project()
    start = runs.RunStart(runs.new_run_id(), name, "train", None, config, facts or {})
    runs.start(project, start)
    points(shop, start.id, steps, metrics=metrics)
    if printed:
        lines = [Line(number, number % 2, text) for number, text in enumerate(printed)]
        run_objects.write_lines(project, start.id, WRITER, 0, lines)
    if made:
        shop.log("net", metadata={"acc": 0.9}, run=start.id)
    if state in ("finished", "failed"):
        summary = {metric: values(metric, steps)[-1] for metric in metrics}
        runs.finish(project, start.id, summary, state)
    elif state == "running":
        from mvfs.catalog import liveness

        liveness.sign(project, start.id, WRITER)
    return start.id


def points(shop: Shop, run: str, steps: int, *, metrics: Sequence[str] = ("loss", "val/acc")) -> None:
    """Have a run's history hold ``steps`` points."""
    columns: dict[str, Sequence[float]] = {
        "_step": list(range(steps)),
        "_runtime": [step * 1.5 for step in range(steps)],
    }
    columns |= {metric: values(metric, steps) for metric in metrics}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    run_objects.write_points(shop.project(), run, WRITER, 0, rows)


def values(metric: str, steps: int) -> list[float]:
    """A curve that falls or rises."""
    left = [math.exp(-5 * step / (steps + 20)) for step in range(steps)]
    return left if "loss" in metric else [1 - value for value in left]
