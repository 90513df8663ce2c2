"""Stores that are moved, copied or put back while the cache stays: histories are not mixed up."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject
from mvfs.settings import StoreLocation
from mvfs.store import identity
from mvfs.store.backend.base import Backend
from tests.crash import operations, views
from tests.crash.operations import logs


def opened(path: Path) -> Project:
    """The project of the store at a path."""
    return open_catalog(StoreLocation(path, None)).make_project("vision")


def add(folder: Path, project: Project, text: str) -> None:
    """Log a version with this text."""
    logs(operations.write(folder / text, {"text": text.encode()}), "iv3")(project)


def texts(project: Project) -> list[str]:
    """What the versions say."""
    project.refresh()
    found = []
    for version in project.versions("iv3"):
        content = project.content(version)
        found += [content.reader(entry).read(0, entry.size).decode() for entry in content.files()]
    return found


def copy(store: Path, target: Path) -> None:
    """As ``cp -a`` does."""
    shutil.copytree(store, target, symlinks=True)


def test_a_store_that_was_moved_is_the_same(store: Path, tmp_path: Path) -> None:
    add(tmp_path, opened(store), "one")
    moved = tmp_path / "elsewhere"
    store.rename(moved)
    project = opened(moved)
    assert texts(project) == ["one"]
    add(tmp_path, project, "two")
    assert texts(project) == ["one", "two"]
    views.check_all(project)


def test_a_store_that_is_made_while_it_is_opened(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = identity.read, []

    def read(backend: Backend) -> object:
        if not asked:
            asked.append(True)
            opened(store)
            return None  # what was true before
        return real(backend)

    monkeypatch.setattr(identity, "read", read)
    assert open_catalog(StoreLocation(store, None)).projects() == ["vision"]


def test_copies_that_go_on_by_themselves_are_not_mixed_up(store: Path, tmp_path: Path) -> None:
    add(tmp_path, opened(store), "both")
    twin = tmp_path / "twin"
    copy(store, twin)
    for round_ in range(3):  # one has more entries than the other, which it is by turns
        add(tmp_path, opened(store), f"here {round_}")
        for extra in range(2):
            add(tmp_path, opened(twin), f"there {round_}.{extra}")
        assert texts(opened(store)) == ["both", *(f"here {number}" for number in range(round_ + 1))]
        assert len(texts(opened(twin))) == 1 + 2 * (round_ + 1)
    views.check_all(opened(store))
    views.check_all(opened(twin))


def test_copies_that_are_open_at_the_same_time_are_not_mixed_up(store: Path, tmp_path: Path) -> None:
    here = opened(store)
    add(tmp_path, here, "both")
    twin = tmp_path / "twin"
    copy(store, twin)
    there = opened(twin)
    add(tmp_path, there, "there 1")
    add(tmp_path, there, "there 2")
    assert texts(here) == ["both"]
    add(tmp_path, here, "here 1")
    assert texts(here) == ["both", "here 1"]
    add(tmp_path, there, "there 3")
    assert texts(here) == ["both", "here 1"]
    assert texts(there) == ["both", "there 1", "there 2", "there 3"]
    views.check_all(here)
    views.check_all(there)


def test_a_store_put_back_from_a_backup_is_not_gone_on_with(store: Path, tmp_path: Path) -> None:
    """A process that is at work meanwhile must not write where it believes the end to be."""
    project = opened(store)
    add(tmp_path, project, "one")
    backup = tmp_path / "backup"
    copy(store, backup)
    add(tmp_path, project, "two")
    shutil.rmtree(store)
    copy(backup, store)
    with pytest.raises(CorruptObject, match="put back"):
        add(tmp_path, project, "three")
    again = opened(store)
    assert texts(again) == ["one"]
    add(tmp_path, again, "three")
    assert texts(again) == ["one", "three"]
    views.check_all(again)
