"""A mounted bucket that cannot be reached for a while: what is known and cached stays readable."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mvfs import settings
from tests.cli.conftest import Call
from tests.s3.gate import Gate, gate
from tests.s3.servers import Server

PATIENCE = 30
"""Seconds for what must come to pass."""


def mvfs(*words: object) -> str:
    done = subprocess.run([sys.executable, "-m", "mvfs", *map(str, words)], check=True, capture_output=True)
    return done.stderr.decode()


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def door(server: Server, store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    with gate(server.endpoint) as door:
        monkeypatch.setenv("MVFS_S3_ENDPOINT", door.endpoint)
        yield door


@pytest.fixture
def net(call: Call, door: Gate, tmp_path: Path) -> Path:
    """Where two versions of a name will be seen; nothing is mounted yet."""
    folder = tmp_path / "model"
    folder.mkdir()
    for text in ("first\n", "second\n"):
        (folder / "readme.txt").write_text(text)
        assert call("log", folder, "vision/model/net").code == 0
    (tmp_path / "mnt").mkdir()
    return tmp_path / "mnt" / "vision" / "model" / "net"


def fails(act: Callable[[], object]) -> int | None:
    try:
        act()
    except OSError as exc:
        return exc.errno
    return None


def test_the_mount_goes_on_and_recovers(door: Gate, net: Path, tmp_path: Path) -> None:
    assert mvfs("mount", tmp_path / "mnt").startswith("mounted on")
    try:
        assert (net / "v0" / "readme.txt").read_text() == "first\n"
        assert sorted(os.listdir(net)) == ["latest", "v0", "v1"]
        status = tmp_path / "mnt" / ".mvfs" / "status"
        assert "\nreach: in reach\n" in status.read_text()
        assert abs(os.stat(net.parent).st_mtime - time.time()) < 3600
        door.shut()
        for _ in range(2):
            assert sorted(os.listdir(net)) == ["latest", "v0", "v1"]
            assert os.listdir(tmp_path / "mnt") == ["vision"]
            assert (net / "v0" / "readme.txt").read_text() == "first\n"
            assert fails(lambda: os.listdir(net / "v1")) == errno.EIO
        until(lambda: "\nreach: lost since 20" in status.read_text())
        door.open()
        until(lambda: fails(lambda: os.listdir(net / "v1")) is None)
        until(lambda: "\nreach: in reach\n" in status.read_text())
        assert f" in {settings.blob_cache().path}\n" in status.read_text()
        assert (net / "v1" / "readme.txt").read_text() == "second\n"
    finally:
        mvfs("umount", tmp_path / "mnt")


def test_mounted_while_it_is_out_of_reach(call: Call, door: Gate, net: Path, tmp_path: Path) -> None:
    door.shut()
    told = mvfs("mount", tmp_path / "mnt")
    try:
        assert "is out of reach" in told.splitlines()[0]
        assert sorted(os.listdir(net)) == ["latest", "v0", "v1"]
        door.open()
        until(lambda: fails(lambda: os.listdir(net / "latest")) is None)
        assert call("alias", "vision/net:v0", "production").code == 0
        until((net / "production").is_dir)
        assert (net / "production" / "readme.txt").read_text() == "first\n"
    finally:
        mvfs("umount", tmp_path / "mnt")
