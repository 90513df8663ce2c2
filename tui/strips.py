"""From spans to what Textual paints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.scrollbar import ScrollBarRender
from textual.strip import Strip

from tui import glyphs
from tui.paint import Span, cut


def row(spans: Sequence[Span], width: int, styles: Mapping[str, Style]) -> Strip:
    """Paint spans into a strip of ``width`` columns; what does not fit is cut."""
    pieces: list[tuple[str, Style]] = []
    left = width
    for text, role in spans:
        if left <= 0:
            break
        shown = glyphs.drawn(cut(text, left))
        left -= cell_len(shown)
        _join(pieces, shown, styles[role])
    if left > 0:
        _join(pieces, " " * left, pieces[-1][1] if pieces else styles["text"])
    return Strip([Segment(text, style) for text, style in pieces], width)


def _join(pieces: list[tuple[str, Style]], text: str, style: Style) -> None:
    """Append, merging with the piece before where it looks the same: fewer bytes for the terminal."""
    if not text:
        return
    if pieces and pieces[-1][1] is style:
        pieces[-1] = pieces[-1][0] + text, style
    else:
        pieces.append((text, style))


class WholeCells(ScrollBarRender):
    """A scrollbar without the characters for parts of a cell."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]


def changed(before: Strip | None, after: Strip) -> tuple[int, int] | None:
    """The columns, first and end, in which two strips differ; None if in none.

    What is not sent again need not be carried to the terminal: most rows change in one word.
    """
    if before is None or before.cell_length != after.cell_length:
        return 0, after.cell_length
    old, new = _cells(before), _cells(after)
    differing = [x for x, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    return _whole(old, new, differing[0], differing[-1] + 1) if differing else None


_APART = 6
"""Columns that look the same between two that do not; fewer are sent along, as going there costs as much."""


def changes(before: Strip | None, after: Strip) -> list[tuple[int, int]]:
    """Like `changed`, but what is far apart in pieces."""
    if before is None or before.cell_length != after.cell_length:
        return [(0, after.cell_length)]
    if before == after:
        return []
    old, new = _cells(before), _cells(after)
    found: list[tuple[int, int]] = []
    for x, (one, other) in enumerate(zip(old, new, strict=True)):
        if one == other:
            continue
        if found and x - found[-1][1] < _APART:
            found[-1] = found[-1][0], x + 1
        else:
            found.append((x, x + 1))
    return [_whole(old, new, *piece) for piece in found]


_Cells = list[tuple[str, Style | None]]


def _whole(old: _Cells, new: _Cells, start: int, end: int) -> tuple[int, int]:
    """Columns such that no wide character is cut in two."""
    while start and "" in (old[start][0], new[start][0]):
        start -= 1
    while end < len(new) and "" in (old[end][0], new[end][0]):
        end += 1
    return start, end


def _cells(strip: Strip) -> _Cells:
    """What each cell shows: a character with its marks; nothing in the second cell of a wide one."""
    cells: _Cells = []
    for text, style, _ in strip:
        if text.isascii():
            cells += [(char, style) for char in text]
            continue
        for char in text:
            width = cell_len(char)
            if width == 0 and cells:
                cells[-1] = cells[-1][0] + char, cells[-1][1]
            cells += [(char, style), ("", style)][:width]
    return cells if len(cells) == strip.cell_length else [(strip.text, None)] * strip.cell_length
