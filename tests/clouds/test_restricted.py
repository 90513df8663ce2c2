"""Azure's restricted credentials, which Azurite enforces: signatures to read, or to create and no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.storage.blob import generate_container_sas

from mvfs.errors import NoPermission
from mvfs.store.backend.opening import backend_of
from tests.cli.conftest import Call, Result
from tests.clouds.azurite import ACCOUNT, KEY

May = Callable[[str], None]


@pytest.fixture
def store(az: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The store of this test, in a bucket (not made yet)."""
    monkeypatch.setenv("MVFS_STORE", az)
    return az


@pytest.fixture
def may(az: str, azure_connection: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> May:
    """Go on with a signature for the store's container that allows so much, and with nothing remembered."""
    endpoint = azure_connection.partition("BlobEndpoint=")[2].rstrip(";")

    def may(permission: str) -> None:
        sas = generate_container_sas(
            ACCOUNT,
            az.split("/")[2],
            account_key=KEY,
            permission=permission,
            expiry=datetime.now(UTC) + timedelta(hours=1),
        )
        monkeypatch.setenv(
            "AZURE_STORAGE_CONNECTION_STRING", f"BlobEndpoint={endpoint};SharedAccessSignature={sas}"
        )
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / permission))

    return may


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "model").write_text("hello\n")
    return tmp_path / "model"


def refused(done: Result) -> None:
    assert done.code == 6, done.err
    assert done.err.count("\n") == 1
    assert "credentials" in done.err


def test_who_may_only_read(call: Call, az: str, may: May, model: Path) -> None:
    assert call("log", model, "vision/model/net").code == 0
    before = [info.key for info in backend_of(az).list("")]
    may("rl")
    assert call("cat", "vision/net/model").out == "hello\n"
    assert call("fsck", "--read-data").code == 0
    refused(call("note", "vision/net", "hello"))
    refused(call("init"))
    assert [info.key for info in backend_of(az).list("")] == before


def test_who_may_only_create(call: Call, az: str, may: May, model: Path) -> None:
    may("rcl")
    assert call("init").code == 0
    assert call("log", model, "vision/model/net").code == 0
    assert call("note", "vision/net", "hello").code == 0
    with pytest.raises(NoPermission):
        backend_of(az).put("store.mp", b"mine")
    refused(call("sweep", "--yes"))
    assert call("fsck", "--read-data").code == 0
