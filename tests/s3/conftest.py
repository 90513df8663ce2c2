"""Each test of this directory runs against every S3 server there is: moto and ministack always, and the
one at ``MVFS_TEST_S3_ENDPOINT`` (keys test / testtest12) where it is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import call
from tests.s3 import servers
from tests.s3.servers import Server

__all__ = ["call"]

_OTHER = os.environ.get("MVFS_TEST_S3_ENDPOINT")
_MINISTACK = Path(__file__).parents[2] / ".venv-ministack" / "bin" / "ministack"


@pytest.fixture(scope="session", params=["moto", "ministack", *(["other"] if _OTHER else [])])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "other":
        yield Server("other", str(_OTHER))
        return
    with servers.moto() if request.param == "moto" else servers.ministack(_MINISTACK) as running:
        yield running


@pytest.fixture
def url(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A place in a new bucket, and an environment in which it can be reached."""
    for variable in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(variable)
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return f"s3://{server.new_bucket()}/team"


@pytest.fixture
def store(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The store of this test, in a bucket (not made yet)."""
    monkeypatch.setenv("MVFS_STORE", url)
    return url
