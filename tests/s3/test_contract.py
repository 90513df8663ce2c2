"""Buckets on real servers, under the contract of all backends and beyond it."""

from __future__ import annotations

import pytest

from mvfs.errors import NoPermission, Unavailable
from mvfs.store.backend import s3_service
from mvfs.store.backend.base import Backend
from mvfs.store.backend.opening import backend_of
from tests.contract.objects import ObjectContract
from tests.s3.servers import Server


class TestObjects(ObjectContract):
    def test_more_objects_than_one_page(self, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(s3_service, "PAGE", 2)
        keys = [f"page/{number}" for number in range(5)]
        for key in keys:
            backend.put(key, b"")
        assert [info.key for info in backend.list("page/")] == keys
        assert [info.key for info in backend.list("page/", after=keys[1])] == keys[2:]


@pytest.mark.parametrize("server", ["moto"], indirect=True)
class TestByS3fs(TestObjects):
    """The same requests by another library: one server is enough."""

    @pytest.fixture(autouse=True)
    def client(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MVFS_S3_CLIENT", "s3fs")


def test_without_a_bucket(server: Server, url: str) -> None:
    nowhere = backend_of("s3://mvfs-is-not-there/x")
    with pytest.raises(Unavailable, match="no such bucket"):
        nowhere.create("key", b"")
    with pytest.raises(Unavailable, match="no such bucket"):
        nowhere.get("key", 1)


def test_without_a_server(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVFS_S3_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="cannot read key"):
        backend_of(url).get("key", 1)


def test_without_credentials(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MVFS_S3_KEY")
    monkeypatch.delenv("MVFS_S3_SECRET")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(NoPermission, match="no credentials"):
        backend_of(url).get("key", 1)
