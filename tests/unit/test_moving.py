"""``--move``: large files change hands without a copy, and are never nowhere."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.errors import Conflict
from mvfs.index.rows import Rule
from mvfs.store.sources import scan


def make(folder: Path, seed: int = 1, size: int = 3_000_000) -> Path:
    folder.mkdir(exist_ok=True)
    large = folder / "large.bin"
    large.write_bytes(random.Random(seed).randbytes(size))
    (folder / "small.txt").write_text("small")
    return large


def test_a_large_file_becomes_the_blob_itself(project: Project, tmp_path: Path) -> None:
    large = make(tmp_path / "work")
    data, inode = large.read_bytes(), large.stat().st_ino
    logged = log(project, Draft("iv3", "model", scan(tmp_path / "work"), move=True))
    content = project.content(logged.version)
    entry = next(content.files())
    key = content.reader(entry).whole_blob()
    assert key is not None
    blob = project.backend.local_path(key)
    assert blob is not None
    assert blob.stat().st_ino == inode
    assert blob.stat().st_nlink == 1
    assert large.read_bytes() == data
    assert large.is_symlink() or large.stat().st_mode & 0o222 == 0
    assert (tmp_path / "work/small.txt").read_text() == "small"
    assert content.reader(entry).read(0, entry.size) == data
    again = log(project, Draft("other", "model", scan(blob)))
    assert again.version.size == len(data)


def test_a_version_that_comes_to_nothing_gives_the_file_back(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    large = make(folder)
    log(project, Draft("iv3", "model", scan(large), metadata={"acc": 0.9}))
    other = make(folder, seed=2)
    other.chmod(0o640)
    draft = Draft("iv3", "model", scan(other), metadata={"acc": 0.1}, if_better=Rule("acc", "max"), move=True)
    assert not log(project, draft).kept
    assert (other.stat().st_mode & 0o777, other.stat().st_nlink) == (0o640, 1)
    with pytest.raises(Conflict):
        log(project, Draft("iv3", "dataset", scan(other), move=True))
    assert not other.is_symlink()
    with open(other, "ab") as file:
        file.write(b"still mine")


def test_an_interrupted_move_leaves_the_file(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = make(tmp_path / "work")
    mode = large.stat().st_mode

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Project, "commit", interrupt)
    with pytest.raises(KeyboardInterrupt):
        log(project, Draft("iv3", "model", scan(large), move=True))
    assert (large.stat().st_mode, large.stat().st_nlink) == (mode, 1)
    assert not list(project.backend.list(f"p/{project.id}/blobs/"))


def test_a_partly_known_file_stays_where_it_is(project: Project, tmp_path: Path) -> None:
    large = make(tmp_path / "work")
    log(project, Draft("iv3", "model", scan(large)))
    with open(large, "ab") as file:
        file.write(b"more")
    logged = log(project, Draft("iv3", "model", scan(large), move=True))
    assert logged.new_bytes < 1_500_000
    assert not large.is_symlink()
    assert os.access(large, os.W_OK)
    assert large.stat().st_mode & 0o200
