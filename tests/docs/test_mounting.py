"""docs/MOUNTING.md and the unit beside it: their lines are understood."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from mvfs.cli import build_parser, fstab
from mvfs.cli.mount import _what
from mvfs.mount.options import parse_options

DOCS = Path(__file__).parents[2] / "docs"


def test_the_lines_of_fstab() -> None:
    page = (DOCS / "MOUNTING.md").read_text("utf-8")
    lines = re.findall(r"^(\S+) +(/mnt/\S+) +mvfs +(\S+) +0 0$", page, re.MULTILINE)
    assert len(lines) == 3
    asked = [fstab.parse(options) for _, _, options in lines]
    assert [one.env_file for one in asked] == [None, None, "/etc/mvfs/team.env"]
    assert [parse_options(one.options).verify for one in asked] == ["default", "always", "default"]
    assert [_what(source)[1] is None for source, _, _ in lines] == [True, False, True]


@pytest.mark.parametrize("more", ["", "-o verify=always vision/iv3"])
def test_the_unit(more: str) -> None:
    unit = (DOCS / "systemd/mvfs@.service").read_text("utf-8")
    commands = re.findall(r"^Exec\w+=-?mvfs (.*)$", unit, re.MULTILINE)
    words = [shlex.split(line.replace("$MVFS_MOUNT", more).replace("%f", "/mnt/models")) for line in commands]
    assert [line[0] for line in words] == ["mount", "umount"]
    start, stop = (build_parser(line[0]).parse_args(line) for line in words)
    assert start.foreground
    assert "/mnt/models" in (start.what, start.directory)
    assert stop.directories == ["/mnt/models"]
    assert "Type=notify" in unit
