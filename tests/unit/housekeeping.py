"""What the tests of housekeeping share: another writer in between, and a look at the whole index."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.index.fresh import fresh
from mvfs.index.index import Index


def intrude(monkeypatch: pytest.MonkeyPatch, project: Project, act: Callable[[Project], object]) -> list[int]:
    """Let another process act just before the next entry of ``project`` is created; counts the tries."""
    create = project.backend.create
    tries: list[int] = []

    def slow_create(key: str, data: bytes) -> bool:
        if project.journal.folder in key:
            tries.append(len(tries))
            if len(tries) == 1:
                act(open_catalog().project(project.name))
        return create(key, data)

    monkeypatch.setattr(project.backend, "create", slow_create)
    monkeypatch.setattr(project.backend, "turn", lambda _folder: nullcontext())  # no queue, or none intrudes
    return tries


def rows(index: Index) -> dict[str, list[tuple[object, ...]]]:
    """All tables of an index."""
    tables = [name for (name,) in index.db.execute("select name from sqlite_schema where type = 'table'")]
    return {table: sorted(index.db.execute(f"select * from {table}"), key=repr) for table in tables}


def assert_index_is_the_fold(project: Project) -> None:
    """The index that went along equals one that is made anew from the journal."""
    project.refresh()
    assert rows(project.index) == rows(fresh(project.journal))


def labels(project: Project, name: str = "iv3") -> list[str]:
    return [version.label for version in project.versions(name)]
