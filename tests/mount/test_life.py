"""Mounting, refusing to mount, unmounting, and being killed."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from mvfs.mount import mounting
from tests.mount.conftest import Kind
from tests.mount.worlds import PATIENCE, World, is_alive, until


def refusal(world: World, *words: str | Path) -> tuple[int, str]:
    """How mounting ends, and the one line that it says."""
    done = world.person.mvfs("mount", "--driver", world.driver, *words)
    assert done.out == ""
    assert done.err.count("\n") == 1, done.err
    return done.code, done.err.strip()


def test_mount_and_umount(world: World, kind: Kind) -> None:
    world.log({"a": b"0"})
    mount = world.mount(*kind.options)
    assert is_alive(mount.pid)
    assert world.read("vision/model/iv3/v0/a") == b"0"
    world.umount(mount)
    assert world.names() == []
    assert "unmounted" in world.logged()


def test_what_it_says_without_json(mine: World) -> None:
    done = mine.person.mvfs("mount", mine.mountpoint)
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(f"mounted on {mine.mountpoint} (")
    assert mine.person.mvfs("umount", mine.mountpoint).code == 0


def test_mount_points_that_will_not_do(world: World) -> None:
    home = world.home
    world.run(lambda: (home / "full").mkdir() or (home / "full" / "x").write_text(""))
    assert refusal(world, home / "none") == (3, f"mvfs: {home}/none does not exist; make the directory first")
    assert refusal(world, home / "full" / "x") == (4, f"mvfs: {home}/full/x is not a directory")
    code, line = refusal(world, home / "full")
    assert (code, "is not empty: it holds 'x'" in line) == (4, True)
    world.mount()
    code, line = refusal(world, world.mountpoint)
    assert (code, "is mounted already" in line) == (4, True)


def test_stores_and_refs_that_will_not_do(world: World) -> None:
    world.log({"a": b"0", "sub/b": b"1"})
    at = world.mountpoint
    assert refusal(world, "vision/none", at)[0] == 3
    assert refusal(world, "vision/iv3:v9", at)[0] == 3
    assert refusal(world, "nothing", at) == (3, f"mvfs: store {world.store} has no project 'nothing'")
    assert refusal(world, "vision/iv3:v0/a", at)[0] == 2
    assert refusal(world, world.home, at)[0] == 6
    assert refusal(world, "-o", "verify=perhaps", at)[0] == 2
    assert refusal(world, "-o", "speed=high", at)[0] == 2
    assert world.names() == []


def test_an_ordinary_user_without_fusermount(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    if world.person.uid == 0:
        return  # root needs none
    monkeypatch.setattr(mounting.shutil, "which", lambda *_, **__: None)
    code, line = refusal(world, world.mountpoint)
    assert (code, "install the package 'fuse3'" in line) == (6, True)


def test_a_machine_without_fuse(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounting, "_DEVICE", "/dev/fuse-that-is-not-there")
    code, line = refusal(world, world.mountpoint)
    assert (code, "has no /dev/fuse-that-is-not-there" in line) == (6, True)


def test_another_system_than_linux(mine: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounting.sys, "platform", "darwin")
    code, line = refusal(mine, mine.mountpoint)
    assert (code, "needs Linux" in line) == (6, True)


REFS = {
    "vision": "model/iv3/v0/sub/b",
    "vision/model": "iv3/v0/sub/b",
    "vision/model/iv3": "v0/sub/b",
    "vision/iv3": "production/sub/b",
    "vision/iv3:production": "sub/b",
    "vision/iv3:v0/sub": "b",
    "vision/model/iv3/v0/sub": "b",
}


@pytest.mark.parametrize("ref", REFS)
def test_what_a_ref_names_is_mounted(mine: World, ref: str) -> None:
    mine.log({"sub/b": b"1"}, aliases=("production",))
    mine.mount(ref)
    assert mine.read(REFS[ref]) == b"1"
    assert (
        mine.run(lambda: os.listdir(mine.mountpoint)) == [REFS[ref].split("/")[0]]
        or ref == "vision/model/iv3"
        or (mine.names() == ["latest", "production", "v0"])
    )


def test_a_mounted_name_follows_and_a_mounted_alias_stays(mine: World) -> None:
    mine.log({"a": b"0"}, aliases=("x",))
    mine.mount("vision/iv3")
    other = mine.home / "other"
    mine.run(other.mkdir)
    mine.mount("vision/iv3:x", path=other)
    mine.log({"a": b"1"}, aliases=("x",))
    until(lambda: mine.read("x/a") == b"1")
    assert mine.run((other / "a").read_bytes) == b"0"


def test_a_store_given_in_other_ways(mine: World) -> None:
    mine.log({"a": b"0"})
    mine.person.environment["MVFS_STORE"] = str(mine.home / "none")
    for words in (
        (mine.store,),
        ("--store", mine.store),
        (f"{mine.store}::vision/model",),
        (f"{mine.store}::",),
    ):
        mount = mine.mount(*words)
        assert mine.run(lambda: next(mine.mountpoint.rglob("v0/a")).read_bytes()) == b"0"
        mine.umount(mount)


def test_a_killed_mount_is_replaced(world: World, kind: Kind) -> None:
    world.log({"a": b"0"})
    mount = world.mount(*kind.options)
    assert world.read("vision/model/iv3/v0/a") == b"0"
    os.kill(mount.pid, signal.SIGKILL)
    until(lambda: not is_alive(mount.pid))
    again = world.mount(*kind.options)
    assert world.read("vision/model/iv3/v0/a") == b"0"
    world.umount(again)
    assert world.names() == []


def test_a_killed_mount_can_be_unmounted(world: World) -> None:
    mount = world.mount()
    os.kill(mount.pid, signal.SIGKILL)
    until(lambda: not is_alive(mount.pid))
    assert world.person.mvfs("umount", world.mountpoint).code == 0
    assert world.names() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_a_mount_even_a_busy_one(world: World, number: signal.Signals) -> None:
    world.log({"a": b"0"})
    mount = world.mount()
    here, there = os.pipe()

    def stay() -> None:
        os.chdir(world.mountpoint / "vision")
        os.write(there, b"1")
        until(lambda: not is_alive(mount.pid))

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        guest = pool.submit(world.run, stay)
        os.read(here, 1)
        done = world.person.mvfs("umount", world.mountpoint)
        assert (done.code, "is busy" in done.err) == (4, True)
        os.kill(mount.pid, number)
        guest.result(PATIENCE)
    assert world.names() == []


def test_umount_of_something_else(world: World) -> None:
    done = world.person.mvfs("umount", world.mountpoint)
    assert (done.code, done.err) == (3, f"mvfs: {world.mountpoint} is not mounted\n")
    done = world.person.mvfs("umount", "/proc")
    assert (done.code, done.err) == (3, "mvfs: /proc is no mvfs mount but one of proc\n")


def test_in_front(mine: World) -> None:
    mine.log({"a": b"0"})
    reading, writing = os.pipe()

    def stay() -> int:
        from mvfs.cli import main

        os.write(writing, b"%d\n" % os.getpid())
        return main(["mount", "-f", str(mine.mountpoint)])

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(mine.run, stay)
        pid = int(os.read(reading, 20))
        until(lambda: mine.names() == ["vision"])
        assert mine.read("vision/model/iv3/v0/a") == b"0"
        os.kill(pid, signal.SIGINT)
        assert running.result(PATIENCE) == 0
    assert mine.names() == []


def test_the_process_lets_go_of_where_it_was_started(mine: World) -> None:
    reading, writing = os.pipe()
    mount = mine.mount()
    os.close(writing)
    assert os.read(reading, 1) == b""  # else the daemon held the other end
    os.close(reading)
    assert os.readlink(f"/proc/{mount.pid}/cwd") == "/"
    assert os.readlink(f"/proc/{mount.pid}/fd/0") == os.devnull


@pytest.mark.needs_root
def test_nothing_piles_up(world: World, kind: Kind) -> None:
    """Descriptors and memory are the same after many walks and dropped caches."""
    if os.getuid() != 0:
        pytest.fail("caches can be dropped by root only: run these tests as root too")
    files = {f"d{number % 20}/f{number}": b"%d" % number for number in range(300)}
    world.log({**files, "big": b"b" * (2 << 20)})
    mount = world.mount(*kind.options)

    def descriptors() -> int:
        return len(os.listdir(f"/proc/{mount.pid}/fd"))

    def resident() -> int:
        return int(Path(f"/proc/{mount.pid}/statm").read_text().split()[1]) * 4096

    def walk() -> None:
        world.sh("sh", "-c", f"find {world.mountpoint} -type f | xargs cat > /dev/null")
        subprocess.run(["sh", "-c", "echo 2 > /proc/sys/vm/drop_caches"], check=True)

    for _ in range(2):
        walk()
    before, memory = descriptors(), resident()
    for _ in range(4):
        walk()
    until(lambda: descriptors() <= before)
    assert resident() < memory + (16 << 20)
