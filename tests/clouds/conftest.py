"""Each test of this directory runs against our fake of Google's storage, against Azurite where
``MVFS_TEST_AZURITE`` asks for it, and against the server with Google's API at ``MVFS_TEST_GS_ENDPOINT``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.cli.conftest import call
from tests.clouds.azurite import azurite, new_container
from tests.clouds.fake_google import World, fake_google
from tests.conftest import leave_out

__all__ = ["call"]

_AZURITE = os.environ.get("MVFS_TEST_AZURITE")
_OTHER = os.environ.get("MVFS_TEST_GS_ENDPOINT")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs Azurite where it was not asked for: it is installed from another registry."""
    if not _AZURITE:
        found = [item for item in items if _is_of_azure(item)]
        leave_out(config, items, found, "Azurite; run 'make test-clouds' too")


def _is_of_azure(item: pytest.Item) -> bool:
    if "clouds" not in item.path.parts or not isinstance(item, pytest.Function):
        return False
    params = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return "az" in params or "azure_connection" in item.fixturenames


@pytest.fixture(scope="session")
def azure_connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with azurite(tmp_path_factory.mktemp("azurite")) as connection:
        yield connection


@pytest.fixture(scope="session")
def _google() -> Iterator[tuple[str, World]]:
    with fake_google() as running:
        yield running


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test uses the accounts of whoever runs it."""
    for variable in [
        name for name in os.environ if name.startswith(("AZURE_", "GOOGLE_", "STORAGE_", "GCS"))
    ]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("NO_GCE_CHECK", "true")


@pytest.fixture
def google(_google: tuple[str, World], monkeypatch: pytest.MonkeyPatch) -> World:
    """The fake, which mvfs takes for Google."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", _google[0])
    return _google[1]


@pytest.fixture
def gs(google: World) -> str:
    """A place in a new bucket of the fake."""
    bucket = f"mvfs-{os.urandom(6).hex()}"
    google.buckets[bucket] = {}
    return f"gs://{bucket}/team"


@pytest.fixture
def az(azure_connection: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A place in a new container of Azurite."""
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azure_connection)
    return f"az://{new_container(azure_connection)}/team"


@pytest.fixture
def other_gs(monkeypatch: pytest.MonkeyPatch) -> str:
    """A place in a new bucket of a server that was started by hand."""
    bucket = f"mvfs-{os.urandom(6).hex()}"
    body = json.dumps({"name": bucket}).encode()
    request = Request(f"{_OTHER}/storage/v1/b", body, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        assert answer.status == 200
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", str(_OTHER))
    return f"gs://{bucket}/team"


@pytest.fixture(params=["gs", "az", *(["other_gs"] if _OTHER else [])])
def url(request: pytest.FixtureRequest, home: Path) -> str:
    place: str = request.getfixturevalue(request.param)
    return place


@pytest.fixture
def store(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The store of this test, in a bucket (not made yet)."""
    monkeypatch.setenv("MVFS_STORE", url)
    return url
