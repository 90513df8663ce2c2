"""What is mounted where, and how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mvfs.mount import mountpoints
from mvfs.mount.driver import LINUX
from tests.mount.conftest import Kind
from tests.mount.people import NOBODY
from tests.mount.worlds import PATIENCE, Mount, World, is_alive, until


def listed(world: World) -> list[dict[str, Any]]:
    """What ``mvfs mount --list`` tells of the mounts in a world: others may be seen, too."""
    done = world.person.mvfs("mount", "--list", "--json")
    assert done.code == 0, done.err
    return [one for one in json.loads(done.out) if one["mountpoint"].startswith(str(world.home))]


def row(world: World) -> list[str]:
    """The words of the only mount's row."""
    lines = world.person.mvfs("mount", "--list").out.splitlines()
    return next(line.split() for line in lines if line.startswith(str(world.home)))


def kill(mount: Mount) -> None:
    os.kill(mount.pid, signal.SIGKILL)
    until(lambda: not is_alive(mount.pid))


@contextlib.contextmanager
def guest(world: World, go_in: Callable[[], object]) -> Iterator[Callable[[], bytes]]:
    """Somebody who is in the mount until what is given is called, which returns what could be read then."""
    here, there = os.pipe()
    wait, leave = os.pipe()

    def stay() -> bytes:
        place = go_in()
        os.write(there, b"1")
        os.read(wait, 1)
        return os.read(place, 100) if isinstance(place, int) else b""

    def left() -> bytes:
        os.write(leave, b"1")
        return running.result(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.run, stay)
        try:
            os.read(here, 1)
            yield left
        finally:
            os.write(leave, b"1")
    for end in (here, there, wait, leave):
        os.close(end)


def test_a_mount_is_listed_until_it_ends(world: World, kind: Kind) -> None:
    world.log({"a": b"0"})
    assert listed(world) == []
    mount = world.mount(*kind.options, "vision/iv3")
    (one,) = listed(world)
    assert one["mountpoint"] == str(mount.path)
    assert one["source"] == f"{world.store}::vision/iv3"
    assert (one["state"], one["pid"], one["owner"]) == ("answers", mount.pid, kind.uid)
    assert one["passthrough"] == mount.passthrough
    assert "mounted" in Path(one["log"]).read_text()
    by = "kernel" if mount.passthrough else "mvfs" if world.driver == LINUX else world.driver
    assert row(world)[:5] == [str(mount.path), one["source"], "answers", by, str(mount.pid)]
    world.umount(mount)
    assert listed(world) == []
    assert not list(world.home.glob("state/mounts/*.json"))


def test_a_dead_mount_is_listed_as_such(world: World) -> None:
    mount = world.mount()
    kill(mount)
    (one,) = listed(world)
    assert (one["state"], one["pid"], one["source"]) == ("dead", mount.pid, str(world.store))
    assert row(world)[2] == "dead:"
    assert world.person.mvfs("umount", mount.path).code == 0
    assert listed(world) == []
    assert not list(world.home.glob("state/mounts/*.json"))


def test_a_mount_that_does_not_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the list nor anything else waits for it, and it can be ended."""
    monkeypatch.setattr(mountpoints, "_PATIENCE", 0.3)
    mount = world.mount()
    os.kill(mount.pid, signal.SIGSTOP)
    try:
        (one,) = listed(world)
        assert one["state"] == "silent"
        done = world.person.mvfs("mount", mount.path)
        assert (done.code, "is mounted already" in done.err) == (4, True)
        assert world.person.mvfs("umount", mount.path).code == 0
        assert listed(world) == []
    finally:
        os.kill(mount.pid, signal.SIGCONT)
    until(lambda: not is_alive(mount.pid))


def test_records_that_are_broken_are_left_out(mine: World) -> None:
    mount = mine.mount()
    (record,) = mine.home.glob("state/mounts/*.json")
    for text in ("", "[", '{"mountpoint": 5}', '{"pid": 1}', "x" * 100_000):
        record.write_text(text)
        (one,) = listed(mine)
        assert (one["mountpoint"], one["state"], one["pid"]) == (str(mount.path), "answers", None)
    mine.umount(mount)


def test_the_state_directory_cannot_be_written(mine: World) -> None:
    """The mount works all the same; only what the kernel knows is listed."""
    (mine.home / "state").write_text("a file")
    mount = mine.mount()
    (one,) = listed(mine)
    assert (one["state"], one["pid"], one["log"]) == ("answers", None, None)
    (mine.home / "state").unlink()
    mine.umount(mount)


@pytest.mark.needs_root
def test_mounts_of_others(mine: World) -> None:
    """Root sees a user's mount and may end it; a user sees root's and may not."""
    mount = mine.mount()
    mine.person.uid = NOBODY
    (one,) = listed(mine)
    assert (one["owner"], one["state"]) == (0, None)
    assert row(mine)[2:4] == ["of", "root"]
    done = mine.person.mvfs("umount", mount.path)
    assert (done.code, done.err.count("\n")) == (6, 1)
    assert "was mounted by root" in done.err
    assert mine.person.mvfs("umount", "--all").code == 0
    mine.person.uid = 0
    assert len(listed(mine)) == 1


def test_umount_by_other_ways_to_the_directory(world: World) -> None:
    (link := world.home / "link").symlink_to("mnt")
    for way in (f"{world.mountpoint}/", "mnt", link, f"{link}/", f"{world.home}/./store/../mnt"):
        mount = world.mount()
        done = world.person.mvfs("umount", way)
        assert done.code == 0, (way, done.err)
        until(lambda mount=mount: not is_alive(mount.pid))  # type: ignore[misc]


def test_what_cannot_be_unmounted(world: World) -> None:
    world.log({"a": b"0"})
    mount = world.mount()
    for words, code, said in (
        ((world.mountpoint / "vision",), 3, f"the mount that it is in is {world.mountpoint}"),
        ((world.home / "none",), 3, "none is not mounted"),
        ((), 2, "name the directories"),
        (("--all", world.mountpoint), 2, "or say --all"),
    ):
        done = world.person.mvfs("umount", *words)
        assert (done.code, done.err.count("\n")) == (code, 1), done.err
        assert said in done.err
    world.umount(mount)


def test_several_at_once(world: World) -> None:
    """What can be unmounted is; what cannot is told, and gives the exit code."""
    other = world.home / "other"
    world.run(other.mkdir)
    mounts = [world.mount(), world.mount(path=other)]
    done = world.person.mvfs("umount", "--json", world.mountpoint, world.home / "none", other)
    assert done.code == 3
    assert json.loads(done.out) == {"unmounted": [str(world.mountpoint), str(other)]}
    mounts += [world.mount(), world.mount(path=other)]
    done = world.person.mvfs("umount", "--all")
    assert (done.code, done.out) == (0, "")
    assert f"unmounted {other}\nunmounted {world.mountpoint}\n" in done.err
    for mount in mounts:
        until(lambda mount=mount: not is_alive(mount.pid))  # type: ignore[misc]


def test_a_lazy_umount_leaves_readers_alone(world: World) -> None:
    """Who is in the mount goes on reading, and what is mounted there next is not disturbed by its end."""
    world.log({"a": b"x" * 300_000})
    first = world.mount()
    with guest(world, lambda: os.open(world.mountpoint / "vision/model/iv3/v0/a", os.O_RDONLY)) as leave:
        assert world.person.mvfs("umount", world.mountpoint).code == 4
        assert world.person.mvfs("umount", "-l", world.mountpoint).code == 0
        assert listed(world) == []
        second = world.mount()
        assert is_alive(first.pid)
        assert leave() == b"x" * 100
    until(lambda: not is_alive(first.pid))
    (one,) = listed(world)
    assert (one["pid"], one["state"]) == (second.pid, "answers")
    assert world.names() == ["vision"]


def test_a_detached_mount_that_is_told_to_end_leaves_the_next_one(world: World) -> None:
    world.log({"a": b"0"})
    first = world.mount()
    with guest(world, lambda: os.chdir(world.mountpoint / "vision")):
        assert world.person.mvfs("umount", "--lazy", world.mountpoint).code == 0
        second = world.mount()
        os.kill(first.pid, signal.SIGTERM)
        until(lambda: not is_alive(first.pid))
        assert world.names() == ["vision"]
    assert listed(world)[0]["pid"] == second.pid


@pytest.mark.parametrize("where", ["file", "directory"])
def test_a_dead_mount_that_somebody_is_in_is_replaced(world: World, where: str) -> None:
    world.log({"a": b"0"})
    mount = world.mount()

    def go_in() -> object:
        if where == "file":
            return os.open(world.mountpoint / "vision/model/iv3/v0/a", os.O_RDONLY)
        return os.chdir(world.mountpoint / "vision")

    with guest(world, go_in):
        kill(mount)
        again = world.mount()
        assert world.read("vision/model/iv3/v0/a") == b"0"
        assert [one["pid"] for one in listed(world)] == [again.pid]


def test_the_log_is_named_and_does_not_grow_for_ever(mine: World) -> None:
    done = mine.person.mvfs("mount", mine.mountpoint)
    log = Path(done.err.strip().rpartition("; log ")[2].rstrip(")"))
    assert "mounted" in log.read_text()
    assert mine.person.mvfs("umount", mine.mountpoint).code == 0
    until(lambda: "unmounted" in log.read_text())
    log.write_text("old\n" * (1 << 18))
    mount = mine.mount()
    assert log.stat().st_size < 1000
    assert log.with_name(log.name + ".1").read_text().startswith("old\n")
    mine.umount(mount)
    done = mine.person.mvfs("mount", "--help")
    assert "mvfs/mounts" in done.out


def test_words_that_do_not_fit(mine: World) -> None:
    for words, said in (((), "name an empty directory"), (("--list", mine.home), "takes no directory")):
        done = mine.person.mvfs("mount", *words)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert said in done.err


def test_programs_can_be_forbidden(world: World) -> None:
    world.log({"run.sh": b"#!/bin/sh\necho ran\n"})
    program = world.mountpoint / "vision/model/iv3/v0/run.sh"
    mount = world.mount("-o", "noexec")
    with pytest.raises(PermissionError):
        world.person.sh(program)
    world.umount(mount)
    world.mount()
    assert world.sh(program).out == "ran\n"


def test_systemd_is_told_when_it_answers(mine: World) -> None:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, ThreadPoolExecutor(1) as pool:
        line.settimeout(PATIENCE)
        line.bind(str(mine.home / "notify"))
        mine.person.environment["NOTIFY_SOCKET"] = str(mine.home / "notify")
        running = pool.submit(mine.person.mvfs, "mount", "-f", mine.mountpoint)
        assert line.recv(100) == b"READY=1"
        (one,) = listed(mine)
        assert (one["state"], one["log"]) == ("answers", None)
        assert mine.person.mvfs("umount", mine.mountpoint).code == 0
        assert running.result(PATIENCE).code == 0
        assert listed(mine) == []
