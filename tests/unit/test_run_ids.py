"""Ids of runs: what is recorded can be read again, whatever they look like."""

from __future__ import annotations

import os

import pytest

from mvfs.catalog import runs
from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.project import Project
from mvfs.errors import InvalidName


@pytest.mark.parametrize("run_id", ["v7168159", "v0", "12345678", "latest", "a.b-c_d", "실행"])
def test_any_id_that_is_taken_can_be_read(project: Project, catalog: Catalog, run_id: str) -> None:
    runs.start(project, runs.RunStart(run_id, "train", None, None, {"lr": 0.1}, {}))
    runs.finish(project, run_id, {"acc": 0.5}, "finished")
    found = open_catalog().project(project.name).run(run_id)
    assert (found.id, found.state) == (run_id, "finished")


@pytest.mark.parametrize("run_id", ["", "a/b", "a:b", ".a", "a\x1b", "x" * 300])
def test_what_names_no_folder_is_refused_before_anything_is_written(project: Project, run_id: str) -> None:
    before = project.index.seq
    with pytest.raises(InvalidName):
        runs.start(project, runs.RunStart(run_id, "train", None, None, {}, {}))
    project.refresh()
    assert project.index.seq == before


def test_made_ids_do_not_read_like_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter([bytes([31, 1, 2, 3, 4, 5, 6, 7]), bytes([31, 1, 2, 3, 4, 5, 6, 31])])
    monkeypatch.setattr(os, "urandom", lambda _: next(given))
    assert runs.new_run_id() == "v123456v"
