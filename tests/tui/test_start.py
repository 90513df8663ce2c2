"""``mvfs tui``: what is told before there is a screen, and that nothing else pays for Textual."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.tui.showing import Shop


def mvfs(*words: str, store: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"MVFS_STORE": str(store), **more}
    command = [sys.executable, "-m", "mvfs", *words]
    nothing = subprocess.DEVNULL
    return subprocess.run(command, check=False, env=environ, capture_output=True, text=True, stdin=nothing)


def on_terminal(*words: str, store: Path, **more: str) -> tuple[int, str]:
    """Run where standard input and output are a terminal, and something ends it before a screen."""
    ours, theirs = pty.openpty()
    environ = os.environ | {"MVFS_STORE": str(store), "TERM": "xterm-256color", **more}
    command = [sys.executable, "-m", "mvfs", "tui", *words]
    done = subprocess.run(
        command, check=False, env=environ, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, text=True
    )
    os.close(ours)
    os.close(theirs)
    return done.returncode, done.stderr


def test_no_terminal_is_one_line_and_exit_2(tmp_path: Path) -> None:
    done = mvfs("tui", store=tmp_path / "store")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "mvfs ls" in done.stderr


def test_a_dumb_terminal_is_refused(tmp_path: Path) -> None:
    code, said = on_terminal(store=tmp_path / "store", TERM="dumb")
    assert code == 2
    assert "TERM=dumb" in said


def test_what_is_no_store_is_told_before_the_screen_changes(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "holiday.jpg").touch()
    code, said = on_terminal(store=tmp_path / "store")
    assert code == 6
    assert "is no mvfs store" in said
    assert said.count("\n") == 1


def test_a_place_that_is_not_there_is_told_before_the_screen_changes(shop: Shop, tmp_path: Path) -> None:
    assert shop.catalog.exists
    code, said = on_terminal("vision/nobody", store=tmp_path / "store")
    assert code == 3
    assert "nobody" in said


def test_no_other_verb_imports_textual(tmp_path: Path) -> None:
    script = (
        "import sys; from mvfs.cli import main; main(['ls'])\n"
        "import mvfs.cli.tui\n"
        "found = [m for m in sys.modules if m.partition('.')[0] in ('tui', 'textual', 'rich')]\n"
        "assert not found, found"
    )
    environ = os.environ | {"MVFS_STORE": str(tmp_path / "store")}
    subprocess.run([sys.executable, "-c", script], check=True, env=environ, stderr=subprocess.DEVNULL)


def test_what_is_read_before_textual_is_imported_needs_no_textual() -> None:
    script = "import sys, tui.opening; assert 'textual' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
