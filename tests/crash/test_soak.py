"""A few seconds of the soak (``make soak`` is the whole of it): nobody was told anything that is not so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import soak


def test_processes_that_race_and_are_killed_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STORE", "CACHE_DIR", "STATE_DIR"):
        monkeypatch.setenv(f"MVFS_{name}", "")  # so that what the soak sets is undone
    figures = soak.run(tmp_path, processes=4, kills=25, seed=2, pause=0.15)
    assert int(str(figures["acknowledged"])) > 50
    assert figures["kills"] == 29
