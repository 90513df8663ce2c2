"""``mvfs doctor`` on a bucket: how it is reached is told, secrets are not."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from mvfs.cli.doctor import bucket, fuse
from mvfs.mount.trial import Tried
from tests.cli.conftest import Call, Result
from tests.s3.gate import gate
from tests.s3.servers import KEY, REGION, SECRET, Server


@pytest.fixture(autouse=True)
def no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuse, "try_mount", lambda: Tried(True, 4096))
    monkeypatch.setattr(fuse, "mounts", list)


def levels(done: Result) -> dict[str, str]:
    return {one["check"]: one["level"] for one in done.json["findings"]}


def test_a_bucket_that_answers(call: Call, server: Server, store: str) -> None:
    done = call("doctor", "--json")
    assert (done.code, levels(done)["store"]) == (0, "note")
    assert call("init").code == 0
    keys = server.client().list_objects_v2(Bucket=store.split("/")[2])
    done = call("doctor")
    assert (done.code, done.err) == (0, "all is well\n")
    assert f"{server.endpoint}, {REGION}; credentials by MVFS_S3_KEY and MVFS_S3_SECRET" in done.out
    assert f"{store} (by $MVFS_STORE) can be read: format 1" in done.out
    assert "conditional writes were tried when it was made" in done.out
    assert "as that of the server, to a minute" in done.out
    assert SECRET not in done.out
    again = server.client().list_objects_v2(Bucket=store.split("/")[2])
    assert again["Contents"] == keys["Contents"]


def test_where_credentials_come_from(call: Call, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("MVFS_S3_KEY", "MVFS_S3_SECRET"):
        monkeypatch.delenv(name)
    done = call("doctor", "--json")
    assert (done.code, levels(done)["access"], levels(done)["store"]) == (1, "trouble", "trouble")
    assert "no credentials; set AWS_ACCESS_KEY_ID" in done.out
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    done = call("doctor")
    assert done.code == 0
    assert "credentials by the variables AWS_ACCESS_KEY_ID" in done.out


def test_a_bucket_that_is_not_there_or_out_of_reach(
    call: Call, server: Server, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("init").code == 0
    with gate(server.endpoint) as door:
        monkeypatch.setenv("MVFS_S3_ENDPOINT", door.endpoint.replace("://", "://who:s3cret@"))
        door.shut()
        done = call("doctor")
    assert done.code == 1
    assert "trouble  store" in done.out  # whatever is remembered of it
    assert "does not tell the time" in done.out
    assert "s3cret" not in done.out + done.err


def test_a_clock_that_is_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    told = time.time()

    def off(seconds: float) -> bucket.Finding:
        date = datetime.fromtimestamp(told + seconds, UTC)
        monkeypatch.setattr(bucket, "parsedate_to_datetime", lambda _: date)
        return bucket._clock(server.endpoint, None)

    assert off(0).level == "ok"
    assert (off(-120).level, "ahead of that of the server" in off(-120).what) == ("note", True)
    assert (off(3600).level, "behind that of the server" in off(3600).what) == ("trouble", True)
