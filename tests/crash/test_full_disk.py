"""A disk that is full at any moment: one line says so, nothing is half done, nothing is left over."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mvfs.catalog import pointers, sweeping
from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.errors import NoSpace
from tests.crash import operations, views
from tests.crash.operations import Operate, logs
from tests.mount.people import Person

PAGE = 4096
SIZE = 12 << 20
LARGE = random.Random(5).randbytes((1 << 20) + 10)
NEEDED = (len(LARGE) + PAGE - 1) // PAGE
"""Pages that the large file takes."""

pytestmark = pytest.mark.needs_root


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Person]:
    """Somebody with a small disk of their own, below ``disk``."""
    home = tmp_path / "person"
    (home / "disk").mkdir(parents=True)
    person = Person(0, home)
    person.environment["MVFS_STORE"] = str(home / "disk/store")
    mounted = person.sh("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", home / "disk")
    assert mounted.code == 0, mounted.err
    yield person
    person.close()


def free(disk: Path) -> int:
    """Pages."""
    return os.statvfs(disk).f_bavail


def fill(disk: Path, left: int) -> Path:
    """Leave only so many pages."""
    filler = disk / "filler"
    with open(filler, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(free(disk) - left, 0) * PAGE or 1)
    return filler


def strike(disk: Path, project: Project, operate: Operate, left: int) -> bool:
    """Operate with so many pages left; return whether that was enough. If not, nothing has changed."""
    before, objects = views.check_all(project), everything(disk)
    filler = fill(disk, left)
    room = free(disk)
    try:
        operate(project)
    except NoSpace as exc:
        assert "\n" not in exc.message
        assert "make room" in exc.message
        assert views.check_all(project) == before
        assert free(disk) == room or (disk / "cache").exists()
        assert everything(disk) == objects, "something is left over"
        return False
    finally:
        filler.unlink()
    return True


def everything(disk: Path) -> set[str]:
    """All files of the store that have a byte."""
    return {str(path) for path in (disk / "store").rglob("*") if path.is_file() and path.stat().st_size}


def tries(pages: list[int], disk: Path, make: Callable[[int], Operate]) -> list[bool]:
    """Strike again and again; what failed for want of room works once there is some."""
    project = open_catalog().project("vision")
    enough = []
    for left in pages:
        operate = make(left)
        enough.append(strike(disk, project, operate, left))
        if not enough[-1]:
            operate(project)
        views.check_all(project)
    return enough


def first(sources: Path) -> None:
    """Make the store, with v0."""
    files = {"large": LARGE, "small": b"first"}
    logs(operations.write(sources / "first", files), "iv3")(open_catalog().make_project("vision"))


def new(sources: Path, number: int) -> Operate:
    """Log content that is all new."""
    large = random.Random(number).randbytes(len(LARGE))
    return logs(
        operations.write(sources / f"{number}", {"large": large, "small": b"%d" % number}), "iv3", "prod"
    )


@pytest.mark.parametrize("own_cache", [True, False], ids=["cache elsewhere", "cache on the same disk"])
def test_a_log_strikes_a_full_disk_at_every_phase(root: Person, tmp_path: Path, own_cache: bool) -> None:
    disk = root.home / "disk"
    if not own_cache:
        root.environment |= {"MVFS_CACHE_DIR": str(disk / "cache"), "MVFS_STATE_DIR": str(disk / "state")}

    def work() -> list[bool]:
        first(tmp_path)
        pages = [0, NEEDED // 2, *range(NEEDED - 1, NEEDED + 6)] if own_cache else [0, 1, NEEDED + 1]
        found = []
        for left in pages:
            found += tries([left], disk, lambda number: new(tmp_path, number))
            project = open_catalog().project("vision")
            operations.delete(project, "iv3", project.version("iv3").number)
            sweeping.sweep(project, 0)
        return found

    enough = root.run(work)
    assert not enough[0]
    if own_cache:
        assert enough[-1]
        assert sorted(enough) == enough, "less room was enough, and more was not"


def test_small_changes_strike_a_full_disk(root: Person, tmp_path: Path) -> None:
    disk = root.home / "disk"

    def work() -> list[list[bool]]:
        first(tmp_path)
        deeds: list[Callable[[int], Operate]] = [
            lambda left: lambda project: pointers.set_aliases(project, "iv3", 0, [f"alias{left}"]),
            lambda left: lambda project: pointers.set_note(project, "iv3", 0, f"note {left}"),
        ]
        return [tries([0, 1, 2], disk, deed) for deed in deeds]

    for enough in root.run(work):
        assert enough == [False, True, True]


def test_a_sweep_strikes_a_full_disk(root: Person, tmp_path: Path) -> None:
    disk = root.home / "disk"

    def work() -> list[bool]:
        first(tmp_path)
        new(tmp_path, 1)(project := open_catalog().project("vision"))
        operations.delete(project, "iv3", 1)
        return [strike(disk, project, lambda one: sweeping.sweep(one, 0), left) for left in (0, 1, 2)]

    assert root.run(work) == [False, False, True]


def test_the_first_log_strikes_a_full_disk(root: Person, tmp_path: Path) -> None:
    """Not even the store can be made; or the store, but not the project; or the project, but no version."""
    disk = root.home / "disk"

    def work() -> int:
        failures = 0
        for left in (0, 1, 2, 3, NEEDED):
            filler = fill(disk, left)
            with pytest.raises(NoSpace):
                first(tmp_path)
            failures += 1
            filler.unlink()
        first(tmp_path)
        assert views.check_all(open_catalog().project("vision"))["iv3"].aliases == {"latest": 0}
        return failures

    assert root.run(work) == 5


def test_a_disk_without_inodes_is_a_full_disk(root: Person, tmp_path: Path) -> None:
    disk = root.home / "disk"

    def work() -> list[bool]:
        first(tmp_path)
        project = open_catalog().project("vision")
        enough = []
        for more in range(12):
            before = views.check_all(project)
            used = os.statvfs(disk).f_files - os.statvfs(disk).f_ffree
            assert os.system(f"mount -o remount,nr_inodes={used + more} {disk}") == 0
            try:
                new(tmp_path, 77)(project)
            except NoSpace:
                assert views.check_all(project) == before
                enough.append(False)
            else:
                enough.append(True)
        return enough

    enough = root.run(work)
    assert not enough[0]
    assert enough[-1]
    assert sorted(enough) == enough


def test_the_command_line_says_it_in_one_line(root: Person, tmp_path: Path) -> None:
    root.run(lambda: first(tmp_path))
    source = operations.write(tmp_path / "more", {"large": LARGE[::-1]})
    root.run(lambda: fill(root.home / "disk", 3) and None)
    done = root.mvfs("log", source, "vision/model/iv3")
    assert done.code == 6
    assert len(done.err.splitlines()) == 1
    assert "no space left on device; make room and run it again, nothing was changed" in done.err
