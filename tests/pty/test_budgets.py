"""What a terminal or a connection has to carry: bytes of the first picture, a key, a page, and of nothing."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvfs.catalog.catalog import open_catalog
from tests.pty.terminal import Terminal
from tests.tui.showing import Shop

FIRST, KEY, EDGE, PAGE = 25_000, 400, 2_000, 4_000
"""Bytes."""
PAGE_DOWN = b"\x1b[6~"


@pytest.fixture
def calm(store: Path, tmp_path: Path) -> Iterator[Terminal]:
    """The UI at the newest of 300 versions, when nothing is read any more."""
    (tmp_path / "shop").mkdir()
    Shop(tmp_path / "shop", open_catalog()).many("iv3", 300)
    assert store.exists()
    with Terminal("tui", "vision/iv3", size=(120, 40)) as terminal:
        terminal.wait_for("v299")
        terminal.wait_for("digest")
        terminal.quiet(1.0)
        yield terminal
        terminal.press(b"q")
        assert terminal.end() == 0


def test_the_first_picture_and_nothing_more(calm: Terminal) -> None:
    assert 4_000 < len(calm.output) <= FIRST
    assert calm.quiet(1.2) == 0


def test_a_cursor_key(calm: Terminal) -> None:
    costs = [key_cost(calm, b"j") for _ in range(25)]
    assert 0 < statistics.median(costs) <= KEY, costs


def test_a_cursor_key_that_scrolls(calm: Terminal) -> None:
    calm.press(b"j" * 40)
    calm.quiet(1.0)
    costs = [key_cost(calm, b"j") for _ in range(9)]
    assert 0 < statistics.median(costs) <= EDGE, costs


def test_a_page(calm: Terminal) -> None:
    costs = []
    for _ in range(5):
        stood = calm.press(PAGE_DOWN)
        calm.read(0.8)  # with the details of the version where the cursor rests
        costs.append(len(calm.output) - stood)
    assert 500 < statistics.median(costs) <= PAGE, costs


def key_cost(terminal: Terminal, key: bytes) -> int:
    """Bytes that come for a key before the cursor rests."""
    stood = terminal.press(key)
    while len(terminal.output) == stood:
        terminal.read(0.02)
    return len(terminal.output) - stood
