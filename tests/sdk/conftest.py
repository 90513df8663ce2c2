"""A working directory and a clean SDK for each test; scripts run in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mvfs
from mvfs.sdk import active


@pytest.fixture(autouse=True)
def work(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory in which the test's script runs."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder
    while mvfs.run is not None:
        mvfs.finish()
        active.set_run(None)


RunScript = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_script(work: Path) -> RunScript:
    """Runs Python text as a script; fails the test if it does not end with ``code``."""

    def run_it(source: str, *args: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        script = work / "script.py"
        script.write_text(textwrap.dedent(source))
        done = subprocess.run(
            [sys.executable, "-W", "error", str(script), *args],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run_it


LogText = Callable[..., mvfs.Artifact]


@pytest.fixture
def log_text() -> LogText:
    """Logs a version with one file, ``a.txt``, in the active run."""

    def log_it(
        text: str, name: str = "m", aliases: list[str] | None = None, **about: object
    ) -> mvfs.Artifact:
        artifact = mvfs.Artifact(name, "model", **about)  # type: ignore[arg-type]
        with artifact.new_file("a.txt") as file:
            file.write(text)
        return mvfs.log_artifact(artifact, aliases=aliases)

    return log_it
