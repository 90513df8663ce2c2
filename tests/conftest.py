"""Fixtures for all tests: a private store, cache and state for each."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, Logged, log
from mvfs.index.rows import Rule
from mvfs.store.sources import scan

_tests = itertools.count(1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own: no test sees this machine's stores, and none leaves anything behind."""
    for variable in [name for name in os.environ if name.startswith(("MVFS_", "WANDB_", "XDG_"))]:
        monkeypatch.delenv(variable)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    yield home
    if next(_tests) % 50 == 0:
        gc.collect()  # indexes are closed when they are collected, which would be seldom


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the store of this test is (not made yet)."""
    path = tmp_path / "store"
    monkeypatch.setenv("MVFS_STORE", str(path))
    return path


@pytest.fixture
def catalog(store: Path) -> Catalog:
    return open_catalog()


@pytest.fixture
def project(catalog: Catalog) -> Project:
    return catalog.make_project("vision")


LogFiles = Callable[..., Logged]


@pytest.fixture
def log_files(project: Project, tmp_path: Path) -> LogFiles:
    """Logs a directory made of ``files`` (path → bytes or text)."""
    made = 0

    def log_them(
        files: dict[str, bytes | str],
        name: str = "iv3",
        type_: str = "model",
        into: Project | None = None,
        if_better: Rule | None = None,
        **rest: object,
    ) -> Logged:
        nonlocal made
        made += 1
        folder = tmp_path / f"source{made}"
        for path, content in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        draft = Draft(name, type_, scan(folder), if_better=if_better, **rest)  # type: ignore[arg-type]
        return log(into or project, draft)

    return log_them


_not_run: list[str] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only root may do; the summary says so, loudly."""
    if os.geteuid() != 0:
        left_out = [item for item in items if item.get_closest_marker("needs_root")]
        _not_run.extend(item.nodeid for item in left_out)
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _not_run:
        terminalreporter.section("NOT RUN: these need root; run the tests as root too", red=True)
        for name in _not_run:
            terminalreporter.line(name)
