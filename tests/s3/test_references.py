"""References to objects in a bucket, from a store in another one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3fs import S3FileSystem

from tests.cli.conftest import Call
from tests.s3.servers import KEY, REGION, SECRET, Server

BIG = os.urandom((5 << 20) + 17)


@pytest.fixture
def bucket(server: Server, store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket that the user's own AWS configuration leads to, with three objects below ``pre``."""
    assert store
    for name, value in {"AWS_ENDPOINT_URL": server.endpoint, "AWS_ACCESS_KEY_ID": KEY,
                        "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": REGION}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    S3FileSystem.clear_instance_cache()  # else the driver goes on with another server
    name = server.new_bucket()
    for key, body in {"pre/a 1.txt": b"hello\n", "pre/sub/big.bin": BIG, "other": b"not me"}.items():
        server.client().put_object(Bucket=name, Key=key, Body=body)
    yield name
    S3FileSystem.clear_instance_cache()


def test_a_prefix_is_logged_read_watched_and_brought_in(
    call: Call, server: Server, bucket: str, tmp_path: Path
) -> None:
    client = server.client()
    made = call("--json", "log", "--reference", f"s3://{bucket}/pre", "vision/dataset/far")
    assert (made.code, made.json["files"], made.json["size"]) == (0, 2, len(BIG) + 6)
    rows = call("--json", "ls", "vision/far:v0").json
    assert rows[0]["reference"]["uri"] == f"s3://{bucket}/pre/a 1.txt"
    assert rows[0]["reference"]["etag"]
    assert call("log", "--reference", f"s3://{bucket}/pre/", "vision/far").err.startswith("the same content")
    assert call("log", "--reference", f"s3://{bucket}", "vision/far", "--max-objects", "2").code == 2
    assert call("log", "--reference", f"s3://{bucket}/nothing", "vision/far").code == 3
    assert call("get", "vision/far", tmp_path / "out").code == 0
    assert (tmp_path / "out/sub/big.bin").read_bytes() == BIG

    client.put_object(Bucket=bucket, Key="pre/a 1.txt", Body=b"hullo\n")
    told = call("verify", "vision/far", "--refs")
    assert (told.code, told.out.count("drifted: "), "ETag is" in told.out) == (1, 1, True)
    assert call("cat", "vision/far/a 1.txt").code == 4
    assert call("materialize", "vision/far").code == 4

    client.put_object(Bucket=bucket, Key="pre/a 1.txt", Body=b"hello\n")
    done = call("--json", "materialize", "vision/far")
    assert (done.code, done.json["pulled"], done.json["digest"]) == (0, len(BIG) + 6, made.json["digest"])
    for key in ("pre/a 1.txt", "pre/sub/big.bin"):
        client.delete_object(Bucket=bucket, Key=key)
    assert call("cat", "vision/far/a 1.txt").out == "hello\n"
    assert call("fsck", "--read-data").code == 0
    assert call("verify", "vision/far", "--refs").out.count("(gone)") == 2
