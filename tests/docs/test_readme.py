"""The README tells the truth: its help block, and each of its examples, typed as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.readme_help import BLOCK, help_text

README = Path(__file__).parents[2] / "README.md"


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def code(text: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found, language
    return found[1]


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = f'mvfs() {{ "{sys.executable}" -m mvfs "$@"; }}\nset -e\n{script}'
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)


def test_help_block() -> None:
    found = BLOCK.search(README.read_text("utf-8"))
    assert found
    assert found[0] == found[1] + help_text() + found[2], "run scripts/readme_help.py"


def test_the_pictures_exist() -> None:
    found = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text("utf-8"))
    there = (README.parent / "docs/pictures").iterdir()
    assert {README.parent / one for one in found} == {*there}


@pytest.fixture
def five_minutes(store: Path, tmp_path: Path) -> Path:
    done = shell(code(section("In five minutes"), "sh"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "best, latest, production" in done.stdout
    return tmp_path


def test_the_shell_examples(five_minutes: Path) -> None:
    assert (five_minutes / "copy/weights.bin").read_bytes() == (five_minutes / "iv3/weights.bin").read_bytes()


def test_references(five_minutes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = five_minutes / "photos-2026" / "train"
    photos.mkdir(parents=True)
    (photos / "one.jpeg").write_bytes(b"one")
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(photos))
    example = code(section("References"), "sh").replace("s3://photos-2026/train", photos.as_uri())
    done = shell(example, five_minutes)
    assert done.returncode == 0, done.stderr
    assert f"one.jpeg -> {photos.as_uri()}/one.jpeg" in done.stdout
    assert (five_minutes / "train/one.jpeg").read_bytes() == b"one"
    assert done.stderr.endswith("1 file, 3 B read, 3 B new here\n")


def test_keeping_house(five_minutes: Path) -> None:
    done = shell(code(section("Keeping house"), "sh"), five_minutes)
    assert done.returncode == 0, done.stderr
    back = shell("mvfs undelete vision/iv3:v0 && mvfs ls vision/iv3:baseline", five_minutes)
    assert "weights.bin" in back.stdout, back.stderr


def test_what_differs(five_minutes: Path) -> None:
    shown = code(section("What differs"), "sh").splitlines()
    for command in shown:
        done = shell(command, five_minutes)
        assert done.returncode == (0 if "compare" in command or "./iv3" in command else 1), done.stderr
    assert "mvfs compare" in shown[-1]
    assert "acc" in done.stdout


def test_two_stores(five_minutes: Path, store: Path) -> None:
    example = code(section("Two stores"), "sh").replace("~/models", str(store))
    done = shell(example.replace("/mnt/team", str(five_minutes / "team")), five_minutes)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("vision/model/iv3:v0\n")
    assert done.stderr.endswith("nothing to send\n")


def test_the_python_example(five_minutes: Path) -> None:
    (five_minutes / "photos").mkdir()
    (five_minutes / "photos/one.txt").write_text("x")
    assert shell("mvfs log photos vision/dataset/photos", five_minutes).returncode == 0
    script = code(section("In five minutes"), "python")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=five_minutes, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    shown = shell("mvfs show vision/iv3:candidate", five_minutes).stdout
    assert "from photos:v0" in shown


def test_the_mount_examples(five_minutes: Path, home: Path) -> None:
    (home / "models").mkdir()
    done = shell(code(section("The mount"), "sh"), five_minutes)
    shell("mvfs umount ~/models", five_minutes)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:1] == ["best"] or "production" in done.stdout
    assert (five_minutes / "deploy/weights.bin").read_bytes() == (
        five_minutes / "iv3/weights.bin"
    ).read_bytes()


def test_the_refs(five_minutes: Path) -> None:
    refs = [line.split()[0] for line in code(section("Refs"), "").splitlines() if line.startswith("vision/")]
    assert len(refs) >= 4
    for ref in refs:
        done = shell(f"mvfs show {ref}", five_minutes)
        expected = 3 if "v7" in ref or "2026-11-01" in ref else 0
        assert done.returncode == expected, (ref, done.stderr)
