"""Fixtures for all tests: a private store, cache and state for each."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from mvfs.catalog.catalog import Catalog, open_catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, Logged, log
from mvfs.index.rows import Rule
from mvfs.store.sources import scan

_tests = itertools.count(1)

settings.register_profile("same", derandomize=True)
if "MVFS_TEST_EXAMPLES" not in os.environ:
    settings.load_profile(
        "same"
    )  # 'make fuzz' looks for new examples; who changes one thing finds no other's

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts so what is to run in the background; processes that tests interrupt would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own: no test sees this machine's stores, and none leaves anything behind."""
    for variable in [name for name in os.environ if name.startswith(("MVFS_", "WANDB_", "XDG_"))]:
        monkeypatch.delenv(variable)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    yield home
    _forget_stores()
    if next(_tests) % 50 == 0:
        gc.collect()  # indexes are closed when they are collected, which would be seldom


def _forget_stores() -> None:
    """Let go of what a process opens once and keeps: here each test has stores of its own."""
    if (active := sys.modules.get("mvfs.sdk.active")) is not None:
        active._Process.catalogs.clear()
    if (filesystem := sys.modules.get("mvfs.integrations.fsspec")) is not None:
        filesystem.MvfsFileSystem.clear_instance_cache()


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


_not_run: dict[str, str] = {}
"""What is left out, and what it needs."""


def leave_out(config: pytest.Config, items: list[pytest.Item], found: list[pytest.Item], needs: str) -> None:
    """Leave tests out that cannot run here; the summary names them, loudly, and says what they need."""
    _not_run.update({item.nodeid: needs for item in found})
    items[:] = [item for item in items if item not in found]
    config.hook.pytest_deselected(items=found)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only root may do."""
    if os.geteuid() != 0:
        found = [item for item in items if item.get_closest_marker("needs_root")]
        leave_out(config, items, found, "root; run the tests as root too")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where tests run in several processes, only those know what they left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = _not_run


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _not_run.update(getattr(node, "workeroutput", {}).get("not_run", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for needs in sorted(set(_not_run.values())):
        terminalreporter.section(f"NOT RUN: these need {needs}", red=True)
        for name, needed in _not_run.items():
            if needed == needs:
                terminalreporter.line(name)
