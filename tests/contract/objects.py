"""What every backend of buckets must do beyond the contract of all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mvfs.store.backend.base import Backend
from mvfs.store.backend.objects import PART
from mvfs.store.backend.opening import backend_of
from tests.contract.contract import BackendContract


class ObjectContract(BackendContract):
    """For whatever ``url`` names."""

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
        backend.put("pack", bytearray(data[: PART + 5]))
        assert backend.get_range("pack", PART - 5, 100) == data[PART - 5 : PART + 5]
        view = memoryview(bytearray(100))
        assert backend.read_into("large", PART - 50, view) == 100
        assert view == data[PART - 50 : PART + 50]
        assert backend.read_into("large", len(data) - 3, view) == 3
        assert bytes(view[:3]) == b"end"
        assert backend.read_into("large", len(data), view) == 0
        assert backend.read_into("nothing", 0, view) is None
        assert backend.get("large", len(data)) == data

    def test_any_bytes_come_back(self, backend: Backend) -> None:
        data = b"a\n--==0==--\r\n--==0==\nContent-Type: x\n\n" + bytes(range(256))
        assert backend.create("odd", data)
        assert backend.get("odd", 1000) == data

    def test_in_two_processes_after_a_fork(self, backend: Backend, url: str) -> None:
        """The child ends as any process does, and the parent's connections go on."""
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

    def test_places_of_one_bucket_are_apart(self, backend: Backend, url: str) -> None:
        one, other = backend_of(f"{url}/one"), backend_of(f"{url}/other")
        one.put("key", b"1")
        assert other.get("key", 10) is None
        assert [info.key for info in one.list("")] == ["key"]
        assert [info.key for info in backend.list("")] == ["one/key"]
