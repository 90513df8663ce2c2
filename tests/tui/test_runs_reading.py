"""How runs get from the store to the view: histories thinned out, columns chosen, output from its end."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.catalog import points as packing
from mvfs.catalog import run_objects
from mvfs.catalog.run_objects import Line
from mvfs.index.rows import Run
from mvfs.store import effects as fx
from tests.tui.showing import Shop, press, showing, text
from tests.tui.training import WRITER, trained
from tui.library import Library
from tui.reading.histories import history
from tui.reading.run import run as read_run
from tui.reading.runs import Asked
from tui.reading.runs import runs as read_runs
from tui.screens.runs import RunsScreen
from tui.viewmodel.curve import MOST, Thinning, joined
from tui.viewmodel.run_columns import Key, automatic, known
from tui.viewmodel.run_question import RunLanguage, sort_keys
from tui.viewmodel.runs import RunRow, RunTable

# Histories


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=3000), min_size=1, max_size=4))
def test_thinning_keeps_extremes_count_and_last(segments: list[list[float]]) -> None:
    thinning = Thinning()
    at = 0
    for segment in segments:
        steps = [float(step) for step in range(at, at + len(segment))]
        thinning.extend(steps, steps, segment)
        at += len(segment)
    everything = [value for segment in segments for value in segment]
    curve = joined([thinning])
    assert len(curve.values) <= MOST + 2
    assert (min(curve.values), max(curve.values)) == (min(everything), max(everything))
    assert (curve.points, curve.last) == (len(everything), everything[-1])
    assert list(curve.steps) == sorted(curve.steps)
    assert all(everything[int(step)] == value for step, value in zip(curve.steps, curve.values, strict=True))


def test_a_gap_stays_a_gap_unless_numbers_stand_beside_it() -> None:
    thinning = Thinning()
    count = 4 * MOST
    values = [1.0] * (count // 2) + [math.nan] * (count // 4) + [1.0] * (count // 4)
    thinning.extend([float(step) for step in range(count)], [0.0] * count, values)
    curve = joined([thinning])
    missing = [step for step, value in zip(curve.steps, curve.values, strict=True) if math.isnan(value)]
    assert min(missing) >= count // 2
    assert max(missing) < count * 3 // 4


VALUES = st.one_of(st.floats(), st.integers(-1 << 63, (1 << 64) - 1), st.text(max_size=3), st.none(),
                   st.booleans(), st.dictionaries(st.text(max_size=2), st.floats(), max_size=2))  # fmt: skip
POINT = st.dictionaries(st.sampled_from(["_step", "_runtime", "a", "b"]), VALUES, max_size=4)


@given(st.lists(POINT, max_size=9))
def test_columns_of_points_say_what_rows_say(rows: list[dict[str, Any]]) -> None:
    raw = packing.pack(rows)
    count, columns = packing.columns(raw, "k")
    again: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, places, values in columns:
        for place, value in zip(range(count) if places is None else places, values, strict=True):
            again[place][name] = value
    assert repr([sorted(row.items()) for row in again]) == \
        repr([sorted(row.items()) for row in packing.unpack(raw, "k")])  # fmt: skip


def write(shop: Shop, rows: list[dict[str, Any]], writer: str = WRITER, run: str = "") -> str:
    run = run or trained(shop, "x", steps=0, metrics=())
    run_objects.write_points(shop.project(), run, writer, 0, rows)
    return run


def test_what_is_no_number_is_no_metric(empty: Shop) -> None:
    rows: list[dict[str, Any]] = [
        {"_step": 0, "_runtime": 0.5, "loss": 1, "on": True, "word": "x", "image": {"_type": "image-file"},
         "eval": {"acc": 0.5, "name": "y", "top": {"5": 1.0}}},
        {"_step": 1, "_runtime": 1.5, "loss": 1 << 63, "word": None, "eval": {"acc": 0.75}},
        {"_step": 5, "_runtime": 2.5, "loss": float("nan")},
    ]  # fmt: skip
    found = history(Library(empty.catalog), "vision", write(empty, rows)).curves
    assert set(found) == {"loss", "eval.acc", "eval.top.5"}
    assert list(found["loss"].steps) == [0, 1, 5]
    assert list(found["loss"].times) == [0.5, 1.5, 2.5]
    assert found["loss"].values[0] == 1.0
    assert found["loss"].values[1] == 2.0**63
    assert list(found["eval.acc"].steps) == [0, 1]
    assert found["eval.acc"].last == 0.75


def test_of_very_many_metrics_fewer_points_are_kept(empty: Shop) -> None:
    names = [f"m{n}" for n in range(200)]
    rows: list[dict[str, Any]] = [{"_step": n, **dict.fromkeys(names, float(n))} for n in range(1200)]
    curves = history(Library(empty.catalog), "vision", write(empty, rows)).curves
    assert len(curves) == 200
    assert sum(len(curve.values) for curve in curves.values()) <= 110_000
    assert all(max(curve.values) == 1199 and curve.points == 1200 for curve in curves.values())


def test_processes_of_one_run_are_joined_by_step(empty: Shop) -> None:
    run = write(empty, [{"_step": step, "loss": 1.0} for step in (0, 2, 4)], "w001")
    write(empty, [{"_step": step, "loss": 2.0} for step in (1, 3)], "w002", run)
    curve = history(Library(empty.catalog), "vision", run).curves["loss"]
    assert list(curve.steps) == [0, 1, 2, 3, 4]
    assert curve.points == 5


def test_an_unchanged_history_is_not_read_again(empty: Shop) -> None:
    library = Library(empty.catalog)
    run = write(empty, [{"_step": 0, "loss": 1.0}])
    first = history(library, "vision", run)
    assert history(library, "vision", run, first) is first
    write(empty, [{"_step": step, "loss": 1.0} for step in range(9)], run=run)
    assert history(library, "vision", run, first).curves["loss"].points == 9


def test_of_long_output_only_the_end_is_read(empty: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(empty, "talker", steps=1)
    for number in range(5):
        lines = [Line(number * 100 + n, 0, f"line {number * 100 + n}") for n in range(100)]
        run_objects.write_lines(empty.project(), run, WRITER, number, lines)
    read = []
    backend = empty.project().backend
    get = type(backend).get

    def noted(self: Any, key: str, *more: Any) -> Any:
        read.append(key)
        return get(self, key, *more)

    monkeypatch.setattr(type(backend), "get", noted)
    found = run_objects.last_lines(empty.project(), run, 150)
    assert [line.text for line in found] == [f"line {n}" for n in range(350, 500)]
    assert sum("/console/" in key for key in read) == 2


def test_a_run_with_a_broken_part_is_shown_with_the_reason(empty: Shop) -> None:
    run = trained(empty, "hurt", printed=["x"])
    key = next(info.key for info in empty.project().backend.list("") if f"{run}/console/" in info.key)
    empty.project().backend.put(key, b"garbage")
    facts = read_run(Library(empty.catalog), "vision", run)
    assert facts.trouble is not None
    assert facts.run.summary["loss"] < 1


# Columns


def sample(*configs: dict[str, Any]) -> list[Run]:
    return [
        Run(f"r{n}", f"run {n}", None, None, config, {"acc": n / 10, "same": 1, "_step": n},
            "finished", n, n + 1, "me@here")
        for n, config in enumerate(configs)
    ]  # fmt: skip


def test_columns_are_what_differs_and_metrics_most_runs_have() -> None:
    configs = [{"path": f"/out/{n}", "lr": 0.1 * n, "fixed": 3, "optim": {"name": "a"}} for n in range(6)]
    rows = sample(*configs)
    keys = automatic(known(rows), rows)
    assert keys[0] == Key("summary", "acc")
    assert Key("config", "lr") in keys
    assert Key("config", "fixed") not in keys
    assert Key("summary", "_step") not in keys
    assert keys[-1] == Key("config", "path"), "a name of each run's own tells least"


def test_titles_are_short_but_told_apart() -> None:
    keys = [Key("summary", "train/loss"), Key("summary", "val/loss"), Key("summary", "val/acc")]
    from tui.viewmodel.run_columns import laid_out

    columns = laid_out(keys, [(0.1, 0.25, 0.5), (None, 0.5, 1.0)])
    assert [column.title for column in columns] == ["train/loss", "val/loss", "acc"]
    assert [column.text(0.5) for column in columns] == ["0.5", "0.50", "0.5"]
    assert columns[0].text(None) == ""


def test_short_words_stand_for_keys() -> None:
    language = RunLanguage([Key("config", "optim.lr"), Key("summary", "val/acc"), Key("config", "acc")])
    for short, long in (("acc>.9", "summary.val/acc>.9"), ("lr<1", "config.optim.lr<1"),
                        ("config.acc=1", "config.acc=1"), ("!state=failed", "not state=failed")):  # fmt: skip
        assert language.tree(short) == language.tree(long)
    assert language.keys("-acc")[0].label == "summary.val/acc"
    assert sort_keys([Key("summary", "loss"), Key("summary", "acc"), Key("config", "a b")])[:4] == \
        ["-created", "summary.loss", "-summary.acc", 'config."a b"']  # fmt: skip


# Many


def ten_thousand(shop: Shop) -> None:
    project = shop.project()
    for start in range(0, 10_000, 500):
        effects: list[fx.AnyEffect] = []
        for n in range(start, start + 500):
            config = {"lr": 1 / (n + 1), "layers": n % 7}
            effects += [fx.RunStarted(f"r{n:05}", f"run-{n}", "train", None, config),
                        fx.RunSummary(f"r{n:05}", {"acc": n / 10_000}),
                        fx.RunFinished(f"r{n:05}", "finished")]  # fmt: skip
        project.commit(lambda effects=effects: effects)  # type: ignore[misc]


async def test_ten_thousand_runs_cost_what_a_window_does(
    empty: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ten_thousand(empty)
    table = read_runs(Library(empty.catalog), Asked("vision"), 200)
    assert (len(table.rows), table.is_whole) == (200, False)
    painted: list[str] = []
    row = RunTable.row

    def noted(self: RunTable, one: RunRow, cells: Any) -> Any:
        painted.append(one.id)
        return row(self, one, cells)

    monkeypatch.setattr(RunTable, "row", noted)
    async with showing(empty, "runs vision sort:-summary.acc") as pilot:
        view = pilot.app.screen
        assert isinstance(view, RunsScreen)
        assert view.run_list.counts == (10_000, 10_000)
        assert "run-9999" in text(pilot)
        height = view.run_list.size.height
        for keys in (["j"], ["pagedown"], ["G"], ["g"], ["space"]):
            painted.clear()
            await press(pilot, *keys)
            assert len(painted) <= 4 * height, keys
        painted.clear()
        view.run_list.narrow("lr<0.001 layers=3")
        await press(pilot)
        assert view.run_list.counts[0] == sum(1 for n in range(10_000) if 1 / (n + 1) < 0.001 and n % 7 == 3)
        assert len(painted) <= 8 * height
