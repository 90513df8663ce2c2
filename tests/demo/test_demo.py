"""The demo, as ``make demo`` runs it: it ends well only if the copied model scores as it was logged."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def test_demo(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    for _ in range(2):  # the second time over the first one's store
        done = subprocess.run(
            [sys.executable, "-m", "mvfs.demo", "--store", str(place / "store")],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"as logged by the evaluation \w+ +[0-9.]+  equal\n", done.stdout)
        assert re.search(r"best/ +→ v\d", done.stdout)
        assert re.search(r"production/ +→ v\d", done.stdout)
        assert done.stdout.rstrip().splitlines()[-1].endswith(f"mvfs tui --store {place / 'store'}")
        assert not os.path.lexists(place / "mnt")


def test_demo_removes_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("x")
    done = subprocess.run(
        [sys.executable, "-m", "mvfs.demo", "--store", str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "is no store" in done.stderr
    assert (tmp_path / "precious.txt").read_text() == "x"
