"""The command line, the SDK and the mount on a bucket: as on a directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import mvfs
from mvfs.sdk import active
from tests.cli.conftest import Call

FILES = {"weights.bin": os.urandom((3 << 20) + 17), "notes/readme.txt": b"hello\n", "config.json": b"{}"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        path = tmp_path / "model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "model"


def test_a_version_comes_back(call: Call, store: str, model: Path, tmp_path: Path) -> None:
    made = call("init", "--json")
    assert (made.code, made.json["store"], made.json["made"]) == (0, store, True)
    logged = call("--json", "log", model, "vision/model/net", "-a", "production", "-m", "first")
    assert (logged.code, logged.json["version"]) == (0, "v0")
    assert call("get", "vision/net:production", tmp_path / "back").code == 0
    assert {p: (tmp_path / "back" / p).read_bytes() for p in FILES} == FILES
    assert call("cat", "vision/net/notes/readme.txt").out == "hello\n"
    assert call("verify", "vision/net", tmp_path / "back").code == 0
    assert call("fsck", "--read-data").code == 0


def test_keeping_house(call: Call, store: str, model: Path) -> None:
    call("log", model, "vision/model/net")
    (model / "config.json").write_text('{"lr": 1}')
    again = call("--json", "log", model, "vision/model/net")
    assert again.json["version"] == "v1"
    assert call("alias", "vision/net:v0", "production", "--expect", "v1").code == 4
    assert call("alias", "vision/net:v0", "production").code == 0
    assert call("note", "vision/net:v0", "the first").code == 0
    assert call("rm", "vision/net:v1", "--aliases", "--yes").code == 0
    assert call("undelete", "vision/net:v1").code == 0
    assert call("rm", "vision/net:v1", "--aliases", "--yes").code == 0
    assert call("sweep", "--yes").code == 0
    assert call("rename", "vision/net", "network").code == 0
    assert [one["version"] for one in call("--json", "ls", "vision/network").json] == ["v0"]
    assert call("fsck", "--read-data").code == 0


def test_a_store_that_is_named_in_a_ref(call: Call, url: str, model: Path) -> None:
    assert call("log", model, f"{url}::vision/model/net").code == 0
    assert call("--json", "ls", f"{url}::vision/net").json[0]["version"] == "v0"


def test_no_such_url(call: Call) -> None:
    refused = call("--store", "ftp://host/x", "ls")
    assert refused.code == 2
    assert "s3://bucket/prefix" in refused.err


def test_out_of_reach(call: Call, store: str, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("log", model, "vision/model/net")
    monkeypatch.setenv("MVFS_S3_ENDPOINT", "http://127.0.0.1:9")
    refused = call("log", model, "vision/model/net")
    assert refused.code == 6
    assert refused.err.count("\n") == 1
    assert store in refused.err


def test_a_ported_script(store: str, model: Path, tmp_path: Path) -> None:
    run = mvfs.init(project="ported", config={"lr": 0.1})
    artifact = mvfs.Artifact("net", "model")
    artifact.add_dir(str(model))
    run.log({"acc": 0.5})
    run.log_artifact(artifact, aliases=["good"])
    run.finish()
    back = Path(mvfs.Api().artifact("ported/net:good").download(str(tmp_path / "down")))
    assert {p: (back / p).read_bytes() for p in FILES} == FILES
    assert active.catalog().location == store
