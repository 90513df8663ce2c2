"""Training loops and libraries that are too large for ``make test``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import leave_out

_LOOPS = Path(__file__).parent / "loops"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for."""
    if not os.environ.get("MVFS_TEST_FRAMEWORKS"):
        found = [item for item in items if item.path.parent == Path(__file__).parent]
        leave_out(config, items, found, "PyTorch, Lightning and others; run 'make test-frameworks' too")


Loop = Callable[..., str]


@pytest.fixture
def loop(store: Path, tmp_path: Path) -> Loop:
    """Runs a script of ``loops``, by default with ``import wandb`` giving mvfs; returns what it printed."""
    work = tmp_path / "work"
    work.mkdir()

    def run(script: str, *args: str, substituted: bool = True, **variables: str) -> str:
        start = ["-m", "mvfs.as_wandb"] if substituted else []
        done = subprocess.run(
            [sys.executable, *start, str(_LOOPS / script), *args],
            cwd=work, env={**os.environ, **variables},
            capture_output=True, text=True, check=False, timeout=200,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
