"""``mvfs lineage``: drawings, lists, exit codes, and what wrong input gets."""

from __future__ import annotations

import json
import sys

import pytest

from mvfs.catalog import runs
from mvfs.catalog.project import Project
from tests.cli.conftest import Call
from tests.conftest import LogFiles


@pytest.fixture(autouse=True)
def work(project: Project, log_files: LogFiles) -> None:
    """photos:v0 → train → iv3:v0; photos:v1 → tune (with iv3:v0) → iv3:v1 → eval."""

    def begin(run_id: str, job: str, *used: tuple[str, int]) -> None:
        runs.start(project, runs.RunStart(run_id, run_id, job, None, {}, {}))
        for name, number in used:
            runs.use(project, run_id, project, name, number)

    log_files({"a": "1"}, "photos", "dataset")
    log_files({"a": "2"}, "photos", "dataset")
    begin("train", "train", ("photos", 0))
    log_files({"w": "1"}, run="train")
    begin("tune", "train", ("photos", 1), ("iv3", 0))
    log_files({"w": "2"}, run="tune")
    begin("eval", "eval", ("iv3", 1))
    runs.finish(project, "eval", {}, "failed")


def test_tree(call: Call) -> None:
    assert call("lineage", "vision/iv3:v1").out.splitlines() == [
        "◆ photos:v0",
        "└─ ● iv3:v0",
        "   └─ ● iv3:v1 ◀  [latest]  ╾ photos:v1",
        "      └─ ▷ eval (eval, failed)",
        "◆ photos:v1  [latest]",
    ]
    assert call("lineage", "vision/iv3:v1", "--up", "--depth", 1, "--ascii").out.splitlines() == [
        "# photos:v1  [latest]",
        "@ iv3:v0 ~ 1 more above",
        "`- @ iv3:v1 <  [latest]  <- photos:v1",
    ]
    exploded = call("lineage", "vision/iv3:v0", "--explode", "--down").out
    assert exploded.splitlines()[:3] == [
        "● iv3:v0 ◀",
        "└─ ▷ tune (train, running)",
        "   └─ ● iv3:v1  [latest]",
    ]
    assert call("lineage", "vision/iv3", "--names").out.splitlines() == [
        "◆ photos 2 versions",
        "└─ ● iv3 ◀ 2 versions",
    ]


def test_a_version_alone_says_which_runs_there_are(call: Call, project: Project, log_files: LogFiles) -> None:
    log_files({"a": "9"}, "lonely", "dataset")
    assert call("lineage", "vision/lonely").err == "no run is known that made or used vision/lonely:v0\n"
    assert call("lineage", "vision/lonely", "--up").err.endswith(" (in this direction)\n")
    runs.start(project, runs.RunStart("maker", "maker", "data", None, {}, {}))
    runs.produce(project, "maker", "lonely", 0)
    assert call("lineage", "vision/lonely").err == (
        "nothing but a run that made or used vision/lonely:v0 is known; --explode shows it\n"
    )
    assert "maker" in call("lineage", "vision/lonely", "--explode").out


def test_graph(call: Call) -> None:
    assert call("lineage", "vision/iv3:v1", "--format", "graph").out.splitlines() == [
        "             ◆ photos:v1─┬──● iv3:v1 ◀──▷ eval (eval, failed)",
        "◆ photos:v0──● iv3:v0────╯",
    ]


def test_for_other_programs(call: Call) -> None:
    graph = call("lineage", "vision/iv3:v1", "--explode", "--json").json
    assert graph == json.loads(call("lineage", "vision/iv3:v1", "--explode", "--format", "json").out)
    by_id = {node["id"]: node for node in graph["nodes"]}
    assert {(by_id[e["from"]]["ref"], by_id[e["to"]]["ref"]) for e in graph["edges"]} >= {
        ("vision/photos:v1", "vision/tune"),
        ("vision/tune", "vision/iv3:v1"),
        ("vision/iv3:v1", "vision/eval"),
    }
    assert [by_id[key]["ref"] for key in graph["focus"]] == ["vision/iv3:v1"]
    dot = call("lineage", "vision/iv3:v1", "--format", "dot").out
    assert dot.startswith("digraph lineage {\n")
    assert dot.count(" -> ") == 4
    mermaid = call("lineage", "vision/iv3:v1", "--format", "mermaid").out
    assert mermaid.startswith("flowchart LR\n")
    assert mermaid.count(" --> ") == 4


def test_lists(call: Call) -> None:
    lines = call("lineage", "vision/photos:v1", "--runs").out.splitlines()
    assert lines[0].split() == ["RUN", "NAME", "JOB", "STATE", "AGE"]
    assert [line.split()[:4] for line in lines[1:]] == [["vision/tune", "tune", "train", "running"]]
    lines = call("lineage", "vision/photos:v0", "--made", "model").out.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [
        ["vision/iv3:v0", "model", "1"],
        ["vision/iv3:v1", "model", "2"],
    ]
    assert len(call("lineage", "vision/photos:v0", "--made", "model", "--depth", 1).out.splitlines()) == 2
    found = call("lineage", "vision/iv3:v1", "--from", "dataset", "--json").json
    assert [(one["ref"], one["steps"]) for one in found] == [("vision/photos:v1", 1), ("vision/photos:v0", 2)]
    assert call("lineage", "vision/iv3:v1", "--runs", "--made", "model").code == 2


def test_common(call: Call) -> None:
    result = call("lineage", "vision/iv3:v0", "vision/iv3:v1", "--common", "dataset")
    assert (result.code, result.out.splitlines()) == (0, ["VERSION", "vision/photos:v0"])
    result = call("lineage", "vision/iv3:v0", "vision/photos:v1", "--common", "dataset")
    assert (result.code, result.out) == (1, "")
    assert "no version of type 'dataset'" in result.err
    assert "vision/photos: the first has v0, the second v1" in result.err
    assert call("lineage", "vision/iv3:v0", "vision/photos:v1", "--common", "dataset", "--json").json == []


def test_deleted_versions_are_drawn(call: Call) -> None:
    call("rm", "vision/iv3:v0", "--yes")
    assert "✗ iv3:v0 (deleted)" in call("lineage", "vision/iv3:v1").out
    result = call("lineage", "vision/iv3:v0")
    assert (result.code, "has no version v0 any more" in result.err) == (3, True)


def test_wrong_input(call: Call, tmp_path: object) -> None:
    for words in (
        ["vision/iv3", "vision/photos"],
        ["vision/iv3", "--common", "dataset"],
        ["vision/iv3", "--depth", "0"],
        ["vision/iv3", "--made", "model", "--depth", "0"],
        ["vision/iv3", "--limit", "0"],
        ["vision/iv3", f"{tmp_path}/other::vision/iv3", "--common", "dataset"],
    ):
        result = call("lineage", *words)
        assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert call("lineage", "vision").code == 3


def test_on_a_terminal(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm")
    coloured = call("lineage", "vision/iv3:v1", "--format", "graph")
    assert "\x1b[36m◆ photos:v1\x1b[0m" in coloured.out
    assert "columns wide, and the terminal 30" in coloured.err
    monkeypatch.setenv("NO_COLOR", "1")
    for line in call("lineage", "vision/iv3:v1", "--format", "graph").out.splitlines():
        assert len(line) <= 30
        assert "\x1b" not in line
    assert max(map(len, call("lineage", "vision/iv3:v1").out.splitlines())) <= 30
