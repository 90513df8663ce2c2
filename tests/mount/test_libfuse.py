"""What is different with ``--driver libfuse``, and what it needs."""

from __future__ import annotations

import errno
import importlib
import mmap
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.recording import stamps
from mvfs.mount import libfuse, mountpoints
from mvfs.mount.answers import Answers
from mvfs.mount.driver import LIBFUSE
from mvfs.mount.opens import Opens
from mvfs.mount.options import Options
from mvfs.mount.tree import Tree
from tests.mount.worlds import World, until, world_of

ALIAS = "vision/model/iv3/production"


@pytest.fixture
def through() -> Iterator[World]:
    """An empty world of whoever runs the tests, where mounts go through libfuse."""
    with world_of(os.getuid(), LIBFUSE) as made:
        yield made


def attempt(work: Callable[[], bytes]) -> bytes | int:
    """What ``work`` returns, or the errno it ends with."""
    try:
        return work()
    except OSError as exc:
        return exc.errno or 0


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"o" * 5000, b"n" * 5000), (b"o" * (3 << 20), b"new"), (b"old", b"n" * (3 << 20))],
    ids=["as large", "smaller", "larger"],
)
def test_a_file_that_is_open_stays_what_it_is(through: World, old: bytes, new: bytes) -> None:
    through.log({"held": old, "other": old}, aliases=("production",))
    through.log({"held": new, "other": new})
    through.mount()
    alias = through.mountpoint / ALIAS
    ready, telling = os.pipe()
    moved, waiting = os.pipe()

    def hold() -> list[bytes | int]:
        with open(alias / "held", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
            file.read(1)
            os.write(telling, b"1")
            os.read(moved, 1)
            until(lambda: (alias / "other").read_bytes() == new)
            second = attempt((alias / "held").read_bytes)
            beside = (alias.parent / "v1/held").read_bytes()
            file.seek(0)
            found = [file.read(), mapped[:], os.fstat(file.fileno()).st_size == len(old), second, beside]
        until(lambda: attempt((alias / "held").read_bytes) == new)
        return found

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(through.run, hold)
        os.read(ready, 1)
        through.move("production", 1)
        os.write(waiting, b"1")
        assert holder.result() == [old, old, True, errno.ESTALE, new]
    assert through.logged().count("production/held' is still open as it was before its alias moved") == 1


def test_no_reader_sees_two_versions_at_once(through: World) -> None:
    """An alias goes to and fro while a file below it is read and mapped, again and again."""
    contents = [b"%d" % number * (70_000 * (number + 1)) for number in range(3)]
    for content in contents:
        through.log({"a": content})
    through.move("production", 0)
    through.mount()
    path = through.mountpoint / ALIAS / "a"
    begun, over = through.home / "begun", through.home / "over"

    def read() -> tuple[bool, set[int]]:
        seen: set[int] = set()
        begun.touch()
        while not over.exists():
            try:
                file = open(path, "rb")  # noqa: SIM115 - what is caught is that it does not open
            except OSError as exc:
                assert exc.errno == errno.ESTALE  # the other reader held what the alias has left
                continue
            with file:
                whole = file.read()
                size = os.fstat(file.fileno()).st_size
                with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
                    if whole not in contents or mapped[:] != whole or size != len(whole):
                        return False, seen
            seen.add(contents.index(whole))
        return True, seen

    def shows(content: bytes) -> bool:
        return reader.done() or through.run(lambda: attempt(path.read_bytes)) == content

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(through.run, read)
        until(begun.exists)  # a process that is forked beside another one holds the ends of its pipes open
        try:
            for number in (1, 2, 0, 2, 1):
                through.move("production", number)
                until(partial(shows, contents[number]))
        finally:
            over.touch()
        assert reader.result() == (True, {0, 1, 2})


def test_pages_are_kept_across_opens(through: World) -> None:
    through.log({"big": os.urandom(4 << 20)})
    mount = through.mount()

    def read_by_us() -> int:
        return int(Path(f"/proc/{mount.pid}/io").read_text().split()[1])

    through.read("vision/model/iv3/v0/big")
    before = read_by_us()
    through.read("vision/model/iv3/v0/big")
    assert read_by_us() - before < 1 << 20


def test_a_library_that_mounts_by_itself(through: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As libfuse 2 does: the mount is known for ours, and ends like any other."""
    monkeypatch.setattr(libfuse, "_TAKES_DESCRIPTORS", (99, 0))
    through.log({"a": b"0"})
    mount = through.mount()
    assert through.read("vision/model/iv3/v0/a") == b"0"

    def look() -> mountpoints.Mounted | None:
        return mountpoints.mounted_at(through.mountpoint)

    found = through.run(look)
    assert found is not None
    assert found.type == mountpoints.FILE_SYSTEM
    through.umount(mount)
    assert through.run(look) is None


def test_a_library_that_cannot_mount(through: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libfuse, "_TAKES_DESCRIPTORS", (99, 0))
    monkeypatch.setattr(libfuse, "BELIEVED", "no number")
    done = through.person.mvfs("mount", "--driver", LIBFUSE, through.mountpoint)
    assert (done.code, done.err.count("\n")) == (6, 1)
    assert "does not answer" in done.err
    assert "mvfs mount -f" in through.logged()


def test_what_it_needs(through: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusal() -> tuple[int, str]:
        done = through.person.mvfs("mount", "--driver", LIBFUSE, through.mountpoint)
        assert done.err.count("\n") == 1
        return done.code, done.err

    monkeypatch.setitem(sys.modules, "mfusepy", None)
    code, line = refusal()
    assert (code, "pip install 'mvfs[libfuse]'" in line) == (6, True)

    def without_library(name: str) -> None:
        raise OSError("Unable to find libfuse")

    monkeypatch.setattr(importlib, "import_module", without_library)
    code, line = refusal()
    assert (code, "install the package 'fuse3'" in line) == (6, True)


WRITES = (
    "chmod", "chown", "create", "fallocate", "link", "mkdir", "mknod", "removexattr", "rename", "rmdir",
    "setxattr", "symlink", "truncate", "unlink", "utimens", "write",
)  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_it_refuses_to_write_by_itself_too(catalog: Catalog, name: str) -> None:
    """The kernel asks nothing of the kind on a read-only mount; one that was remounted would."""
    answers = Answers(Tree(catalog), Opens(Options(), stamps()), lambda: None)
    with pytest.raises(OSError, match="Read-only") as caught:
        getattr(answers, name)("/a", 0)
    assert caught.value.errno == errno.EROFS
