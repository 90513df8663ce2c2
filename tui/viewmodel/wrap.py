"""Breaks inert text into rows."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, chop_cells


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the rows of ``text`` at ``width`` columns, broken at spaces where there are any."""
    width = max(width, 4)
    for paragraph in text.split("\n"):
        if len(paragraph) <= width and cell_len(paragraph) <= width:
            yield paragraph
        else:
            yield from _broken(paragraph, width)


def _broken(paragraph: str, width: int) -> Iterator[str]:
    indent = paragraph[: len(paragraph) - len(paragraph.lstrip(" "))][: width // 2]
    row, used = indent, len(indent)
    for long_word in paragraph.split():
        word, size = long_word, cell_len(long_word)
        if used + size + (row != indent) > width and row != indent:
            yield row
            row, used = indent, len(indent)
        if used + size > width:
            *full, word = chop_cells(word, width - len(indent)) or [""]
            yield from (indent + piece for piece in full)
            size = cell_len(word)
        gap = " " if row != indent else ""
        row, used = row + gap + word, used + len(gap) + size
    if row.strip():
        yield row
