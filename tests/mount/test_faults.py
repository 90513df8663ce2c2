"""What goes wrong under a mount in use hurts what it hits and nothing else; once mended, all is well."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mount.conftest import Kind
from tests.mount.people import Child
from tests.mount.test_trust import BIG, FILE, MIB, damage, read_error
from tests.mount.worlds import World, until

OTHER = os.urandom(2 * MIB + 7)
V0 = "vision/model/iv3/v0"


def pread(fd: int, offset: int, length: int = 1000) -> bytes | int:
    """What a read gives, or its errno."""
    try:
        return os.pread(fd, length, offset)
    except OSError as exc:
        return exc.errno or 0


def drop(fd: int) -> None:
    """Have the kernel forget a file's pages."""
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


class Guest:
    """A process of the world's person that does something, waits for what happens, and goes on."""

    def __init__(self, world: World, begin: Callable[[], Any], go_on: Callable[[Any], Any]) -> None:
        is_begun, self._began = os.pipe()
        waits, self._goes = os.pipe()

        def work() -> Any:
            held = begin()
            os.write(self._began, b"1")
            os.read(waits, 1)
            return go_on(held)

        self._child: Child[Any] = world.person.start(work)
        os.close(self._began)
        assert os.read(is_begun, 1), self._child.result()
        os.close(is_begun)

    def go_on(self) -> Any:
        """Let it go on, and return what it returns."""
        os.write(self._goes, b"1")
        os.close(self._goes)
        return self._child.result()


def opened(world: World, begin: Callable[[int], None] = drop) -> Callable[[], int]:
    def open_it() -> int:
        fd = os.open(world.mountpoint / FILE, os.O_RDONLY)
        assert os.pread(fd, 100, 0) == BIG[:100]
        begin(fd)
        return fd

    return open_it


@pytest.fixture
def blob(world: World) -> Path:
    """The blob of the large file of a version that is not mounted yet."""
    world.log({"big": BIG, "other": OTHER, "small": b"small"})
    return next(path for path in world.blobs() if path.stat().st_size == len(BIG))


def check_others(world: World) -> None:
    assert world.read(f"{V0}/other") == OTHER
    assert world.read(f"{V0}/small") == b"small"


def test_bytes_change_while_a_file_is_open(world: World, kind: Kind, blob: Path) -> None:
    """Where the kernel reads by itself, who has the file open sees the disk; whoever opens it does not."""
    world.mount(*kind.options)

    def look(fd: int) -> list[bytes | int]:
        drop(fd)
        return [pread(fd, 0), pread(fd, 3 * MIB)]

    guest = Guest(world, opened(world), look)
    damage(blob, 3 * MIB + 5)
    if kind.name == "passthrough":
        assert read_error(world, FILE, 3 * MIB) == errno.EIO
        assert guest.go_on() == [BIG[:1000], BIG[3 * MIB :][:5] + b"\xff" * 10 + BIG[3 * MIB :][15:1000]]
    else:
        assert guest.go_on() == [BIG[:1000], errno.EIO]
    check_others(world)
    until(lambda: "'big' is damaged" in world.logged())
    assert read_error(world, FILE, 3 * MIB) == errno.EIO
    assert read_error(world, FILE, MIB) == 0
    damage(blob, 3 * MIB + 5, BIG[3 * MIB + 5 :][:10])
    assert world.read(FILE) == BIG


@pytest.mark.needs_root
def test_what_changed_while_the_kernel_read_it_is_told_when_it_is_closed(roots: World) -> None:
    roots.log({"big": BIG})
    roots.mount()
    guest = Guest(roots, opened(roots), lambda fd: pread(fd, 0))
    damage(roots.blobs()[0], 3 * MIB)
    assert guest.go_on() == BIG[:1000]
    until(lambda: "'big' is damaged" in roots.logged())


def test_a_blob_is_cut_while_a_file_is_open(world: World, kind: Kind, blob: Path) -> None:
    world.mount(*kind.options)

    def look(fd: int) -> list[bytes | int]:
        drop(fd)
        found = [pread(fd, 0), pread(fd, 3 * MIB)]
        blob.write_bytes(BIG)
        return [*found, pread(fd, 3 * MIB)]

    guest = Guest(world, opened(world), look)
    blob.chmod(0o666)
    os.truncate(blob, 2 * MIB + 100)
    check_others(world)
    cut = b"" if kind.name == "passthrough" else errno.EIO  # the kernel says that the file ends there
    assert guest.go_on() == [BIG[:1000], cut, BIG[3 * MIB :][:1000]]
    assert world.read(FILE) == BIG


def test_a_blob_is_cut_while_a_file_is_mapped(world: World, kind: Kind, blob: Path) -> None:
    """Whoever touches what is gone gets SIGBUS; what is there can be touched."""
    world.mount(*kind.options)
    reading, telling = os.pipe()

    def map_it() -> mmap.mmap:
        fd = opened(world)()
        return mmap.mmap(fd, 0, prot=mmap.PROT_READ)

    def touch(mapped: mmap.mmap) -> bytes:
        os.write(telling, mapped[MIB : MIB + 10])
        signal.signal(signal.SIGBUS, signal.SIG_DFL)
        return mapped[3 * MIB : 3 * MIB + 10]

    guest = Guest(world, map_it, touch)
    blob.chmod(0o666)
    os.truncate(blob, 2 * MIB + 100)
    with pytest.raises(ChildProcessError) as killed:
        guest.go_on()
    assert killed.value.errno == signal.SIGBUS
    assert os.read(reading, 10) == BIG[MIB : MIB + 10]
    check_others(world)
    blob.write_bytes(BIG)
    assert world.read(FILE) == BIG


def test_the_store_is_renamed_away_and_back(world: World, kind: Kind, blob: Path) -> None:
    world.log({"big": BIG[::-1], "small": b"second"}, aliases=("production",))
    world.mount(*kind.options)
    away = world.home / "away"
    assert world.read(f"{V0}/other") == OTHER
    names = world.names("vision/model/iv3")

    def look(fd: int) -> list[bytes | int]:
        found = [pread(fd, MIB)]
        away.rename(world.store)
        return [*found, pread(fd, 3 * MIB)]

    guest = Guest(world, opened(world), look)
    world.run(lambda: world.store.rename(away))
    for _ in range(2):
        assert world.names("vision/model/iv3") == names
        assert world.names("vision/model") == ["iv3"]
        assert world.names() == ["vision"]
        assert read_error(world, f"{V0}/small", 0) == errno.EIO
        assert read_error(world, "vision/model/iv3/production/small", 0) == errno.EIO
    assert not world.store.exists()
    held, later = guest.go_on()
    assert held == (errno.EIO if kind.name == "hashed" else BIG[MIB:][:1000])
    assert later == BIG[3 * MIB :][:1000]
    check_others(world)
    assert world.read("vision/model/iv3/production/small") == b"second"
    world.log({"small": b"third"})
    until(lambda: world.read("vision/model/iv3/latest/small") == b"third")


def test_a_project_is_moved_away_and_the_others_go_on(world: World, kind: Kind) -> None:
    world.log({"a": b"vision"})
    world.log({"a": b"sound"}, "sound/model/m")
    world.mount(*kind.options)
    assert world.names() == ["sound", "vision"]
    folder = next(
        path for path in world.store.glob("p/*") if b"vision" in next(path.glob("blobs/*/*")).read_bytes()
    )
    world.run(lambda: shutil.move(folder, world.home / "gone"))
    assert read_error(world, f"{V0}/a", 0) == errno.EIO
    assert world.read("sound/model/m/v0/a") == b"sound"
    world.run(lambda: shutil.move(world.home / "gone", folder))
    assert world.read(f"{V0}/a") == b"vision"
