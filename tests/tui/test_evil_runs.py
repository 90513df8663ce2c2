"""What runs say of themselves is hostile too: names, keys, values, metrics, and what they printed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.catalog import run_objects, runs
from mvfs.catalog.run_objects import Line
from mvfs.index.rows import Run
from tests.tui.showing import Shop, frame, is_clean, press, showing, text
from tests.tui.test_evil import EVIL, VALUES, WORDS, check, version
from tests.tui.training import WRITER
from tui.screens.columns import KnownList
from tui.screens.run_copies import copies
from tui.viewmodel.curve import Curve, History
from tui.viewmodel.curves import Curves, pens
from tui.viewmodel.facts import Source
from tui.viewmodel.run_columns import automatic, known
from tui.viewmodel.run_details import RunDetails
from tui.viewmodel.run_facts import RunFacts
from tui.viewmodel.runs import Overview, RunRow, RunTable


@settings(max_examples=60, deadline=None)
@given(WORDS, VALUES, st.integers(20, 200))
def test_no_row_holds_a_control_character(words: list[str], values: dict[str, Any], width: int) -> None:
    run = Run(words[0], words[1], words[2], words[3], values, values, words[4], 1, 10**15, words[5],
              (words[6],), words[7])  # fmt: skip
    there = known([run, run])
    keys = automatic(there, [run]) or tuple(one.key for one in there)
    row = RunRow(run.id, run.name, run.state, run.job_type, run.group, words[6], 1, None, words[7],
                 tuple(values.get(key.path) for key in keys))  # fmt: skip
    table = RunTable(words[0], [row, row], keys, Overview(0, 2, there, keys))
    cells = table.layout(width)
    check([table.header(cells), table.row(row, cells)], width)
    check([list(KnownList(id="k").spans(one, width)) for one in there], width)

    facts = RunFacts(words[0], run, {**values, "argv": words, "git": {"commit": words[1], "branch": words[2]},
                                     "gpus": words, "cwd": words[3]},
                     {"exception": words[4]}, [Source(words[5], words[6], 1)], [version(words, values)],
                     [Line(1, number, word) for number, word in enumerate(words)], words[7])  # fmt: skip
    details = RunDetails(facts, 10**15, {key: Curve([0, 1], [0, 1], [1.0, 2.0], 2, 2.0) for key in values})
    check([list(line.spans) for line in details.lines(width)], width + 8)
    assert all(choice.text is not None for choice in copies(words[0], words[1], words[2], facts))

    drawn = pens([(words[0], words[1]), (words[2], words[3])])
    history = History(words[0], {word: Curve([0, 1], [0, 1], [1.0, 2.0], 2, 2.0) for word in words})
    curves = Curves(drawn, {words[0]: history})
    check([curves.legend(width)], width + 40)
    for metric in curves.metrics:
        check([curves.title(metric, width, is_current=True), *curves.values(metric, width)], width + 8)
        check(curves.picture(metric, width, 8), width)


def log_evil(shop: Shop, written: str) -> None:
    """A run that says ``written`` wherever it can."""
    project = shop.project()
    word = written.encode("utf-8", "replace").decode() or "r"
    short = word[:1000]
    labels = runs.RunStart(
        runs.new_run_id(), short, short, short, {short: word, "lr": 0.1, "d": {short: short}},
        {"argv": [word], "git": {"commit": short, "branch": short}, "cwd": short, "gpus": [short]},
        (short,), short,
    )  # fmt: skip
    runs.start(project, labels)
    rows: list[dict[str, Any]] = [{"_step": n, f"m{short}": n * 1.0, short: {short: 1.0}} for n in range(3)]
    run_objects.write_points(project, labels.id, WRITER, 0, rows)
    run_objects.write_lines(project, labels.id, WRITER, 0, [Line(n, n, word) for n in range(3)])
    run_objects.write_record(
        project, labels.id, run_objects.END, WRITER, {"exit_code": 1, "exception": short}
    )
    runs.finish(project, labels.id, {short: word, f"m{short}": 2.0}, "failed")


WALK = (
    *("v", "j", "j", "space j space", "tab", "enter", "j", "escape escape", "X", "T", "v", "C", "escape"),
    *("s", "escape", "y", "escape", "slash x", "escape", "j j j j j", "enter", "v", "tab", "G", "y"),
)


@pytest.mark.parametrize(("size", "half"), [((80, 24), 0), ((150, 40), 1)])
async def test_every_screen_of_runs_survives_all_of_it(empty: Shop, size: tuple[int, int], half: int) -> None:
    for written in EVIL[half::2]:
        log_evil(empty, written)
    async with showing(empty, "runs vision", size) as pilot:
        for keys in WALK:
            await press(pilot, *keys.split())
            assert all(is_clean(row) for row in frame(pilot)), keys
        assert "vision:" in text(pilot)
