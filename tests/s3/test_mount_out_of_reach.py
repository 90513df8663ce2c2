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

LARGE = (64 << 20) + 5
HANGS = 25
"""Seconds; a request to a server that hangs is given up after longer."""

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


def test_cut_off_in_the_middle_of_a_file(call: Call, door: Gate, tmp_path: Path) -> None:
    """What was read stays readable, the rest gives EIO, and the same open file goes on when all is well."""
    folder = tmp_path / "large"
    folder.mkdir()
    data = {name: os.urandom(size << 20) for name, size in {"whole": 3, "part": 40, "none": 2}.items()}
    for name, content in data.items():
        (folder / name).write_bytes(content)
    assert call("log", folder, "vision/model/net", "-a", "production").code == 0
    (tmp_path / "mnt").mkdir()
    mvfs("mount", tmp_path / "mnt")
    try:
        at = tmp_path / "mnt/vision/model/net/production"
        assert (at / "whole").read_bytes() == data["whole"]
        with open(at / "part", "rb", buffering=0) as file, open(at / "none", "rb", buffering=0) as other:
            fd = file.fileno()
            assert os.pread(fd, 1000, 0) == data["part"][:1000]
            door.shut()
            assert fails(lambda: os.pread(fd, 1000, 39 << 20)) == errno.EIO
            assert fails(lambda: other.read(10)) == errno.EIO
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            assert os.pread(fd, 1000, 0) == data["part"][:1000]
            assert (at / "whole").read_bytes() == data["whole"]
            assert sorted(os.listdir(at)) == sorted(data)
            door.open()
            until(lambda: fails(lambda: other.read(0) or os.pread(other.fileno(), 10, 0)) is None)
            assert file.read() == data["part"]
            assert os.pread(other.fileno(), 5 << 20, 0) == data["none"]
        assert {name: (at / name).read_bytes() for name in data} == data
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


def cached_units(tmp_path: Path) -> int:
    """How much of the large blob is in the cache, in units of 64 KiB."""
    maps = [path.read_bytes()[8:] for path in (settings.cache_dir() / "blobs").rglob("*.map")]
    return max((one.count(b"\1") for one in maps), default=0)


@pytest.fixture
def large(call: Call, net: Path, tmp_path: Path) -> bytes:
    """A file of v0 of vision/model/large, and no byte of it in the cache."""
    (tmp_path / "large").mkdir()
    data = os.urandom(LARGE)
    (tmp_path / "large" / "weights.bin").write_bytes(data)
    assert call("log", tmp_path / "large", "vision/model/large").code == 0
    assert call("cache", "clean", "--yes").code == 0
    return data


def test_who_reads_a_third_of_a_file_gets_all_of_it(
    door: Gate, net: Path, large: bytes, tmp_path: Path
) -> None:
    mvfs("mount", tmp_path / "mnt")
    try:
        with open(net.parent / "large/v0/weights.bin", "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
            for offset in range(LARGE // 2, LARGE, 1 << 20):  # backwards or forwards, that is no matter
                assert os.pread(file.fileno(), 1 << 20, offset) == large[offset : offset + (1 << 20)]
            until(lambda: cached_units(tmp_path) == -(-LARGE // (64 << 10)))
        door.shut()
        assert (net.parent / "large/v0/weights.bin").read_bytes() == large
    finally:
        door.open()
        mvfs("umount", tmp_path / "mnt")


def test_what_is_read_ahead_ends_when_the_file_is_closed(
    door: Gate, net: Path, large: bytes, tmp_path: Path
) -> None:
    mvfs("mount", tmp_path / "mnt")
    try:
        with open(net.parent / "large/v0/weights.bin", "rb") as file:
            assert file.read(3 << 20) == large[: 3 << 20]
        so_far = 0
        while so_far != (so_far := cached_units(tmp_path)):
            time.sleep(1)
        assert 0 < so_far < LARGE // (64 << 10) // 2
    finally:
        mvfs("umount", tmp_path / "mnt")


def test_what_is_known_goes_on_while_the_server_hangs(door: Gate, net: Path, tmp_path: Path) -> None:
    mvfs("mount", tmp_path / "mnt")
    try:
        assert (net / "v0" / "readme.txt").read_text() == "first\n"
        assert sorted(os.listdir(net)) == ["latest", "v0", "v1"]
        door.freeze()
        time.sleep(1.5)  # until the kernel asks for the names again
        before = time.monotonic()
        for _ in range(3):
            assert sorted(os.listdir(net)) == ["latest", "v0", "v1"]
            assert (net / "v0" / "readme.txt").read_text() == "first\n"
        assert time.monotonic() - before < HANGS
        door.thaw()
        until(lambda: fails(lambda: os.listdir(net / "v1")) is None)
    finally:
        door.thaw()
        mvfs("umount", tmp_path / "mnt")
