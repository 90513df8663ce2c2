"""Who may look into a mount: its owner, and with ``-o allow_other`` everybody."""

from __future__ import annotations

import ctypes
import errno
import os

import pytest

from tests.mount.people import Person
from tests.mount.worlds import World

SOMEBODY = 4711
FILE = "vision/model/iv3/v0/a"


@pytest.fixture
def other(world: World) -> Person:
    """Another user who sees the same mounts; the world holds one version."""
    if os.getuid() != 0:
        pytest.fail("only root can be somebody else: run these tests as root too")
    world.log({"a": b"0", "run.sh": b"#!/bin/sh\necho ran\n"})
    return world.person.beside(SOMEBODY)


def configure(world: World, text: str) -> None:
    """Give the world's people a fuse.conf of their own."""
    conf = world.home / "fuse.conf"
    conf.write_text(text)

    def bind() -> int:
        return ctypes.CDLL(None).mount(
            os.fsencode(conf), b"/etc/fuse.conf", None, ctypes.c_ulong(1 << 12), None
        )

    assert world.person.beside(0).run(bind) == 0


def attempt(person: Person, world: World) -> bytes | int | None:
    def read() -> bytes | int | None:
        try:
            return (world.mountpoint / FILE).read_bytes()
        except OSError as exc:
            return exc.errno

    return person.run(read)


def test_nobody_else_may(world: World, other: Person) -> None:
    world.mount()
    assert attempt(world.person, world) == b"0"
    assert attempt(other, world) == errno.EACCES


def test_everybody_may_where_it_is_allowed(world: World, other: Person) -> None:
    configure(world, "user_allow_other\n")
    world.mount("-o", "allow_other")
    for person in (world.person, other):
        assert attempt(person, world) == b"0"
    version = world.mountpoint / "vision/model/iv3/v0"
    assert other.sh(version / "run.sh").out == "ran\n"
    found = other.run(lambda: [os.stat(path) for path in (version, version / "a", version / "run.sh")])
    assert [oct(one.st_mode & 0o777) for one in found] == ["0o555", "0o444", "0o555"]
    assert {one.st_uid for one in found} == {world.person.uid}
    assert other.sh("rm", "-f", version / "a").code == 1


def test_an_ordinary_user_must_be_allowed_to_allow_it(world: World, other: Person) -> None:
    configure(world, "# nothing\n")
    done = world.person.mvfs("mount", "-o", "allow_other", world.mountpoint)
    if world.person.uid == 0:
        assert done.code == 0, done.err
        assert attempt(other, world) == b"0"
        return
    assert (done.code, done.out) == (6, "")
    assert done.err.startswith(
        f"mvfs: cannot mount on {world.mountpoint}: option allow_other only allowed if"
    )
    assert done.err.endswith("; as root: echo user_allow_other >> /etc/fuse.conf\n")
    assert world.names() == []
