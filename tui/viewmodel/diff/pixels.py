"""Rows of pictures among the rows of a diff."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from tui.paint import Span
from tui.viewmodel.diff.row import Look

if TYPE_CHECKING:
    from tui.viewmodel.preview.image import Cell

GAP = 2
"""Columns between two pictures."""


class Pixels(Struct, frozen=True):
    """A row of the pictures."""

    pictures: Sequence[Sequence[Cell]]
    wide: int
    y: int
    starts: bool = False
    opens: bool = False

    @property
    def key(self) -> Hashable:
        """The row."""
        return "pixels", self.y

    def lead(self, look: Look) -> int:  # noqa: ARG002
        """The mark alone."""
        return 0

    def spans(self, look: Look) -> Sequence[Span]:  # noqa: ARG002 - its points are painted, not written
        """Nothing is written in it."""
        return ()

    def points(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """How many columns are empty, and the points after them."""
        gap = GAP
        for cells in self.pictures:
            yield gap, cells
            gap = GAP + self.wide - len(cells)

    def holds(self, word: str) -> bool:  # noqa: ARG002
        """Nothing."""
        return False
