"""Two versions with their runs: config, summary, code, inputs, and the mark of other data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mvfs.catalog import run_objects, runs
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.linking import link
from mvfs.catalog.project import Project
from mvfs.diff.comparing import lines
from mvfs.diff.model import Change, Kind
from mvfs.diff.runs import OtherData, Side
from mvfs.diff.text import hunks
from mvfs.diff.versions import VersionDiff, between
from mvfs.index.rows import Rule, Version
from tests.conftest import LogFiles

Begin = Callable[..., None]


@pytest.fixture
def begin(project: Project, log_files: LogFiles) -> Begin:
    """Starts a run that uses versions, as ``photos:0``; three versions of ``photos`` are there."""
    for number in range(3):
        log_files({"a": str(number)}, "photos", "dataset")

    def do(
        run_id: str,
        *used: str,
        config: dict[str, Any] | None = None,
        facts: dict[str, Any] | None = None,
        around: dict[str, Any] | None = None,
        summary: dict[str, Any] | None = None,
    ) -> None:
        runs.start(project, runs.RunStart(run_id, run_id, None, None, config or {}, facts or {}))
        for one in used:
            name, _, number = one.partition(":")
            runs.use(project, run_id, project, name, int(number))
        if around:
            run_objects.write_record(project, run_id, run_objects.SURROUNDINGS, "0123abcd", around)
        runs.set_summary(project, run_id, summary or {})

    return do


def pair(project: Project, log_files: LogFiles, old: str | None, new: str | None) -> tuple[Version, Version]:
    one, two = (log_files({"w": word}, run=run).version for word, run in (("1", old), ("2", new)))
    return project.version("iv3", _number(one)), project.version("iv3", _number(two))


def _number(version: Version) -> Any:
    from mvfs.refs import Selector

    return Selector(number=version.number)


def diff(project: Project, versions: tuple[Version, Version], catalog: Catalog | None = None) -> VersionDiff:
    return between(project, versions[0], project, versions[1], catalog, catalog)


def test_config_summary_inputs_code(project: Project, log_files: LogFiles, begin: Begin) -> None:
    git = {"commit": "abc", "remote": "git@x:y.git", "branch": "main", "dirty": True}
    begin(
        "one",
        "photos:0",
        config={"lr": 0.1, "opt": {"name": "sgd"}},
        facts={"git": git, "argv": ["train.py", "--fast"], "python": "3.11.1"},
        around={"packages": ["numpy==2.0", "torch==2.5"], "diff": "-a\n+b\n"},
        summary={"acc": 0.9, "_runtime": 3},
    )
    begin(
        "two",
        "photos:1",
        config={"lr": 0.1, "opt": {"name": "adam"}},
        facts={"git": git | {"commit": "def"}, "argv": ["train.py", "--fast"], "python": "3.11.1"},
        around={"packages": ["numpy==2.1", "torch==2.5", "ruamel.yaml==1"], "diff": "-a\n+c\n"},
        summary={"acc": 0.95, "_runtime": 9},
    )
    found = diff(project, pair(project, log_files, "one", "two"))
    assert found.config == [Change("opt.name", Kind.CHANGED, "sgd", "adam")]
    assert found.summary == [Change("acc", Kind.CHANGED, 0.9, 0.95)]
    assert found.inputs == [Change("photos", Kind.CHANGED, "v0", "v1")]
    assert found.code.changes == (Change("commit", Kind.CHANGED, "abc", "def"),)
    assert found.code.packages == (
        Change("numpy", Kind.CHANGED, "2.0", "2.1"),
        Change("ruamel.yaml", Kind.ADDED, None, "1"),
    )
    assert found.code.patch is not None
    (hunk,) = hunks(found.code.patch.old.rows, found.code.patch.new.rows)
    assert hunk.rows[1].new == "+c"
    assert found.other_data == [OtherData("trained", "photos", ("v0",), ("v1",))]
    assert found.other_data[0].title == "trained on different versions of photos: v0, and v1"
    assert not found.is_same


def test_of_a_run_that_is_not_known_nothing_is_told(
    project: Project, log_files: LogFiles, begin: Begin
) -> None:
    begin("one", "photos:0", config={"lr": 1})
    found = diff(project, pair(project, log_files, "one", None))
    assert (found.config, found.summary, found.inputs, found.other_data) == ([], [], [], [])
    assert (found.code.changes, found.code.patch) == ((), None)


def test_evaluated_on_other_data(project: Project, log_files: LogFiles, begin: Begin) -> None:
    begin("one", "photos:0")
    begin("two", "photos:0")
    versions = pair(project, log_files, "one", "two")
    begin("eval-one", "iv3:0", "photos:1")
    begin("eval-two", "iv3:1", "photos:2")
    begin("tune", "iv3:1", "photos:1")
    log_files({"w": "3"}, run="tune")  # it made a model, so it evaluated nothing
    found = diff(project, versions)
    assert found.other_data == [OtherData("evaluated", "photos", ("v1",), ("v2",))]
    begin("eval-two-again", "iv3:1", "photos:1")  # now both are known on v1
    assert diff(project, versions).other_data == []


def test_data_of_another_project(
    catalog: Catalog, project: Project, log_files: LogFiles, begin: Begin
) -> None:
    shared = catalog.make_project("shared")
    for number in range(2):
        log_files({"a": str(number)}, "birds", "dataset", into=shared)
    for number, run in enumerate(("one", "two")):
        begin(run)
        runs.use(project, run, shared, "birds", number)
    versions = pair(project, log_files, "one", "two")
    found = diff(project, versions, catalog)
    assert found.other_data == [OtherData("trained", "shared/birds", ("v0",), ("v1",))]
    assert diff(project, versions).inputs != []  # also without the catalog, which knows its name


def test_the_same_data_under_another_number_is_the_same(
    project: Project, log_files: LogFiles, begin: Begin
) -> None:
    log_files({"a": "back again"}, "photos", "dataset")
    begin("one", "photos:0")
    begin("two", "photos:0")
    found = diff(project, pair(project, log_files, "one", "two"))
    assert (found.inputs, found.other_data) == ([], [])


def test_of_a_link_the_run_of_what_it_stands_for(
    catalog: Catalog, project: Project, log_files: LogFiles, begin: Begin
) -> None:
    begin("one", "photos:0", config={"lr": 1})
    begin("two", "photos:1", config={"lr": 2})
    versions = pair(project, log_files, "one", "two")
    registry = catalog.make_project("registry")
    linked = [link(project, version, registry, "released") for version in versions]
    found = between(registry, linked[0], registry, linked[1], catalog, catalog)
    assert found.config == [Change("lr", Kind.CHANGED, 1, 2)]
    assert found.inputs == [Change("vision/photos", Kind.CHANGED, "v0", "v1")]
    begin("eval-one", "iv3:0", "photos:1")
    runs.start(registry, runs.RunStart("eval-two", "eval-two", None, None, {}, {}))
    runs.use(registry, "eval-two", registry, "released", linked[1].number)
    runs.use(registry, "eval-two", project, "photos", 2)
    assert [one.how for one in found.other_data] == ["trained", "evaluated"]
    beside = between(project, versions[0], registry, linked[0], catalog, catalog)
    assert (beside.config, beside.inputs, beside.files) == ([], [], [])


def test_metadata_note_tags(project: Project, log_files: LogFiles) -> None:
    one = log_files({"w": "1"}, metadata={"acc": 0.9}, note="first\nmore\n", tags=("a", "b")).version
    two = log_files(
        {"w": "1"}, "copy", metadata={"acc": 0.9, "f1": 1}, note="first\n", tags=("b", "c")
    ).version
    found = diff(project, (one, two))
    assert found.metadata == [Change("f1", Kind.ADDED, None, 1)]
    assert [(one.path, one.kind) for one in found.labels] == [("a", Kind.REMOVED), ("c", Kind.ADDED)]
    assert found.note is not None
    assert (found.files, found.same_files, found.is_same) == ([], 1, False)
    assert diff(project, (one, one)).is_same


def test_side_by_side(project: Project, log_files: LogFiles, begin: Begin) -> None:
    begin("one", "photos:0", config={"lr": 0.1, "seed": 1}, summary={"acc": 0.9})
    begin("two", "photos:1", config={"lr": 0.2, "seed": 1}, summary={"acc": float("nan")})
    from mvfs.catalog.rules import set_rule

    versions = pair(project, log_files, "one", "two")
    set_rule(project, "iv3", Rule("acc", "max"))
    other = log_files({"w": "9"}, metadata={"acc": 0.9}).version
    sides = [Side(project, version) for version in (*versions, other)]
    found = {(one.section, one.path): one for one in lines(sides)}
    assert found["summary", "acc"].best == (0,)
    assert found["metadata", "acc"].values == {2: 0.9}
    assert found["config", "lr"].values == {0: 0.1, 1: 0.2}
    assert found["inputs", "photos"].values == {0: "v0", 1: "v1"}
    assert {key for key, one in found.items() if not one.differs} == set()
    two = {(one.section, one.path): one.differs for one in lines(sides[:2])}
    assert two["config", "seed"] is False
    assert two["config", "lr"] is True
