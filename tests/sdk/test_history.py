"""Steps, and segments that come back as they were logged."""

from __future__ import annotations

import logging
import math
import time
from typing import Any

import numpy as np
import pytest

import mvfs
from mvfs.catalog import run_objects
from mvfs.catalog.catalog import Catalog
from mvfs.errors import NoSpace
from mvfs.sdk import segments
from mvfs.sdk.history import History


@pytest.fixture
def run() -> mvfs.Run:
    return mvfs.init(project="p")


def rows_of(run: mvfs.Run) -> list[dict[str, Any]]:
    """What was logged, less the times."""
    mvfs.finish()
    found = mvfs.Api().run(f"p/{run.id}").scan_history()
    return [{k: v for k, v in row.items() if k not in ("_timestamp", "_runtime")} for row in found]


def test_each_call_is_a_step(run: mvfs.Run) -> None:
    for value in (3, 4):
        run.log({"a": value})
    assert run.step == 2
    assert rows_of(run) == [{"a": 3, "_step": 0}, {"a": 4, "_step": 1}]


def test_one_step_merges(run: mvfs.Run) -> None:
    run.log({"a": 1}, step=5)
    run.log({"b": 2}, step=5)
    run.log({"a": 3}, step=7)
    run.log({"c": 4}, commit=False)
    run.log({"d": 5})
    run.log({"e": 6})
    assert rows_of(run) == [
        {"a": 1, "b": 2, "_step": 5},
        {"a": 3, "c": 4, "d": 5, "_step": 7},
        {"e": 6, "_step": 8},
    ]


def test_step_with_commit(run: mvfs.Run) -> None:
    run.log({"a": 1}, step=2, commit=True)
    run.log({"b": 1})
    assert rows_of(run) == [{"a": 1, "_step": 2}, {"b": 1, "_step": 3}]


def test_going_back_is_ignored_with_a_warning(run: mvfs.Run, caplog: pytest.LogCaptureFixture) -> None:
    run.log({"a": 1}, step=5)
    run.log({"a": 2}, step=3)
    assert "Tried to log to step 3 that is less than the current step 5." in caplog.text
    assert run.summary["a"] == 1
    assert rows_of(run) == [{"a": 1, "_step": 5}]


def test_an_uncommitted_step_is_written_at_the_end(run: mvfs.Run) -> None:
    run.log({"a": 1}, commit=False)
    assert rows_of(run) == [{"a": 1, "_step": 0}]


def test_values_become_plain(run: mvfs.Run) -> None:
    values = [1, 2]
    run.log(
        {
            "scalar": np.float32(0.5), "int": np.int64(3), "array": np.arange(3), "nan": math.nan,
            "inf": math.inf, "nested": {"acc": np.float64(0.25), "t": (1, 2)}, "big": 1 << 80,
            "text": "x\udcff", "list": values, "object": object, "flag": np.bool_(True),
        }
    )  # fmt: skip
    values.append(3)
    assert run.summary["nested"] == {"acc": 0.25, "t": [1, 2]}
    (row,) = rows_of(run)
    assert math.isnan(row.pop("nan"))
    assert row == {
        "scalar": 0.5, "int": 3, "array": [0, 1, 2], "inf": math.inf, "nested": {"acc": 0.25, "t": [1, 2]},
        "big": float(1 << 80), "text": "x?", "list": [1, 2], "object": "<class 'object'>", "flag": True,
        "_step": 0,
    }  # fmt: skip


def test_refused(run: mvfs.Run) -> None:
    with pytest.raises(TypeError, match="must be a dict"):
        run.log([1])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^Key values passed to `mvfs.log` must be strings.$"):
        run.log({1: 2})  # type: ignore[dict-item]


def test_many_points_make_few_segments(run: mvfs.Run, catalog: Catalog) -> None:
    for value in range(30_000):
        run.log({"loss": value})
    mvfs.finish()
    project = catalog.project("p")
    segments = list(project.backend.list(f"p/{project.id}/runs/{run.id}/history/"))
    assert len(segments) <= 4
    assert sum(info.size for info in segments) < 30_000 * 8
    assert [row["loss"] for row in run_objects.read_history(project, run.id)] == list(range(30_000))


def test_samples_are_spread_and_end_with_the_last(run: mvfs.Run) -> None:
    for value in range(1000):
        run.log({"loss": value, "other": 1})
    mvfs.finish()
    rows = mvfs.Api().run(f"p/{run.id}").history(samples=10, keys=["loss"], pandas=False)
    assert rows == [{"_step": n, "loss": n} for n in range(99, 1000, 100)]


def test_wide_points_are_readable_however_well_they_compress(run: mvfs.Run) -> None:
    for _ in range(300):
        run.log({f"{'k' * 40}{number}": 0.0 for number in range(400)})
    assert len(rows_of(run)) == 300


def test_a_monstrous_point_is_dropped_with_a_warning(run: mvfs.Run, caplog: pytest.LogCaptureFixture) -> None:
    run.log({"a": 1})
    run.log({"a": 2, "text": "x" * (segments.SEGMENT_BYTES + 1)})
    run.log({"a": 3})
    assert [row["a"] for row in rows_of(run)] == [1, 3]
    assert "the point of step 1 is too long" in caplog.text


def test_trouble_keeps_the_points(caplog: pytest.LogCaptureFixture) -> None:
    written: list[tuple[int, list[int]]] = []
    trouble = [NoSpace("full")]

    def write(segment: int, rows: list[dict[str, Any]]) -> None:
        if trouble:
            raise trouble.pop()
        written.append((segment, [row["a"] for row in rows]))

    log = History(write)
    log.log({"a": 1})
    with pytest.raises(NoSpace):
        log.flush()
    log.log({"a": 2})
    log.finish()
    assert written == [(0, [1, 2])]


def test_trouble_does_not_stop_training(
    run: mvfs.Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise NoSpace("the disk is full")

    monkeypatch.setattr(segments, "SEGMENT_VALUES", 10)
    with monkeypatch.context() as broken:
        broken.setattr(run_objects, "write_points", full)
        for value in range(20):
            run.log({"a": value})
        until = time.monotonic() + 20
        while "the disk is full" not in caplog.text and time.monotonic() < until:
            time.sleep(0.01)
    assert caplog.text.count("the disk is full") == 1
    assert caplog.records[0].levelno == logging.WARNING
    assert [row["a"] for row in rows_of(run)] == list(range(20))
