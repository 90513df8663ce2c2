"""Google and Azure under the contract of all backends, and what they alone can get wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mvfs.errors import NoPermission, Unavailable
from mvfs.store.backend import azure
from mvfs.store.backend.base import Backend
from mvfs.store.backend.objects import PART
from mvfs.store.backend.opening import backend_of
from tests.clouds.fake_google import World
from tests.contract.contract import BackendContract

# The SDK of Azure hands a body of more than 1 MiB to aiohttp in one piece, on which that remarks.
pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")


class TestClouds(BackendContract):
    @pytest.fixture
    def backend(self, tmp_path: Path, url: str) -> Backend:
        return backend_of(url)

    def test_large_files_go_up_in_parts(self, backend: Backend, tmp_path: Path) -> None:
        data = os.urandom(PART) * 2 + b"the end"
        (tmp_path / "large").write_bytes(data)
        backend.put("large", tmp_path / "large")
        info = backend.head("large")
        assert info is not None
        assert info.size == len(data)
        assert backend.get_range("large", PART - 5, 10) == data[PART - 5 : PART + 5]
        assert backend.get("large", len(data)) == data

    def test_any_bytes_come_back(self, backend: Backend) -> None:
        data = b"a\n--==0==--\r\n--==0==\nContent-Type: x\n\n" + bytes(range(256))
        assert backend.create("odd", data)
        assert backend.get("odd", 1000) == data

    def test_in_two_processes_after_a_fork(self, backend: Backend, url: str) -> None:
        backend.put("parent", b"1")
        code = (
            "import os, sys\n"
            "from mvfs.store.backend.opening import backend_of\n"
            f"place = backend_of({url!r})\n"
            "assert place.get('parent', 10) == b'1'\n"
            "child = os.fork()\n"
            "if child == 0:\n"
            "    sys.exit(0 if place.create('child', b'2') else 1)\n"
            "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0\n"
            "assert place.get('child', 10) == b'2'\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_places_of_one_bucket_are_apart(url: str) -> None:
    one, other = backend_of(f"{url}/one"), backend_of(f"{url}/other")
    one.put("key", b"1")
    assert other.get("key", 10) is None
    assert [info.key for info in one.list("")] == ["key"]
    assert [info.key for info in backend_of(url).list("")] == ["one/key"]


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
