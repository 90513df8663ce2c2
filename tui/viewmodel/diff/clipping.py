"""A window of columns into spans that are wider than the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from tui.paint import Span


def clip(spans: Iterable[Span], start: int, width: int, fill: str) -> list[Span]:
    """The columns of spans from ``start`` on, filled up in role ``fill``; ``…`` where more follows."""
    kept: list[Span] = []
    skip, left = start, width
    for text, role in spans:
        skipped, rest = _skipped(text, skip)
        skip -= skipped
        if not rest:
            continue
        if left <= 0:
            return _ended(kept)
        shown, used, is_all = _taken(rest, left)
        kept.append((shown, role))
        left -= used
        if not is_all:
            return _ended(kept)
    return [*kept, (" " * left, fill)] if left > 0 else kept


def _ended(spans: list[Span]) -> list[Span]:
    """The same with an ellipsis in the last column."""
    while spans:
        text, role = spans.pop()
        marks = len(text)
        while marks and not cell_len(text[marks - 1]):
            marks -= 1  # what is written over the last character goes with it
        if marks:
            rest, last = text[: marks - 1], text[marks - 1]
            return [*spans, (rest + " " * (cell_len(last) - 1) + "…", role)]
    return spans


def _skipped(text: str, columns: int) -> tuple[int, str]:
    """What is left of a text behind its first ``columns``, and how many these were."""
    if columns <= 0:
        return 0, text
    if text.isascii():
        return min(columns, len(text)), text[columns:]
    used = 0
    for at, char in enumerate(text):
        wide = cell_len(char)
        if used >= columns and wide:
            return columns, " " * (used - columns) + text[at:]  # half of a wide character is a space
        used += wide
    return min(used, columns), " " * (used - columns)


def _taken(text: str, columns: int) -> tuple[str, int, bool]:
    """As much of a text as fits, the columns it takes, and whether it is all of it."""
    if text.isascii():
        return text[:columns], min(columns, len(text)), len(text) <= columns
    used = 0
    for at, char in enumerate(text):
        wide = cell_len(char)
        if used + wide > columns:
            return text[:at] + " " * (columns - used), columns, False
        used += wide
    return text, used, True


def marked(text: str, marks: Sequence[tuple[int, int]], plain: str, strong: str) -> list[Span]:
    """A text as spans: from and to each pair of ``marks`` in role ``strong``, the rest in ``plain``."""
    spans: list[Span] = []
    at = 0
    for start, end in marks:
        if start > at:
            spans.append((text[at:start], plain))
        if end > start:
            spans.append((text[start:end], strong))
        at = max(end, at)
    if at < len(text):
        spans.append((text[at:], plain))
    return spans
