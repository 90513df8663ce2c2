"""Options, and the lines of mountinfo."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvfs.errors import InvalidInput
from mvfs.mount import mountpoints
from mvfs.mount.options import Options, parse_options


def test_options() -> None:
    assert parse_options([]) == Options("default", passthrough=True)
    assert parse_options(["verify=always,passthrough=off"]) == Options("always", passthrough=False)
    assert parse_options(["noexec"]) == Options(executable=False)
    assert parse_options(["verify=always", "verify=never"]) == Options("never", passthrough=True)
    found = parse_options(["aliases=symlink,allow_other"])
    assert found == Options(aliases="symlink", allow_other=True)
    assert parse_options([str(found)]) == found
    for wrong, said in (
        ("speed=1", "there are: verify, passthrough, aliases, driver, allow_other, noexec"),
        ("aliases=hardlink", "is directory or symlink"),
        ("allow_other=1", "takes no value"),
        ("noexec=on", "takes no value"),
        ("verify", "is default or always or never"),
    ):
        with pytest.raises(InvalidInput, match=said):
            parse_options([wrong])


def test_mount_points_with_odd_names() -> None:
    line = r"36 35 98:0 / /tmp/a\040b\134c rw,noatime master:1 - fuse.mvfs /my\040store rw"
    entry = mountpoints._entry(line)
    assert (entry.path, entry.type, entry.device) == ("/tmp/a b\\c", "fuse.mvfs", "98:0")
    assert mountpoints.mounted_at(Path("/proc")) is not None
    assert mountpoints.mounted_at(Path("/proc/no mount")) is None
