"""The README's pictures can be made anew."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from scripts.pictures import POSES

ROOT = Path(__file__).parents[2]
WORDS = {
    "browse": ("classifier", "v25", "★ best", "Beats v21 on every rare class", "0.9414"),
    "lineage": ("photos:v2", "classifier:v25", "distilled-int8:v0"),
    "diff": ("insects/model/classifier:", "longer warm-up fixes", "cosine schedule", "▲ better"),
    "runs": ("polar-reed-38", "train/loss", "val/acc", "4 marked"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("pictures")
    command = [sys.executable, "-m", "scripts.pictures", str(target)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.mark.parametrize("name", POSES)
def test_a_picture_shows_what_it_is_taken_for_and_is_small(made: Path, name: str) -> None:
    path = made / f"{name}.svg"
    shown = " ".join("".join(ET.parse(path).getroot().itertext()).split())
    assert all(word in shown for word in WORDS[name]), shown
    assert path.stat().st_size < 30_000


def test_there_are_no_others(made: Path) -> None:
    kept = {path.name for path in (ROOT / "docs/pictures").iterdir()}
    assert kept == {path.name for path in made.iterdir()}
