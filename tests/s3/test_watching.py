"""Policies and watchers on a bucket: as on a directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Call


@pytest.mark.usefixtures("store")
def test_a_policy_and_a_watcher(call: Call, tmp_path: Path) -> None:
    words = [
        "watch",
        "vision/net",
        "--on",
        "any",
        "--name",
        "w",
        "--no-wait",
        "--",
        "echo",
        "{ref}",
        "{alias}",
    ]
    assert call(*words).out == ""
    file = tmp_path / "w"
    for _ in range(3):
        file.write_bytes(os.urandom(100))
        assert call("log", file, "vision/model/net").code == 0
    assert call("policy", "vision/net", "--keep-last", "2", "--protect", "production").code == 0
    assert call("alias", "vision/net:v1", "production").code == 0
    assert call("alias", "vision/net:v2", "production").code == 4
    assert call(*words).out.split("\n") == [
        "vision/model/net:v0 ", "vision/model/net:v1 ", "vision/model/net:v2 ",
        "vision/model/net:v1 production", "",
    ]  # fmt: skip
    file.write_bytes(os.urandom(100))
    assert call("log", file, "vision/net", "--json").json["trashed"] == ["v0"]
    assert call("alias", "vision/net:v3", "production", "--force", "-m", "better").code == 0
    assert call(*words).out == "vision/model/net:v3 \nvision/model/net:v3 production\n"
    assert call("alias", "--history", "vision/net", "production", "--json").json[-1]["reason"] == "better"
    assert call("fsck").code == 0
