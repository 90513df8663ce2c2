"""Lines of box-drawing characters: each cell knows to which sides lines leave it, a table does the rest.

Lines join where one of them turns. Where two only pass each other, they do not: the upright one is drawn, and
the other goes under it.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from operator import itemgetter

from mvfs import units
from mvfs.lineage.drawing import Glyphs, Line, Segment, Style

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
_ALL = 15
_TURN = 16
_LIT_LEVEL, _LIT_UPRIGHT = 32, 64


class Canvas:
    """A page of so many rows and columns."""

    def __init__(self, rows: int, columns: int) -> None:
        self._rows = [bytearray(columns) for _ in range(rows)]
        self._labels: list[list[tuple[int, int, list[Segment]]]] = [[] for _ in range(rows)]
        """Of each row: column, width and text."""

    def copy(self) -> Canvas:
        """A page with the same lines, on which more can be drawn; it has the very same labels."""
        other = Canvas(0, 0)
        other._rows, other._labels = [bytearray(cells) for cells in self._rows], self._labels
        return other

    def level(self, row: int, start: int, end: int, *, lit: bool) -> None:
        """Draw across the columns from ``start`` to before ``end``."""
        cells = self._rows[row]
        arms = LEFT | RIGHT | (_LIT_LEVEL if lit else 0)
        for column in range(start, end):
            cells[column] |= arms

    def upright(self, column: int, start: int, end: int, *, lit: bool) -> None:
        """Draw across the rows from ``start`` to before ``end``."""
        arms = UP | DOWN | (_LIT_UPRIGHT if lit else 0)
        for row in range(start, end):
            self._rows[row][column] |= arms

    def turn(self, row: int, column: int, arms: int, *, lit: bool) -> None:
        """Draw from the middle of a cell to its sides ``arms``."""
        self._rows[row][column] |= arms | _TURN | (_LIT_LEVEL | _LIT_UPRIGHT if lit else 0)

    def label(self, row: int, column: int, pieces: list[Segment]) -> None:
        """Write text, over any line; no two labels may overlap."""
        self._labels[row].append((column, sum(units.width(piece.text) for piece in pieces), pieces))

    def lines(self, glyphs: Glyphs) -> list[Line]:
        """Return what was drawn."""
        return [self.line(row, glyphs) for row in range(len(self._rows))]

    def line(self, row: int, glyphs: Glyphs) -> Line:
        """Return one row of it."""
        signs, lit = _looks(glyphs)
        cells = self._rows[row]
        line: list[Segment] = []
        at = 0
        for column, width, pieces in sorted(self._labels[row], key=itemgetter(0)):
            line += _pieces(cells[at:column], signs, lit)
            line += pieces
            at = column + width
        line += _pieces(cells[at:].rstrip(b"\0"), signs, lit)
        return tuple(line)


@cache
def _looks(glyphs: Glyphs) -> tuple[dict[int, str], bytes]:
    """What is shown of every cell there can be, and whether it is lit."""
    shown = [_shown(cell) for cell in range(128)]
    signs = {cell: glyphs.arms[arms] for cell, (arms, _) in enumerate(shown)}
    return signs, bytes(is_lit for _, is_lit in shown)


def _shown(cell: int) -> tuple[int, bool]:
    """The arms of a cell that are drawn, and whether they are lit."""
    arms, lit = cell & _ALL, cell & (_LIT_LEVEL | _LIT_UPRIGHT)
    if arms == _ALL and not cell & _TURN:
        return UP | DOWN, bool(cell & _LIT_UPRIGHT)
    return arms, bool(lit)


def _pieces(cells: bytearray, signs: dict[int, str], lit: bytes) -> list[Segment]:
    """The text of some cells, in as few pieces as its styles allow."""
    text = cells.decode("latin-1").translate(signs)
    marks = cells.translate(lit.ljust(256, b"\0"))
    if not any(marks):
        return [Segment(text, Style.EDGE)] if text else []
    found: list[Segment] = []
    at = 0
    for mark, same in groupby(marks):
        end = at + sum(1 for _ in same)
        found.append(Segment(text[at:end], Style.LIT if mark else Style.EDGE))
        at = end
    return found
