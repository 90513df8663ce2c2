"""What the power of a machine could take away: nothing that an entry leads to, at any moment.

A model of a disk sees the calls of the operating system. A file's bytes are safe once it was fsynced, and a
name is safe once its directory was. All else is taken to be lost.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.store.backend import local
from tests.crash.operations import logs, write

LARGE = random.Random(3).randbytes(3 << 20)


class Disk:
    """Remembers what is not safe yet below a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.unsafe_files: set[int] = set()
        """Inodes of files that were made or opened for writing, and not fsynced since."""
        self.unsafe_names: dict[str, set[str]] = defaultdict(set)
        """By directory."""
        self.entries = 0
        self.before_entry: Callable[[], None] = self.check

    @contextmanager
    def watched(self) -> Iterator[None]:
        """See the calls that are made in this context."""
        seen = {"open": self._open, "fsync": self._fsync, "mkdir": self._mkdir}
        seen |= {"link": self._link, "rename": self._rename}
        with ExitStack() as stack:
            for name, instead in seen.items():
                stack.enter_context(mock.patch.object(os, name, instead(getattr(os, name))))
            yield

    def check(self) -> None:
        """Everything in the store but scratch would be there after a power cut."""
        for folder, _, names in os.walk(self.root):
            if Path(folder).relative_to(self.root).parts[:1] == ("tmp",):
                continue
            for name in names:
                path = Path(folder, name)
                assert path.stat().st_ino not in self.unsafe_files, f"the bytes of {path} can be lost"
                for step in (path, *path.parents):
                    if step == self.root.parent:
                        break
                    assert step.name not in self.unsafe_names[str(step.parent)], f"{step} can be lost"

    def _name(self, path: str | os.PathLike[str]) -> None:
        self.unsafe_names[os.path.dirname(os.path.abspath(path))].add(os.path.basename(path))

    def _open(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: str, flags: int, *rest: int, **options: object) -> int:
            fd = real(path, flags, *rest, **options)
            if flags & (os.O_WRONLY | os.O_RDWR):
                self.unsafe_files.add(os.fstat(fd).st_ino)
            return fd

        return call

    def _fsync(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def call(fd: int) -> None:
            real(fd)
            self.unsafe_files.discard(os.fstat(fd).st_ino)
            self.unsafe_names.pop(os.readlink(f"/proc/self/fd/{fd}"), None)

        return call

    def _mkdir(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(path: str, *rest: int) -> None:
            real(path, *rest)
            self._name(path)

        return call

    def _rename(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(source: str, target: str) -> None:
            real(source, target)
            self._name(target)

        return call

    def _link(self, real: Callable[..., None]) -> Callable[..., None]:
        def call(source: str, target: str, **options: bool) -> None:
            if "/journal/" in str(target):
                assert os.stat(source).st_ino not in self.unsafe_files, "the bytes of the entry can be lost"
                self.before_entry()
                self.entries += 1
            real(source, target, **options)
            self._name(target)

        return call


@pytest.fixture
def disk(store: Path) -> Disk:
    return Disk(store)


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    changed = LARGE[: 1 << 20] + os.urandom(1 << 20) + LARGE[2 << 20 :]
    return [
        write(tmp_path / "first", {"large": LARGE, "a/small": b"1"}),
        write(tmp_path / "second", {"large": changed, "a/small": b"2", "b": b"3"}),
    ]


@pytest.mark.parametrize("move", [False, True], ids=["copied", "moved"])
def test_everything_is_on_disk_before_the_entry_is(disk: Disk, folders: list[Path], move: bool) -> None:
    with disk.watched():
        project = open_catalog().make_project("vision")
        for folder in folders:
            logs(folder, "iv3", "prod", move=move)(project)
            disk.check()  # and the entry too, before anybody is told
    assert disk.entries == 2


def test_a_directory_that_somebody_else_made_is_synced_too(disk: Disk, folders: list[Path]) -> None:
    """That one may have died before it came to do so."""
    project = open_catalog().make_project("vision")
    for name in ("blobs", "journal", "manifests"):
        (disk.root / "p" / project.id / name).mkdir(parents=True)
        disk.unsafe_names[str(disk.root / "p" / project.id)].add(name)
    with disk.watched():
        logs(folders[0], "iv3")(open_catalog().project("vision"))
        disk.check()
    assert disk.entries == 1


def test_the_check_notices_a_directory_that_is_not_synced(
    disk: Disk, folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = local._fsync
    monkeypatch.setattr(local, "_fsync", lambda path: None if "manifests" in str(path) else real(path))
    with disk.watched(), pytest.raises(AssertionError, match=r"manifests.* can be lost"):
        logs(folders[0], "iv3")(open_catalog().make_project("vision"))


def test_the_check_notices_a_blob_that_is_not_synced(
    disk: Disk, folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = local._fsync
    staged = disk.root / "tmp"
    monkeypatch.setattr(local, "_fsync", lambda path: None if staged in path.parents else real(path))
    with disk.watched(), pytest.raises(AssertionError, match=r"bytes of .*blobs.* can be lost"):
        logs(folders[0], "iv3")(open_catalog().make_project("vision"))
