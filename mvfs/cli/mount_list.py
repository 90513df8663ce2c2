"""``mvfs mount --list``."""

from __future__ import annotations

from typing import Any

from mvfs import units
from mvfs.cli.exits import OK
from mvfs.cli.output import Output
from mvfs.cli.table import table
from mvfs.mount.driver import LINUX
from mvfs.mount.mounting import user_name
from mvfs.mount.mountpoints import State
from mvfs.mount.mounts import Mount, mounts

_STATES = {
    State.ANSWERS: "answers",
    State.DEAD: "dead: mount again, or 'mvfs umount'",
    State.SILENT: "does not answer",
}


def run(out: Output) -> int:
    """List the mounts that this user can see, in the order of mounting."""
    found = mounts()
    if out.as_json:
        out.data_json([_json(one) for one in found])
        return OK
    headers = ["DIRECTORY", "WHAT", "STATE", "BYTES BY", ">PROCESS", ">SINCE"]
    for line in table(headers, [_row(one) for one in found]):
        out.data(line)
    return OK


def _row(one: Mount) -> list[str]:
    state = f"of {user_name(one.owner)}" if one.state is None else _STATES[one.state]
    record = one.record
    if record is None:
        return [one.mountpoint, one.source, state, "", "", ""]
    by = "kernel" if record.passthrough else "mvfs" if record.driver == LINUX else record.driver
    return [one.mountpoint, one.source, state, by, str(record.pid), units.age(record.since)]


def _json(one: Mount) -> dict[str, Any]:
    record = one.record
    return {
        "mountpoint": one.mountpoint,
        "source": one.source,
        "owner": one.owner,
        "state": one.state,
        "driver": record and record.driver,
        "passthrough": record and record.passthrough,
        "pid": record and record.pid,
        "since": record and units.iso(record.since),
        "log": record and record.log,
    }
