"""A field of dots, eight to a cell in braille, or one to a cell where only ASCII is to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui import glyphs
from tui.paint import Span

_BRAILLE = 0x2800
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The dots of a cell, by column and row."""


class Pen(NamedTuple):
    """What a line is drawn with."""

    role: str
    glyph: str
    """What stands for the line in a legend, and at its end."""
    letter: str
    """The same in ASCII."""

    @property
    def sign(self) -> str:
        """Glyph or letter, whichever is drawn on this terminal."""
        return self.letter if glyphs.is_ascii() else self.glyph


PENS = tuple(
    Pen(role, glyph, letter)
    for role, glyph, letter in zip(
        ("accent", "best", "latest", "production", "alias", "bad") * 2,
        "●■▲◆★▼○□△◇☆▽",
        "*o+x#@%&=~$^",
        strict=True,
    )
)
"""Lines differ in colour and in glyph; after six the colours come again, with glyphs of their own."""


class Canvas:
    """Cells that lines are drawn into."""

    def __init__(self, width: int, height: int, *, plain: bool = False) -> None:
        self.width, self.height, self.plain = width, height, plain
        self._across, self._down = (1, 1) if plain else (2, 4)
        self._bits = [[0] * width for _ in range(height)]
        self._cells: list[list[Span | None]] = [[None] * width for _ in range(height)]

    @property
    def columns(self) -> int:
        """Dots from left to right."""
        return self.width * self._across

    @property
    def rows(self) -> int:
        """Dots from top to bottom."""
        return self.height * self._down

    def cell_row(self, y: int) -> int:
        """The row of cells that a dot is in."""
        return y // self._down

    def cell_column(self, x: int) -> int:
        """The column of cells that a dot is in."""
        return x // self._across

    def dot(self, x: int, y: int, pen: Pen) -> None:
        """Set one dot."""
        row, column = y // self._down, x // self._across
        if self.plain:
            self._cells[row][column] = pen.letter, pen.role
            return
        bits = self._bits[row]
        bits[column] |= _BITS[x & 1][y & 3]
        self._cells[row][column] = chr(_BRAILLE + bits[column]), pen.role

    def upright(self, x: int, top: int, bottom: int, pen: Pen) -> None:
        """Set the dots of a column from ``top`` to ``bottom``, both included."""
        for y in range(top, bottom + 1):
            self.dot(x, y, pen)

    def join(self, x0: int, y0: int, x1: int, y1: int, pen: Pen) -> None:
        """Draw from a dot to one further right, or straight below or above it."""
        across = x1 - x0
        if across == 0:
            self.upright(x0, min(y0, y1), max(y0, y1), pen)
            return
        before = y0
        for step in range(across + 1):
            y = y0 + round((y1 - y0) * step / across)
            low, high = min(before, y), max(before, y)
            if high - low > 1:  # steep: the gap between two columns is shared by both
                middle = (low + high) // 2
                here, there = (middle, high) if before < y else (low, middle)
                self.upright(x0 + step - 1, *((low, middle) if before < y else (middle, high)), pen)
                self.upright(x0 + step, here, there, pen)
            else:
                self.dot(x0 + step, y, pen)
            before = y

    def mark(self, x: int, y: int, pen: Pen) -> None:
        """Put the pen's glyph where a dot is."""
        glyph = pen.letter if self.plain else pen.glyph
        self._cells[y // self._down][x // self._across] = glyph, pen.role

    def spans(self, row: int, ground: Sequence[Span] | None = None) -> list[Span]:
        """A row of cells; where nothing was drawn, what ``ground`` has in each cell."""
        found: list[Span] = []
        for column, cell in enumerate(self._cells[row]):
            text, role = cell or (ground[column] if ground else (" ", "text"))
            if found and (found[-1][1] == role or text == " "):
                found[-1] = found[-1][0] + text, found[-1][1]
            else:
                found.append((text, role))
        return found
