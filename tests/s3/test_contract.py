"""Buckets on real servers, under the contract of all backends and beyond it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mvfs.errors import NoPermission, Unavailable
from mvfs.store.backend import s3_service
from mvfs.store.backend.base import Backend
from mvfs.store.backend.objects import PART
from mvfs.store.backend.opening import backend_of
from tests.contract.contract import BackendContract
from tests.s3.servers import Server


class TestObjects(BackendContract):
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
        view = memoryview(bytearray(100))
        assert backend.read_into("large", PART - 50, view) == 100
        assert view == data[PART - 50 : PART + 50]
        assert backend.read_into("large", len(data) - 3, view) == 3
        assert bytes(view[:3]) == b"end"
        assert backend.read_into("large", len(data), view) == 0
        assert backend.read_into("nothing", 0, view) is None
        assert backend.get("large", len(data)) == data

    def test_more_objects_than_one_page(self, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(s3_service, "PAGE", 2)
        keys = [f"page/{number}" for number in range(5)]
        for key in keys:
            backend.put(key, b"")
        assert [info.key for info in backend.list("page/")] == keys
        assert [info.key for info in backend.list("page/", after=keys[1])] == keys[2:]

    def test_works_after_a_fork(self, backend: Backend) -> None:
        backend.put("parent", b"1")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if backend.get("parent", 10) == b"1" and backend.create("child", b"2") else 1
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert backend.get("child", 10) == b"2"
        assert backend.get("parent", 10) == b"1"


@pytest.mark.parametrize("server", ["moto"], indirect=True)
class TestByS3fs(TestObjects):
    """Other requests of the same kind: one server is enough."""

    @pytest.fixture
    def backend(self, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Backend:
        monkeypatch.setenv("MVFS_S3_CLIENT", "s3fs")
        return backend_of(url)


def test_places_of_one_bucket_are_apart(url: str) -> None:
    one, other = backend_of(f"{url}/one"), backend_of(f"{url}/other")
    one.put("key", b"1")
    assert other.get("key", 10) is None
    assert [info.key for info in one.list("")] == ["key"]
    assert [info.key for info in backend_of(url).list("")] == ["one/key"]


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
