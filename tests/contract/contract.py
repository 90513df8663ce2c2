"""What every backend must do; each one subclasses the contract."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from pathlib import Path

import pytest

from mvfs.errors import CorruptObject
from mvfs.store.backend.base import Backend
from mvfs.store.probe import probe


class BackendContract(ABC):
    @pytest.fixture
    @abstractmethod
    def backend(self, tmp_path: Path) -> Backend: ...

    def test_what_is_put_can_be_read(self, backend: Backend) -> None:
        backend.put("p/x/blobs/aa/one", b"hello")
        assert backend.get("p/x/blobs/aa/one", 100) == b"hello"
        info = backend.head("p/x/blobs/aa/one")
        assert info is not None
        assert (info.key, info.size) == ("p/x/blobs/aa/one", 5)

    def test_what_is_not_there_is_none(self, backend: Backend) -> None:
        assert backend.get("nothing/here", 100) is None
        assert backend.get_range("nothing/here", 0, 1) is None
        assert backend.head("nothing/here") is None
        assert list(backend.list("nothing/")) == []
        backend.delete("nothing/here")

    def test_a_larger_object_than_expected_is_refused(self, backend: Backend) -> None:
        backend.put("big", b"x" * 101)
        with pytest.raises(CorruptObject):
            backend.get("big", 100)
        assert backend.get("big", 101) == b"x" * 101

    @pytest.mark.parametrize(
        ("offset", "length", "expected"),
        [(0, 3, b"abc"), (4, 10, b"ef"), (6, 1, b""), (100, 5, b""), (2, 0, b"")],
    )
    def test_ranges(self, backend: Backend, offset: int, length: int, expected: bytes) -> None:
        backend.put("range", b"abcdef")
        assert backend.get_range("range", offset, length) == expected

    def test_create_happens_once(self, backend: Backend) -> None:
        assert backend.create("j/0", b"first") is True
        assert backend.create("j/0", b"second") is False
        assert backend.get("j/0", 100) == b"first"

    def test_create_of_empty_bytes_is_exclusive_too(self, backend: Backend) -> None:
        assert backend.create("j/empty", b"") is True
        assert backend.create("j/empty", b"") is False

    def test_racing_creates_have_one_winner(self, backend: Backend) -> None:
        won: list[int] = []
        start = threading.Barrier(8)

        def race(number: int) -> None:
            start.wait()
            won.extend(k for k in range(20) if backend.create(f"race/{k}", str(number).encode()))

        racers = [threading.Thread(target=race, args=(n,)) for n in range(8)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert sorted(won) == list(range(20))

    def test_replace_needs_the_old_bytes(self, backend: Backend) -> None:
        assert backend.replace("hint", b"1", None) is True
        assert backend.replace("hint", b"2", None) is False
        assert backend.replace("hint", b"2", b"0") is False
        assert backend.replace("hint", b"2", b"1") is True
        assert backend.get("hint", 10) == b"2"

    def test_list_is_in_key_order_below_a_prefix(self, backend: Backend) -> None:
        for key in ("l/b", "l/a/z", "l/a-", "l/a/b", "m/x", "l/c.mp"):
            backend.put(key, b"")
        assert [info.key for info in backend.list("l/")] == ["l/a-", "l/a/b", "l/a/z", "l/b", "l/c.mp"]
        assert [info.key for info in backend.list("l/a")] == ["l/a-", "l/a/b", "l/a/z"]
        assert [info.key for info in backend.list("l/", after="l/a/b")] == ["l/a/z", "l/b", "l/c.mp"]

    def test_deleted_is_gone(self, backend: Backend) -> None:
        backend.put("d", b"x")
        backend.delete("d")
        assert backend.get("d", 10) is None

    def test_put_takes_files(self, backend: Backend, tmp_path: Path) -> None:
        source = tmp_path / "source"
        source.write_bytes(b"from a file")
        backend.put("f/copied", source)
        assert backend.get("f/copied", 100) == b"from a file"
        assert source.exists()
        staging = backend.staging()
        if staging is not None:
            (staging / "x").write_bytes(b"moved in")
            backend.put("f/moved", staging / "x")
            assert backend.get("f/moved", 100) == b"moved in"
            assert not (staging / "x").exists()

    def test_probe(self, backend: Backend) -> None:
        probe(backend)
        assert list(backend.list("probe/")) == []
