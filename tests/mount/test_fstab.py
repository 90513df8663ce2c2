"""Lines of /etc/fstab, by mount(8) itself."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import mvfs
from mvfs.cli import fstab
from mvfs.errors import InvalidInput
from tests.mount.conftest import kinds
from tests.mount.worlds import World, is_alive, until, world_of

_BIND, _RECURSIVE = 1 << 12, 1 << 14


def test_options_of_others_are_left_out() -> None:
    given = "rw,noexec,nosuid,nodev,user,noauto,nofail,_netdev,x-systemd.automount,comment=a,verify=always,"
    assert fstab.parse(given + "env_file=/etc/mvfs/a.env,noatime,speed=1") == (
        ["verify=always", "speed=1", "noexec"],
        "/etc/mvfs/a.env",
    )
    assert fstab.parse("noexec,user,exec") == ([], None)


def test_an_environment(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("# keys\n\nA=1\nexport B='two words'\n; more\nD=\n")
    assert fstab.read_environment(str(path)) == {"A": "1", "B": "two words", "D": ""}
    for text, said in (("A=1\nsecret\n", "line 2: write NAME=value"), ("A B=1", "line 1"), ("1=2", "line 1")):
        path.write_text(text)
        with pytest.raises(InvalidInput, match=said) as caught:
            fstab.read_environment(str(path))
        assert "secret" not in str(caught.value)
    path.write_bytes(b"A=\xff")
    with pytest.raises(InvalidInput, match="not utf-8"):
        fstab.read_environment(str(path))
    with pytest.raises(InvalidInput, match="no such file"):
        fstab.read_environment(str(tmp_path / "none"))


class Machine:
    """A world with an ``/etc/fstab`` of its own, and ``mount.mvfs`` where mount(8) looks for it."""

    def __init__(self, world: World) -> None:
        self.world = world
        home = world.home
        self._table = home / "fstab"
        self._table.write_text("")
        folder = home / "sbin"
        folder.mkdir()
        # The interpreter may lie where an ordinary user cannot reach it.
        source, libraries = Path(mvfs.__file__).parents[1], [path for path in sys.path if "-packages" in path]
        seen = {Path(sys.base_prefix): home / "python", source: home / "source"}
        seen |= {Path(path): home / f"packages{number}" for number, path in enumerate(libraries)}
        paths = ":".join(str(place) for place in list(seen.values())[1:])
        program = folder / "mount.mvfs"
        variables = "".join(f"export {name}={value}\n" for name, value in world.person.environment.items())
        program.write_text(
            f"#!/bin/sh\n{variables}export PYTHONHOME={home}/python PYTHONPATH={paths}"
            f' PYTHONDONTWRITEBYTECODE=1\nexec {home}/python/bin/python3 -m mvfs.cli.fstab "$@"\n'
        )
        program.chmod(0o755)

        def furnish() -> None:
            for place, here in seen.items():
                here.mkdir()
                bind(place, here)
            bind(folder, Path("/usr/sbin"))
            bind(self._table, Path("/etc/fstab"))

        self.as_root(furnish)

    def as_root(self, work: Callable[[], object]) -> None:
        """Do something as root in the world's namespace."""
        person = self.world.person
        uid, person.uid = person.uid, 0
        try:
            person.run(work)
        finally:
            person.uid = uid

    def write(self, source: str | Path, options: str) -> None:
        """Make the one line of the table."""
        self._table.write_text(f"{source} {self.world.mountpoint} mvfs {options} 0 0\n")

    def mount(self) -> tuple[int, str]:
        done = self.world.person.sh("mount", self.world.mountpoint)
        return done.code, done.err.strip()


def bind(source: Path, target: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    flags = ctypes.c_ulong(_BIND | _RECURSIVE)
    if libc.mount(os.fsencode(source), os.fsencode(target), None, flags, None) != 0:
        raise OSError(ctypes.get_errno(), f"cannot bind {source} to {target}")


@pytest.mark.needs_root
@pytest.mark.parametrize("uid", sorted({kind.uid for kind in kinds()}))
def test_a_line_of_fstab(uid: int) -> None:
    with world_of(uid) as world:
        world.log({"a": b"0", "run.sh": b"#!/bin/sh\necho ran\n"})
        machine = Machine(world)
        machine.write(world.store, "ro,noauto,user,nofail,_netdev,x-systemd.requires=network.target")
        assert machine.mount() == (0, "")
        assert world.read("vision/model/iv3/v0/a") == b"0"
        with pytest.raises(PermissionError):  # 'user' implies noexec
            world.person.sh(world.mountpoint / "vision/model/iv3/v0/run.sh")
        pid = listed_pid(world)
        done = world.person.sh("umount", world.mountpoint)
        assert done.code == 0, done.err
        until(lambda: not is_alive(pid))
        assert world.names() == []


@pytest.mark.needs_root
def test_lines_with_more_in_them(roots: World) -> None:
    roots.log({"a": b"0"})
    machine = Machine(roots)
    environment = roots.home / "my.env"
    environment.write_text(f"MVFS_STORE={roots.store}\n")
    environment.chmod(0o600)
    roots.person.environment["MVFS_STORE"] = str(roots.home / "none")
    program = roots.home / "sbin/mount.mvfs"
    program.write_text(program.read_text().replace(f"MVFS_STORE={roots.store}", "MVFS_STORE=/none"))
    machine.write("vision/iv3:v0", f"noauto,verify=always,exec,env_file={environment}")
    assert machine.mount() == (0, "")
    assert roots.read("a") == b"0"
    assert roots.person.sh("umount", roots.mountpoint).code == 0
    for source, options, code, said in (
        (roots.store, "speed=1", 1, "no mount option 'speed'"),
        (roots.store, "env_file=/none", 1, "cannot read env_file /none"),
        ("vision/none", f"env_file={environment}", 32, "no name or type 'none'"),
        (roots.home, "ro", 32, "is no mvfs store"),
    ):
        machine.write(source, options)
        found, line = machine.mount()
        assert (found, line.count("\n")) == (code, 0), line
        assert line.startswith("mount.mvfs: ")
        assert said in line
    machine.write(roots.store, "ro")
    assert roots.person.sh("mount", "-f", roots.mountpoint).code == 0
    assert roots.names() == []
    assert roots.person.sh("mount", "-t", "mvfs", roots.store, roots.mountpoint).code == 0
    assert roots.names() == ["vision"]
    done = roots.person.sh("mount", "-a")  # knows by the source that it is mounted
    assert (done.code, done.out, done.err) == (0, "", "")


def listed_pid(world: World) -> int:
    import json

    done = world.person.mvfs("mount", "--list", "--json")
    return next(one["pid"] for one in json.loads(done.out) if one["mountpoint"] == str(world.mountpoint))
