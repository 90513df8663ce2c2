"""Breaks styled, inert text into rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells

from tui.paint import Span

_WORDS = re.compile(r" +|[^ ]+")

GLUE = chr(0xA0)
"""A space at which no row is broken; it is shown as one that is like others."""


def flowed(
    spans: Sequence[Span], width: int, first: Sequence[Span] = (), rest: Sequence[Span] = ()
) -> Iterator[list[Span]]:
    """Yield rows of ``width`` columns, the first one led by ``first``, the others by ``rest``.

    Rows are broken at spaces where there are any.
    """
    row, lead = list(first), sum(cell_len(text) for text, _ in first)
    room = max(width - lead, 4)
    used = 0
    for text, role in spans:
        for piece in _WORDS.findall(text):
            word: str = piece
            size = cell_len(word)
            if word[0] == " ":
                if used and used + size <= room:
                    row.append((word, role))
                    used += size
                continue
            if used and used + size > room:
                yield _trimmed(row)
                row, used = list(rest), 0
                room = max(width - sum(cell_len(lead) for lead, _ in rest), 4)
            if size > room:
                *full, word = chop_cells(word, room) or [""]
                for part in full:
                    yield [*row, (part.replace(GLUE, " "), role)]
                    row, used = list(rest), 0
                size = cell_len(word)
            row.append((word.replace(GLUE, " "), role))
            used += size
    if used or not spans:
        yield _trimmed(row)


def _trimmed(row: list[Span]) -> list[Span]:
    while row and not row[-1][0].strip():
        row = row[:-1]
    return row
