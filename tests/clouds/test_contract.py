"""Google and Azure under the contract of all backends, and what they alone can get wrong."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mvfs.errors import NoPermission, Unavailable
from mvfs.store.backend import azure
from mvfs.store.backend.objects import PART
from mvfs.store.backend.opening import backend_of
from tests.clouds.fake_google import World
from tests.contract.objects import ObjectContract

# The SDK of Azure hands a body of more than 1 MiB to aiohttp in one piece, on which that remarks.
pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")


class TestClouds(ObjectContract):
    """Google and Azure."""


def test_without_a_bucket(url: str) -> None:
    nowhere = backend_of(f"{url.partition('://')[0]}://mvfs-is-not-there/x")
    with pytest.raises(Unavailable, match="no such bucket"):
        nowhere.create("key", b"")
    with pytest.raises(Unavailable, match="no such bucket"):
        list(nowhere.list("key"))


def test_google_lists_in_pages(gs: str, google: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google, "page", 2)
    backend = backend_of(gs)
    for number in range(5):
        backend.put(f"page/{number}", b"")
    assert [info.key for info in backend.list("page/")] == [f"page/{number}" for number in range(5)]
    assert [info.key for info in backend.list("page/", after="page/1")] == ["page/2", "page/3", "page/4"]


def test_azure_lists_in_pages(az: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(azure, "PAGE", 2)
    backend = backend_of(az)
    for number in range(5):
        backend.put(f"page/{number}", b"")
    assert [info.key for info in backend.list("page/")] == [f"page/{number}" for number in range(5)]
    assert [info.key for info in backend.list("page/", after="page/1")] == ["page/2", "page/3", "page/4"]


def test_an_interrupted_upload_to_google_goes_on(gs: str, google: World, tmp_path: Path) -> None:
    data = os.urandom(PART + 4321)
    (tmp_path / "large").write_bytes(data)
    google.keep_only = 1 << 20
    google.lose_answers = 1
    backend_of(gs).put("large", tmp_path / "large")
    assert backend_of(gs).get("large", len(data)) == data


def test_a_lost_answer_of_google_is_no_second_create(gs: str, google: World) -> None:
    backend = backend_of(gs)
    google.lose_answers = 1
    google.requests.clear()
    with pytest.raises(Unavailable, match="cannot write key"):
        backend.create("key", b"mine")
    assert len(google.requests) == 1, "a create is sent once"
    assert backend.get("key", 10) == b"mine"


def test_without_a_server(gs: str, az: str, azure_connection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = azure_connection.rpartition(":")[2].partition("/")[0]
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azure_connection.replace(port, "9"))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    for url in (gs, az):
        with pytest.raises(Unavailable, match="cannot read key"):
            backend_of(url).get("key", 1)


def test_without_an_account(az: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING")
    with pytest.raises(NoPermission, match="AZURE_STORAGE_ACCOUNT_NAME"):
        backend_of(az).get("key", 1)


def test_without_credentials(gs: str, google: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google, "knows_nobody", True)
    with pytest.raises(NoPermission, match="gcloud auth application-default login"):
        backend_of(gs).get("key", 1)


def test_with_a_wrong_key(az: str, azure_connection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azure_connection.replace("Eby8", "AAAA"))
    with pytest.raises(NoPermission, match="the credentials do not allow it"):
        backend_of(az).get("key", 1)


@pytest.mark.parametrize(("scheme", "driver", "extra"), [("gs", "gcsfs", "gcs"), ("az", "adlfs", "azure")])
def test_without_the_driver(scheme: str, driver: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (driver, f"{driver}.core"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Unavailable, match=rf"pip install 'mvfs\[{extra}\]'"):
        backend_of(f"{scheme}://bucket/x").get("key", 1)
