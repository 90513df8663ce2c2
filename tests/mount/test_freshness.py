"""What another process does shows within a second, and never in the middle of what somebody reads."""

from __future__ import annotations

import os
import time

import pytest

from mvfs.mount import kernel
from tests.mount.worlds import World, until


@pytest.mark.beyond_libfuse("one inode per path: see test_libfuse.py for what it does instead")
def test_a_moved_alias_shows_while_its_readers_keep_what_they_have(world: World) -> None:
    world.log({"a": b"old", "sub/b": b"old b", "big": b"o" * (2 << 20)}, aliases=("production",))
    world.log({"a": b"new", "sub/b": b"new b", "big": b"n" * (2 << 20)})
    world.mount()
    alias = world.mountpoint / "vision/model/iv3/production"
    ready, telling = os.pipe()
    moved, waiting = os.pipe()

    def read_on() -> tuple[bytes, ...]:
        file = os.open(alias / "a", os.O_RDONLY)
        big = os.open(alias / "big", os.O_RDONLY)
        folder = os.open(alias, os.O_RDONLY | os.O_DIRECTORY)
        os.chdir(alias / "sub")
        assert os.pread(file, 1, 0) == b"o"
        os.write(telling, b"1")
        os.read(moved, 1)
        while (alias / "a").read_bytes() != b"new":
            time.sleep(0.01)
        within = os.open("a", os.O_RDONLY, dir_fd=folder)
        with open("b", "rb") as beside:
            return os.pread(file, 9, 0), os.pread(big, 9, 1 << 20), os.read(within, 9), beside.read()

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(world.run, read_on)
        os.read(ready, 1)
        world.move("production", 1)
        start = time.monotonic()
        until(lambda: world.read("vision/model/iv3/production/a") == b"new")
        took = time.monotonic() - start
        os.write(waiting, b"1")
        assert reader.result() == (b"old", b"o" * 9, b"old", b"old b")
    assert world.read("vision/model/iv3/production/sub/b") == b"new b"
    assert took < 20  # a second on a machine that has nothing else to do


@pytest.mark.beyond_libfuse("it tells the kernel nothing unasked")
def test_the_kernel_is_told_and_need_not_ask(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the kernel allowed to believe names for an hour, it would still learn of changes at once."""
    monkeypatch.setattr(kernel, "BRIEFLY", 3600)
    world.log({"a": b"0"}, aliases=("x", "y"))
    world.log({"a": b"1"})
    world.mount()
    for alias in ("x", "y", "latest"):
        world.read(f"vision/model/iv3/{alias}/a")
    world.move("x", 1)
    until(lambda: world.read("vision/model/iv3/x/a") == b"1")
    world.log({"a": b"2"})
    until(lambda: world.read("vision/model/iv3/latest/a") == b"2")
    assert world.read("vision/model/iv3/y/a") == b"0"


def test_new_versions_aliases_names_types_and_projects(world: World) -> None:
    world.log({"a": b"0"})
    world.mount()
    assert world.names("vision/model/iv3") == ["latest", "v0"]
    world.log({"a": b"1"}, aliases=("best",))
    until(lambda: world.names("vision/model/iv3") == ["best", "latest", "v0", "v1"])
    until(lambda: world.read("vision/model/iv3/latest/a") == b"1")
    world.log({"a": b"2"}, "vision/model/other")
    until(lambda: world.names("vision/model") == ["iv3", "other"])
    world.log({"a": b"3"}, "vision/dataset/cats")
    until(lambda: world.names("vision") == ["dataset", "model"])
    world.log({"a": b"4"}, "sound/model/m")
    until(lambda: world.names() == ["sound", "vision"])
    assert world.read("sound/model/m/v0/a") == b"4"


def test_a_store_that_is_made_later(world: World) -> None:
    world.mount()
    assert world.names() == []
    assert not world.store.exists()
    world.log({"a": b"0"})
    until(lambda: world.names() == ["vision"])
    assert world.read("vision/model/iv3/v0/a") == b"0"


def test_an_alias_that_is_removed(mine: World) -> None:
    from mvfs.catalog import pointers
    from mvfs.catalog.catalog import open_catalog

    mine.log({"a": b"0"}, aliases=("x",))
    mine.mount()
    assert mine.read("vision/model/iv3/x/a") == b"0"
    mine.run(lambda: pointers.remove_aliases(open_catalog().project("vision"), "iv3", ["x"]))
    until(lambda: not mine.run((mine.mountpoint / "vision/model/iv3/x").exists))
    assert mine.names("vision/model/iv3") == ["latest", "v0"]


def test_the_time_of_a_name_is_that_of_its_newest_version(mine: World) -> None:
    mine.log({"a": b"0"})
    mine.mount()

    def time_of(path: str) -> int:
        return mine.run(lambda: os.stat(mine.mountpoint / path).st_mtime_ns)

    assert time_of("vision/model/iv3") == time_of("vision/model/iv3/v0")
    mine.log({"a": b"1"})
    until(lambda: time_of("vision/model/iv3") == time_of("vision/model/iv3/v1"))
    assert time_of("vision/model/iv3/v1") > time_of("vision/model/iv3/v0")


def test_a_version_that_a_sweep_stores_elsewhere_can_be_read_on(world: World) -> None:
    noise = os.urandom(6 << 20)
    world.log({"big": noise, "small": b"s" * 5000, "other": b"o"})
    world.log({"big": noise[: 2 << 20] + b"end", "other": b"o"})
    world.mount()
    version = world.mountpoint / "vision/model/iv3/v1"
    ready, telling = os.pipe()
    swept, waiting = os.pipe()

    def read_on() -> tuple[bytes, bytes, bytes]:
        big = os.open(version / "big", os.O_RDONLY)
        assert os.pread(big, 10, 1 << 20) == noise[1 << 20 : (1 << 20) + 10]
        os.write(telling, b"1")
        os.read(swept, 1)
        first = os.pread(big, 1 << 20, 0)
        return first, (version / "big").read_bytes(), (version / "other").read_bytes()

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(world.run, read_on)
        os.read(ready, 1)
        verbs = (("rm", "vision/iv3:v0", "-y"), ("sweep", "--grace", "0", "-y"))
        done = [world.person.mvfs("--store", world.store, *words) for words in verbs]
        os.write(waiting, b"1")
        assert [one.code for one in done] == [0, 0], done
        assert reader.result() == (noise[: 1 << 20], noise[: 2 << 20] + b"end", b"o")
    assert sum(path.stat().st_size for path in world.blobs()) < 3 << 20
