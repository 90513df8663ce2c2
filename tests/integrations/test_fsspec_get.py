"""fsspec's own abstract tests of `get`; those of writing do not apply."""

from __future__ import annotations

from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from fsspec.tests.abstract import AbstractFixtures, AbstractGetTests

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.recording import Draft, log
from mvfs.integrations.fsspec import MvfsFileSystem
from mvfs.store.backend.local import LocalBackend
from mvfs.store.sources import scan

_BRANCH = ("subfile1", "subfile2", "nesteddir/nestedfile")
_SCENARIOS = {
    "bulk": ["file1", "file2", *(f"subdir/{name}" for name in _BRANCH)],
    "edges": ["file1", "file2", *(f"subdir{number}/{name}" for number in (0, 1) for name in _BRANCH)],
    "prefix": ["subdir.txt", "subdir/subfile.txt"],
    "hashed": [f"{md5(str(number).encode()).hexdigest()}.txt" for number in range(10)],
}


class _Written(MvfsFileSystem):
    """One test writes what it reads; that is there already."""

    def mkdir(self, path: str, *_: Any, **__: Any) -> None:
        assert self.isdir(path)

    def touch(self, path: str, *_: Any, **__: Any) -> None:
        assert self.isfile(path)


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose ``vision/scenarios:v0`` has a directory per scenario."""
    base = tmp_path_factory.mktemp("scenarios")
    contents = {f"{name}/source/{path}": path for name, paths in _SCENARIOS.items() for path in paths}
    numbers = {f"hashed/source/{path}": str(number) for number, path in enumerate(_SCENARIOS["hashed"])}
    for path, content in (contents | numbers | {"src/file": ""}).items():
        (base / "files" / path).parent.mkdir(parents=True, exist_ok=True)
        (base / "files" / path).write_text(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(base))
        project = Catalog(LocalBackend(base / "store")).make_project("vision")
        log(project, Draft("scenarios", "dataset", scan(base / "files")))
    return base / "store"


class TestGet(AbstractFixtures, AbstractGetTests):
    @pytest.fixture
    def fs(self, scenarios: Path) -> MvfsFileSystem:
        return _Written(store=str(scenarios), skip_instance_cache=True)

    @pytest.fixture
    def fs_path(self) -> str:
        return "vision/dataset/scenarios:v0"

    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return False

    @pytest.fixture
    def fs_bulk_operations_scenario_0(self, fs_path: str) -> str:
        return f"{fs_path}/bulk/source"

    @pytest.fixture
    def fs_glob_edge_cases_files(self, fs_path: str) -> str:
        return f"{fs_path}/edges/source"

    @pytest.fixture
    def fs_dir_and_file_with_same_name_prefix(self, fs_path: str) -> str:
        return f"{fs_path}/prefix/source"

    @pytest.fixture
    def fs_10_files_with_hashed_names(self, fs_path: str) -> str:
        return f"{fs_path}/hashed/source"
