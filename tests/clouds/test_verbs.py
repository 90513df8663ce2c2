"""The command line on Google and Azure: as on a directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mvfs.store.backend import writer_lock
from tests.cli.conftest import Call
from tests.clouds.fake_google import World

FILES = {"weights.bin": os.urandom((3 << 20) + 17), "notes/readme.txt": b"hello\n", "config.json": b"{}"}

pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        path = tmp_path / "model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "model"


def test_a_life(call: Call, store: str, model: Path, tmp_path: Path) -> None:
    made = call("init", "--json")
    assert (made.code, made.json["store"], made.json["single_writer"]) == (0, store, False)
    assert call("log", model, "vision/model/net", "-a", "production").code == 0
    (model / "config.json").write_text('{"lr": 1}')
    assert call("--json", "log", model, "vision/net").json["version"] == "v1"
    assert call("get", "vision/net:production", tmp_path / "back").code == 0
    assert {p: (tmp_path / "back" / p).read_bytes() for p in FILES} == FILES
    assert call("alias", "vision/net:v1", "production", "--expect", "v1").code == 4
    assert call("alias", "vision/net:v1", "production").code == 0
    assert call("rm", "vision/net:v0", "--aliases", "--yes").code == 0
    assert call("sweep", "--grace", "0s", "--yes").code == 0
    assert call("fsck", "--read-data").code == 0
    assert call("sync", store, tmp_path / "copy").code == 0
    assert call("--store", tmp_path / "copy", "cat", "vision/net/notes/readme.txt").out == "hello\n"


def test_mounted(call: Call, store: str, model: Path, tmp_path: Path) -> None:
    assert call("log", model, "vision/model/net", "-a", "production").code == 0
    at = tmp_path / "mounted"
    at.mkdir()

    def mvfs(*words: object) -> None:
        subprocess.run([sys.executable, "-m", "mvfs", *map(str, words)], check=True, capture_output=True)

    mvfs("mount", store, at)
    try:
        seen = at / "vision/model/net/production"
        assert {p: (seen / p).read_bytes() for p in FILES} == FILES
    finally:
        mvfs("umount", at)


def test_a_google_without_conditions(
    call: Call, gs: str, model: Path, google: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_lock, "_WAIT", 0.01)
    monkeypatch.setattr(google, "ignores_conditions", True)
    monkeypatch.setenv("MVFS_STORE", gs)
    refused = call("init")
    assert refused.code == 6
    assert "--single-writer" in refused.err
    assert call("init", "--single-writer").code == 0
    logged = call("log", model / "config.json", "vision/model/net")
    assert (logged.code, logged.err.count("one writer at a time")) == (0, 1)


def test_no_such_place(call: Call) -> None:
    for url in ("az://UPPER/x", "gs://b", "gcs://bucket/x", "az://a--b/x"):
        refused = call("--store", url, "ls")
        assert refused.code == 2
        assert "gs://bucket/prefix" in refused.err
