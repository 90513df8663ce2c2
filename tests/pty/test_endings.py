"""However the UI ends, the terminal is left as it was; and it can be of any size while it runs."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.recording import Draft, log
from mvfs.store.sources import scan
from tests.pty.terminal import Terminal

MODES = {b"1049", b"1000", b"1003", b"1006", b"2004", b"7", b"25"}
"""The alternate screen, the mouse, its form, pasting; lines that do not wrap, and no cursor."""


@pytest.fixture(autouse=True)
def _filled(store: Path, tmp_path: Path) -> None:
    (tmp_path / "model").write_text("w")
    project = open_catalog().make_project("vision")
    log(project, Draft("iv3", "model", scan(tmp_path / "model"), note="the first", metadata={"acc": 0.5}))
    assert store.exists()


def started() -> Terminal:
    terminal = Terminal("tui", "vision/iv3:v0", size=(130, 30))
    terminal.wait_for("the first")
    assert terminal.modes >= MODES
    return terminal


def check_clean(terminal: Terminal) -> None:
    assert terminal.modes == set()
    assert terminal.settings() == terminal.before
    assert terminal.output.rindex(b"\x1b[?1049l") > terminal.output.rindex(b"\x1b[?1049h")


@pytest.mark.parametrize("key", [b"q", b"\x03", b"\x11"], ids=["q", "ctrl+c", "ctrl+q"])
def test_keys(key: bytes) -> None:
    with started() as terminal:
        terminal.press(key)
        assert terminal.end() == 0
        check_clean(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda one: one.name)
def test_signals(number: signal.Signals) -> None:
    with started() as terminal:
        terminal.process.send_signal(number)
        assert terminal.end() == 128 + number
        check_clean(terminal)


def test_a_connection_that_breaks() -> None:
    with started() as terminal:
        assert terminal.hang_up() == 128 + signal.SIGHUP


def test_a_terminal_that_goes_without_a_signal() -> None:
    with Terminal("tui", "vision/iv3:v0", size=(130, 30), controls=False) as terminal:
        terminal.wait_for("the first")
        assert terminal.hang_up() == 128 + signal.SIGHUP


def test_sizes() -> None:
    with started() as terminal:
        for size in [(40, 10), (41, 60), (200, 60), (80, 24), (20, 4), (200, 10), (60, 20), (300, 80)]:
            terminal.resize(*size)
            terminal.press(b"jk")
            terminal.read(0.1)
            assert terminal.process.poll() is None, terminal.text()[-3000:]
        stood = len(terminal.output)
        terminal.resize(130, 30)
        terminal.wait_for("the first", stood)
        terminal.press(b"q")
        assert terminal.end() == 0
        check_clean(terminal)
