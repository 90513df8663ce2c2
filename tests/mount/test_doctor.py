"""``mvfs doctor`` as root and as an ordinary user: what is found by mounting."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from mvfs.mount import mountpoints, trial
from tests.mount.people import NOBODY
from tests.mount.worlds import World, is_alive, until


def found(world: World) -> dict[str, dict[str, Any]]:
    """What the doctor finds, without what it says of mounts that others have on this machine."""
    done = world.person.mvfs("doctor", "--json")
    all_ = json.loads(done.out)["findings"]
    assert done.code == any(one["level"] == "trouble" for one in all_)
    return {one["check"]: one for one in all_ if one["check"] != "mounts" or str(world.home) in one["what"]}


@pytest.mark.beyond_libfuse("passthrough is the linux driver's")
def test_what_can_be_mounted_is_found_out(world: World) -> None:
    world.log({"a": b"0"})
    told = found(world)
    assert not [one for one in told.values() if one["level"] == "trouble"]
    assert (told["fuse"]["level"], told["mount"]["level"]) == ("ok", "ok")
    assert told["passthrough"]["level"] == ("ok" if world.person.uid == 0 else "note")
    assert world.mount().passthrough == (told["passthrough"]["level"] == "ok")
    assert "mvfs-trial" not in world.run(lambda: Path("/proc/self/mountinfo").read_text())


@pytest.mark.needs_root
def test_nobody_sees_roots_trial(roots: World) -> None:
    """It is in a mount namespace that only its thread is in."""

    def look() -> list[tuple[bool, bool]]:
        seen = []

        def watched(folder: Path) -> None:
            tables = [Path(f"/proc/{which}/mountinfo").read_text() for which in ("self", "thread-self")]
            seen.append((str(folder) in tables[0], str(folder) in tables[1]))

        trial._read_ahead = watched  # type: ignore[assignment]  # in a child process
        trial.try_mount()
        return seen

    assert roots.run(look) == [(False, True)]


def test_dead_and_silent_mounts_are_trouble(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mountpoints, "_PATIENCE", 0.3)
    mount = world.mount()
    os.kill(mount.pid, signal.SIGSTOP)
    try:
        told = found(world)["mounts"]
    finally:
        os.kill(mount.pid, signal.SIGKILL)
    assert told["level"] == "trouble"
    assert told["what"].startswith(f"{mount.path} does not answer (process {mount.pid}, log ")
    until(lambda: not is_alive(mount.pid))
    told = found(world)["mounts"]
    assert (told["level"], told["what"]) == ("trouble", f"{mount.path} is dead: its process was killed")
    world.mount()
    assert "mounts" not in found(world)


@pytest.mark.needs_root
def test_a_device_for_root_only(roots: World) -> None:
    roots.run(lambda: os.chmod("/dev/fuse", 0o600))
    roots.run(lambda: os.chmod(roots.home, 0o777))
    roots.person.uid = NOBODY
    told = found(roots)
    assert (told["fuse"]["level"], told["mount"]["level"]) == ("trouble", "trouble")
    assert told["fuse"]["remedy"] == "as root: chmod 666 /dev/fuse"
    assert told["mount"]["what"].endswith("; as root: chmod 666 /dev/fuse")
