"""A bucket mounted through the kernel: as a directory is, also where the cache was damaged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvfs import settings
from tests.cli.conftest import Call


def mvfs(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "mvfs", *map(str, words)], check=True, capture_output=True)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights.bin").write_bytes(os.urandom((5 << 20) + 3))
    (folder / "readme.txt").write_text("hello\n")
    return folder


@pytest.fixture
def mounted(call: Call, store: str, model: Path, tmp_path: Path) -> Iterator[Path]:
    """The directory of the version that has the alias ``production``."""
    assert call("log", model, "vision/model/net", "-a", "production").code == 0
    mountpoint = tmp_path / "mnt"
    mountpoint.mkdir()
    mvfs("mount", mountpoint)
    try:
        yield mountpoint / "vision" / "model" / "net" / "production"
    finally:
        mvfs("umount", mountpoint)


def test_plain_tools_read_a_bucket(mounted: Path, model: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-r", mounted, tmp_path / "copy"], check=True)
    subprocess.run(["diff", "-r", model, tmp_path / "copy"], check=True)
    assert (mounted / "readme.txt").read_text() == "hello\n"


def test_a_damaged_cache_is_never_served(mounted: Path, model: Path, tmp_path: Path) -> None:
    whole = (model / "weights.bin").read_bytes()
    assert (mounted / "weights.bin").read_bytes() == whole
    mvfs("umount", tmp_path / "mnt")
    (cached,) = [
        path for path in (settings.cache_dir() / "blobs").rglob("*.data") if path.stat().st_size == len(whole)
    ]
    cached.chmod(0o600)
    with cached.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"not what was logged")
    mvfs("mount", tmp_path / "mnt")
    assert (mounted / "weights.bin").read_bytes() == whole


def test_a_version_that_comes_later_is_seen(call: Call, mounted: Path, model: Path) -> None:
    (model / "readme.txt").write_text("second\n")
    assert call("log", model, "vision/model/net", "-a", "production").code == 0
    assert (mounted.parent / "v1" / "readme.txt").read_text() == "second\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_unmounts(
    call: Call, store: str, model: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Also where the client of the bucket has threads of its own, which know nothing of signals."""
    assert call("log", model, "vision/model/net").code == 0
    mountpoint = tmp_path / "mnt"
    mountpoint.mkdir()
    words = [sys.executable, "-m", "mvfs", "mount", "-f", str(mountpoint)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("mounted on"):
                break
        assert (mountpoint / "vision/model/net/v0/readme.txt").read_text() == "hello\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"unmounted {mountpoint}" in said
    assert [*mountpoint.iterdir()] == []
