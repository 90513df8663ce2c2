"""New names for names and projects."""

from __future__ import annotations

import pytest

from mvfs.catalog import runs
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.deletion import delete, target
from mvfs.catalog.project import Project
from mvfs.catalog.renaming import rename
from mvfs.catalog.runs import RunStart
from mvfs.errors import Conflict, InvalidName, NotFound
from mvfs.index import queries
from tests.conftest import LogFiles
from tests.unit.housekeeping import assert_index_is_the_fold, intrude, labels


def test_everything_goes_with_a_name(project: Project, log_files: LogFiles) -> None:
    run = "run1"
    runs.start(project, RunStart(run, "train", None, None, {}, {}))
    log_files({"a": "0"}, aliases=["prod"], run=run, note="n")
    log_files({"a": "1"})
    runs.use(project, run, project, "iv3", 0)
    history, seq = queries.alias_history(project.index, "iv3"), project.index.seq
    rename(project, "iv3", "iv4")
    assert project.index.seq == seq + 1
    assert labels(project, "iv4") == ["v0", "v1"]
    assert project.aliases("iv4") == {"latest": 1, "prod": 0}
    assert queries.alias_history(project.index, "iv4") == history
    assert [one.id for one in queries.producers(project.index, "iv4", 0)] == [run]
    assert [one.id for one in queries.users(project.index, "iv4", 0)] == [run]
    assert [(i.name, i.number) for i in queries.inputs(project.index, run)] == [("iv4", 0)]
    assert log_files({"a": "2"}, name="iv4").version.label == "v2"
    assert log_files({"a": "0"}).version.label == "v0"  # the old name is free
    assert_index_is_the_fold(project)


def test_names_that_are_taken(project: Project, log_files: LogFiles) -> None:
    log_files({"a": "0"})
    log_files({"a": "1"}, name="iv4")
    with pytest.raises(Conflict, match="'vision/iv4' exists"):
        rename(project, "iv3", "iv4")
    delete(project, [target(project, "iv4")])
    with pytest.raises(Conflict, match="deleted versions are in the trash"):
        rename(project, "iv3", "iv4")
    with pytest.raises(NotFound):
        rename(project, "nope", "iv5")
    with pytest.raises(InvalidName):
        rename(project, "iv3", "v7")


def test_a_name_that_is_taken_meanwhile(
    project: Project, log_files: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_files({"a": "0"})
    intrude(monkeypatch, project, lambda other: log_files({"a": "1"}, name="iv4", into=other))
    with pytest.raises(Conflict, match="exists"):
        rename(project, "iv3", "iv4")


def test_a_project_keeps_everything_but_its_name(catalog: Catalog, log_files: LogFiles) -> None:
    log_files({"a": "0"})
    before = catalog.project("vision").id
    catalog.rename_project("vision", "sight")
    assert catalog.projects() == ["sight"]
    assert (catalog.project("sight").id, catalog.project("sight").name) == (before, "sight")
    assert labels(open_catalog().project("sight")) == ["v0"]
    assert catalog.make_project("vision").id != before
    with pytest.raises(Conflict, match="project 'vision' exists"):
        catalog.rename_project("sight", "vision")
    with pytest.raises(NotFound):
        catalog.rename_project("nope", "x")
    with pytest.raises(InvalidName):
        catalog.rename_project("sight", "v7")
