"""The backends that need no server, each under the contract."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from mvfs.cache.cached import CachedBackend
from mvfs.errors import CorruptObject
from mvfs.store.backend import writer_lock
from mvfs.store.backend.base import Backend
from mvfs.store.backend.faulty import FaultyBackend
from mvfs.store.backend.local import LocalBackend
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.backend.single_writer import SingleWriterBackend
from tests.careless import Careless
from tests.contract.contract import BackendContract


class TestMemory(BackendContract):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        return MemoryBackend()


class TestLocal(BackendContract):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        return LocalBackend(tmp_path / "store")

    def test_objects_are_read_only_files(self, backend: Backend, tmp_path: Path) -> None:
        backend.put("a/b", b"x")
        assert (tmp_path / "store/a/b").stat().st_mode & 0o222 == 0

    def test_umask_is_honoured(self, tmp_path: Path) -> None:
        old = os.umask(0o027)
        try:
            LocalBackend(tmp_path / "group").put("a/b", b"x")
        finally:
            os.umask(old)
        assert (tmp_path / "group/a/b").stat().st_mode & 0o777 == 0o440
        assert (tmp_path / "group/a").stat().st_mode & 0o777 == 0o750

    def test_scratch_of_dead_processes_is_removed(self, tmp_path: Path) -> None:
        root = tmp_path / "store"
        child = os.fork()
        if child == 0:
            try:
                backend = LocalBackend(root)
                staging = backend.staging()
                assert staging is not None
                (staging / "half").write_bytes(b"x" * 1000)
            finally:
                os.kill(os.getpid(), 9)
        os.waitpid(child, 0)
        assert len(list((root / "tmp").iterdir())) == 1
        backend = LocalBackend(root)
        mine = backend.staging()
        assert list((root / "tmp").iterdir()) == [mine]

    def test_scratch_of_living_processes_stays(self, tmp_path: Path) -> None:
        one, other = LocalBackend(tmp_path / "store"), LocalBackend(tmp_path / "store")
        first, second = one.staging(), other.staging()
        assert first is not None
        assert second is not None
        assert first.is_dir()
        assert second.is_dir()

    def test_scratch_ends_with_its_store(self, tmp_path: Path) -> None:
        backend = LocalBackend(tmp_path / "store")
        staging = backend.staging()
        assert staging is not None
        del backend
        gc.collect()
        assert not staging.exists()


class TestCached(BackendContract):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        return CachedBackend(MemoryBackend(), tmp_path / "cache")

    @pytest.mark.parametrize("data", [b"", b"abcdef"])
    def test_objects_as_anything_else(self, backend: Backend, data: bytes) -> None:
        key = f"p/{'0' * 26}/manifests/{'0' * 16}.00000000.mf"
        backend.put(key, data)
        for _ in range(2):
            assert backend.get(key, 6) == data
            assert backend.get_range(key, 2, 3) == data[2:5]
            assert backend.get_range(key, 100, 3) == b""
        with pytest.raises(CorruptObject):
            backend.get(key, len(data) - 1)
        backend.delete(key)
        assert backend.get(key, 6) is None


class TestFaultyWithoutFaults(BackendContract):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        return FaultyBackend(MemoryBackend())


class TestFaultyOverLocal(BackendContract):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        return FaultyBackend(LocalBackend(tmp_path / "store"))


class TestSingleWriter(BackendContract):
    """Its creates are exclusive among the threads of one process, on a place that knows no conditions."""

    @pytest.fixture
    def backend(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backend:
        monkeypatch.setattr(writer_lock, "_WAIT", 0.001)
        return SingleWriterBackend(Careless())
