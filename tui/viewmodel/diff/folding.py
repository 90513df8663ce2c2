"""Long lines of prose in several rows, broken at spaces. No character is left out, so marks stay in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from rich.cells import cell_len

from tui.paint import Span


@lru_cache(512)
def folds(written: str, width: int) -> Sequence[tuple[int, int]]:
    """Where each row of a text begins and ends, at a width in columns; at least one."""
    return tuple(_folds(written, max(width, 2)))


def _folds(written: str, width: int) -> Iterator[tuple[int, int]]:
    start = used = 0
    space = -1
    for at, char in enumerate(written):
        wide = cell_len(char)
        while used + wide > width:
            end = space + 1 if space >= start else at
            yield start, end
            start, used = end, cell_len(written[end:at])
        used += wide
        if char == " ":
            space = at
    yield start, len(written)


def between(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """The characters of spans from ``start`` to ``end``."""
    found: list[Span] = []
    at = 0
    for text, role in spans:
        found.append((text[max(start - at, 0) : max(end - at, 0)], role))
        at += len(text)
    return [span for span in found if span[0]]
