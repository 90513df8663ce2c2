"""A bucket that cannot be reached for a while: reads go on from what is known, writes go on later."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvfs.catalog import recording
from tests.cli.conftest import Call
from tests.s3.gate import Gate, gate
from tests.s3.servers import Server


@pytest.fixture
def door(server: Server, store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """What lies between this machine and the bucket."""
    with gate(server.endpoint) as door:
        monkeypatch.setenv("MVFS_S3_ENDPOINT", door.endpoint)
        yield door


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights.bin").write_bytes(os.urandom((9 << 20) + 5))
    (folder / "readme.txt").write_text("hello\n")
    return folder


def test_what_is_known_is_told_and_what_is_cached_is_read(
    call: Call, store: str, door: Gate, model: Path, tmp_path: Path
) -> None:
    assert call("log", model, "vision/model/net", "-a", "production", "-m", "first").code == 0
    assert call("get", "vision/net", tmp_path / "once").code == 0
    door.shut()
    listed = call("--json", "ls", "vision/net")
    assert (listed.code, listed.json[0]["note"]) == (0, "first")
    (line,) = listed.err.splitlines()
    assert f"{store} is out of reach" in json.loads(line)["warning"]["message"]
    for words in (["ls"], ["show", "vision/net"]):
        told = call(*words)
        assert (told.code, bool(told.out)) == (0, True), words
        assert told.err.startswith(f"mvfs: {store} is out of reach (")
        assert "showing what was known" in told.err
        assert told.err.count("\n") == 1
    assert call("get", "vision/net:production", tmp_path / "twice").code == 0
    assert (tmp_path / "twice/weights.bin").read_bytes() == (model / "weights.bin").read_bytes()
    assert call("cat", "vision/net/readme.txt").out == "hello\n"
    door.open()
    back = call("ls", "vision/net")
    assert (back.code, back.err) == (0, "")


def test_nothing_is_known(call: Call, door: Gate) -> None:
    door.shut()
    refused = call("ls")
    assert refused.code == 6
    assert refused.err.count("\n") == 1


def test_changes_are_refused_in_one_line(call: Call, door: Gate, model: Path) -> None:
    assert call("log", model, "vision/model/net", "-a", "production").code == 0
    door.shut()
    for words in (
        ["log", model, "vision/model/net"],
        ["alias", "vision/net:v0", "best"],
        ["rm", "vision/net:v0", "--aliases", "--yes"],
    ):
        refused = call(*words)
        assert (refused.code, refused.out) == (6, ""), words
        assert refused.err.count("\n") == 1, refused.err
        assert "nothing was changed: run it again" in refused.err
    door.open()
    assert call("--json", "alias", "vision/net").json == {"latest": "v0", "production": "v0"}


def test_a_log_that_was_cut_off_goes_on(
    call: Call, door: Gate, server: Server, store: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("init").code == 0
    finish = recording.Ingest.finish

    def cut_off(ingest: recording.Ingest) -> recording.Ingested:
        door.shut()  # the large file is stored by now, its manifest is not
        return finish(ingest)

    with monkeypatch.context() as patch:
        patch.setattr(recording.Ingest, "finish", cut_off)
        refused = call("log", model, "vision/model/net")
    assert (refused.code, refused.err.count("\n")) == (6, 1)
    assert "nothing was changed: run it again" in refused.err
    door.open()
    assert call("--json", "log", model, "vision/model/net").json["version"] == "v0"
    bucket, _, prefix = store.removeprefix("s3://").partition("/")
    listed = server.client().list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/p/")["Contents"]
    large = [one["Key"] for one in listed if one["Size"] > 9 << 20]
    assert len(large) == 1
    assert call("verify", "vision/net").code == 0


def test_requests_on_the_wire(call: Call, door: Gate, model: Path, tmp_path: Path) -> None:
    (model / "weights.bin").unlink()
    for number in range(6):
        (model / "readme.txt").write_text(f"{number}\n")
        assert call("log", model, "vision/model/net").code == 0
    counts = []
    os.environ["MVFS_CACHE_DIR"] = str(tmp_path / "new")
    try:
        for _ in range(2):
            before = door.requests
            assert call("ls", "vision/net").code == 0
            counts.append(door.requests - before)
    finally:
        del os.environ["MVFS_CACHE_DIR"]
    assert counts[0] <= 10
    assert counts[1] == 1
