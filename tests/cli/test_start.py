"""What a start of the command line and of the SDK may import."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("textual", "rich", "tui", "asyncio", "numpy", "pyarrow", "fsspec")


def loaded(code: str) -> set[str]:
    script = code + "\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "code", ["import mvfs", "from mvfs.cli import main; main(['ls'])", "import mvfs.sdk"]
)
def test_nothing_heavy_is_imported(code: str, store: object) -> None:
    assert loaded(code).isdisjoint(HEAVY)


def test_import_mvfs_is_lazy() -> None:
    assert {"msgspec", "blake3", "sqlite3", "zstandard"}.isdisjoint(loaded("import mvfs"))


def test_help_does_not_open_the_store() -> None:
    code = "from mvfs.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    assert {"msgspec", "blake3", "zstandard", "sqlite3"}.isdisjoint(loaded(code))


def test_every_verb_has_help() -> None:
    from mvfs.cli import VERBS

    for verb in VERBS:
        done = subprocess.run(
            [sys.executable, "-m", "mvfs", verb, "--help"], capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith(f"usage: mvfs {verb}"), verb
