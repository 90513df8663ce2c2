"""Two images: what they are, how much of them differs, and both side by side with the difference."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from tui import paint
from tui.paint import Span
from tui.viewmodel.diff.pixels import GAP, Pixels
from tui.viewmodel.diff.row import Look, Part, Row
from tui.viewmodel.preview.image import Cell, Colour, Picture

if TYPE_CHECKING:
    from mvfs.diff.image import ImageInfo
    from mvfs.diff.opened import ImageDiff

_THREE = 100
"""From how many columns on the difference has room beside old and new."""

_HIGHEST = 30
"""Rows of a picture."""

_LOUDER = 3
"""How many times as bright differences are shown."""

Grid = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Images(Part):
    """Both images."""

    diff: ImageDiff
    pictures: tuple[Picture, Picture] | None = None
    """Made small; None where they cannot be decoded."""
    name: str = "image"

    @property
    def weight(self) -> int:
        """Points, as if they were lines."""
        return 10_000 if self.pictures else 1

    def tally(self) -> Sequence[Span]:
        """How many pixels differ."""
        share = self.diff.share_changed
        if share is None:
            return ()
        if not share:
            return [("  every pixel is the same", "latest")]
        return [(f"  {_percent(share)} of the pixels differ", "changed")]

    def rows(self, look: Look) -> Iterator[Row]:
        """Old and new in words; then in half blocks, and what differs between them."""
        yield About("old", self.diff.old, "removed")
        yield About("new", self.diff.new, "added")
        if self.pictures is None or look.width < 24:
            return
        parts = _side_by_side(
            self.pictures, look.width, same_size=_size(self.diff.old) == _size(self.diff.new)
        )
        wide = max(max(len(part[0]), len(title)) for title, part in parts)
        yield Titles([title for title, _ in parts], wide)
        for y in range(max(len(part) for _, part in parts)):
            yield Pixels([part[y] if y < len(part) else () for _, part in parts], wide, y)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %" if share >= 1e-5 else "less than 0.001 %"


def _size(info: ImageInfo) -> tuple[int, int]:
    return info.width, info.height


@lru_cache(4)
def _side_by_side(
    pictures: tuple[Picture, Picture], width: int, *, same_size: bool
) -> Sequence[tuple[str, Grid]]:
    """Titles and pictures, as large as they fit."""
    count = 3 if same_size and width >= _THREE else 2
    room = (width - 2 - GAP * (count - 1)) // count
    old, new = (picture.cells(room, _HIGHEST) for picture in pictures)
    found = [("old", old), ("new", new)]
    return [*found, ("difference", _difference(old, new))] if count == 3 else found


def _difference(old: Grid, new: Grid) -> Grid:
    return [
        [Cell(_far(a.upper, b.upper), _far(a.lower, b.lower)) for a, b in zip(before, after, strict=False)]
        for before, after in zip(old, new, strict=False)
    ]


def _far(one: Colour, other: Colour) -> Colour:
    red, green, blue = (min(_LOUDER * abs(a - b), 255) for a, b in zip(one, other, strict=True))
    return red, green, blue


class About(Struct, frozen=True):
    """What one of the images is."""

    side: str
    info: ImageInfo
    role: str
    starts: bool = False
    opens: bool = False

    @property
    def key(self) -> Hashable:
        """The side."""
        return "image", self.side

    def lead(self, look: Look) -> int:  # noqa: ARG002 - one width suits all
        """The glyph and the side."""
        return 6

    def spans(self, look: Look) -> Sequence[Span]:  # noqa: ARG002 - it is short
        """Format and size."""
        info = self.info
        return [
            ("- " if self.side == "old" else "+ ", self.role),
            (f"{self.side} ", "muted"),
            (f"{info.format:<5}", "text"),
            (f"{info.width:,} \N{MULTIPLICATION SIGN} {info.height:,}", "text"),
            (" pixels", "muted"),
        ]

    def holds(self, word: str) -> bool:
        """The format is looked into."""
        return word in self.info.format.lower()


class Titles(Struct, frozen=True):
    """What is what."""

    titles: Sequence[str]
    wide: int
    key: Hashable = "titles of pictures"
    starts: bool = False
    opens: bool = False

    def lead(self, look: Look) -> int:  # noqa: ARG002
        """The mark alone."""
        return 0

    def spans(self, look: Look) -> Sequence[Span]:
        """Over each picture."""
        shown = "".join(paint.fit(title, self.wide + GAP) for title in self.titles)
        return [(paint.cut("  " + shown.rstrip(), look.width), "faint")]

    def holds(self, word: str) -> bool:
        """The titles."""
        return word in self.titles
