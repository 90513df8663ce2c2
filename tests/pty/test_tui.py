"""``mvfs tui`` as a user meets it: a terminal, keys, an editor, and the way back to the shell."""

from __future__ import annotations

import signal
import stat
from pathlib import Path

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.store.sources import scan
from tests.pty.terminal import Terminal

EVIL = "\x1b]0;PWNED\x07 \x1b[2J \x9b31m \u202eevil [/] the second"
"""Would retitle the window, clear the screen, and crash a parser of markup."""


@pytest.fixture
def project(store: Path, tmp_path: Path) -> Project:
    project = open_catalog().make_project("vision")
    assert store.exists()
    for number, note in enumerate(["the first", EVIL]):
        (tmp_path / f"model{number}").write_text(str(number))
        log(
            project,
            Draft("iv3", "model", scan(tmp_path / f"model{number}"), note=note, metadata={"acc": 0.5}),
        )
    return project


def editor(tmp_path: Path, script: str) -> str:
    path = tmp_path / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_it_paints_moves_edits_and_leaves_the_terminal_as_it_was(project: Project, tmp_path: Path) -> None:
    edit = editor(tmp_path, 'echo EDITING; echo "seen: $(cat "$1")" > "$1"')
    with Terminal("tui", "--rw", "vision/iv3", size=(130, 30), EDITOR=edit) as terminal:
        terminal.wait_for("iv3:v1")
        terminal.wait_for("the second")
        stood = terminal.press(b"j")
        terminal.wait_for("the first", stood)
        stood = terminal.press(b"e")
        terminal.wait_for("EDITING", stood)
        terminal.wait_for("note of iv3:v0 saved", stood)
        project.refresh()
        assert project.versions("iv3")[0].note == "seen: the first"
        terminal.read(0.3)
        rows = terminal.picture()
        assert not any("EDITING" in row for row in rows)  # all of it is painted again after the editor
        assert rows[0].startswith(" mvfs  vision/model/iv3:v0")
        assert "seen: the first" in "".join(rows)
        stood = terminal.press(b"k")
        terminal.wait_for("the second", stood)
        terminal.press(b"q")
        assert terminal.end() == 0
        assert terminal.output.rindex(b"\x1b[?1049l") > terminal.output.rindex(b"\x1b[?1049h")
        assert terminal.output.rindex(b"\x1b[?25h") > terminal.output.rindex(b"\x1b[?25l")
        assert terminal.settings() == terminal.before
        assert "\x1b" not in terminal.text()
        assert "\x9b" not in terminal.text()
        assert "\u202e" not in terminal.text()
        assert b"\x1b]0;" not in terminal.output
        assert b"\x1b[2J" not in terminal.output


def test_an_editor_that_fails_is_told_and_the_note_stays(project: Project, tmp_path: Path) -> None:
    with Terminal(
        "tui", "--rw", "vision/iv3:v0", EDITOR=editor(tmp_path, "echo broken > $1; exit 3")
    ) as terminal:
        terminal.wait_for("the first")
        terminal.read(0.2)
        terminal.press(b"e")
        terminal.wait_for("note stays")
        terminal.press(b"q")
        assert terminal.end() == 0
        project.refresh()
        assert project.versions("iv3")[0].note == "the first"


def test_a_copy_reaches_the_terminals_clipboard(project: Project) -> None:
    assert project.versions("iv3")
    with Terminal("tui", "vision/iv3:v0") as terminal:
        terminal.wait_for("the first")
        terminal.read(0.2)
        terminal.press(b"y")
        terminal.wait_for("version ref")
        terminal.press(b"v")
        terminal.wait_for("copied version ref")
        assert b"\x1b]52;c;dmlzaW9uL21vZGVsL2l2Mzp2MA==\x07" in terminal.output
        terminal.press(b"\x03")
        assert terminal.end() == 0


def test_resizing_and_termination(project: Project) -> None:
    assert project.versions("iv3")
    with Terminal("tui", "vision/iv3:v0", size=(140, 40)) as terminal:
        terminal.wait_for("digest")
        for size in ((40, 10), (80, 24), (200, 60)):
            terminal.resize(*size)
            terminal.read(0.2)
            assert terminal.process.poll() is None
        stood = len(terminal.output)
        terminal.resize(130, 30)
        terminal.wait_for("digest", stood)
        terminal.process.send_signal(signal.SIGINT)
        terminal.end()
        assert terminal.settings() == terminal.before
