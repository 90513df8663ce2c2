"""The command line called in this process: what it returns, and what it prints on both streams."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mvfs.cli import main


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Call = Callable[..., Result]


@pytest.fixture
def call(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Call:
    """Calls a verb in an empty directory, with nothing on standard input."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def run(*words: object) -> Result:
        try:
            code = main([str(word) for word in words])
        except SystemExit as exc:
            code = int(exc.code or 0)
        return Result(code, *capfd.readouterr())

    return run
