"""Text cut and filled to columns.

A row is a list of spans, each a text and the role it plays (``muted``, ``best``, …); the theme says what
a role looks like. Texts are inert already; nothing here reads markup.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

Span = tuple[str, str]
"""A text and its role."""

_CHARS_PER_CELL = 4
"""How many characters of a long text are looked at per column; more only where marks pile up."""


def cut(text: str, width: int) -> str:
    """``text``, or as much of it as fits with an ellipsis."""
    if width <= 0:
        return ""
    head = text[: width * _CHARS_PER_CELL + 1]
    if len(head) == len(text) and cell_len(text) <= width:
        return text
    return set_cell_size(head, width - 1).rstrip() + "…"


def fit(text: str, width: int, *, right: bool = False) -> str:
    """``text`` in exactly ``width`` columns, flush left or right."""
    text = cut(text, width)
    fill = " " * (width - cell_len(text))
    return fill + text if right else text + fill


def width_of(spans: Iterable[Span]) -> int:
    """Columns that spans take."""
    return sum(cell_len(text) for text, _ in spans)
