"""What a row of a diff is, whatever it is of."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence, Set
from functools import cached_property
from itertools import islice
from typing import Protocol

from msgspec import Struct

from mvfs.diff.model import Kind
from tui.paint import Span

GLYPHS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~", Kind.MOVED: "→", Kind.SAME: " "}
"""What says how something differs, beside its colour."""

ROLES = {
    Kind.ADDED: "added",
    Kind.REMOVED: "removed",
    Kind.CHANGED: "changed",
    Kind.MOVED: "moved",
    Kind.SAME: "muted",
}
"""How that looks."""

SAMPLE = 2_000
"""Things, from the first on, by which the widths of columns are decided."""

_SCREEN = 120, 60
"""Columns and rows that are painted to find out what painting needs."""


class Look(Struct, frozen=True):
    """How rows are shown just now."""

    width: int
    split: bool = False
    """Whether old and new stand beside each other, where they can."""
    pan: int = 0
    """Columns that long lines are shifted to the left."""
    opened: Set[Hashable] = frozenset()
    """Keys of the rows that were opened, or folded where they come open."""


class Row(Protocol):
    """One row. Thousands are made and dozens are seen: whatever takes time is done in `spans`."""

    @property
    def key(self) -> Hashable:
        """What makes it the same row after more was read."""

    @property
    def starts(self) -> bool:
        """Whether a difference begins here: where the keys for the next and the last one stop."""

    @property
    def opens(self) -> bool:
        """Whether opening it does anything."""

    def lead(self, look: Look) -> int:
        """How many columns show where the cursor is; the others keep their colours."""

    def spans(self, look: Look) -> Sequence[Span]:
        """What it shows."""

    def holds(self, word: str) -> bool:
        """Whether a filter finds ``word``, in lower case, in it."""


class Part:
    """A section of a diff. It is a value; what is folded or opened is told by a `Look`."""

    name: str
    """What it is called, once in a diff; it has no heading if that begins with a dot."""

    @property
    def weight(self) -> int:
        """About how many things it holds in memory."""
        return 1

    def tally(self) -> Sequence[Span]:
        """What its heading says in short."""
        return ()

    @cached_property
    def counted(self) -> Sequence[Span]:
        """The tally, counted once."""
        return self.tally()

    def rows(self, look: Look) -> Iterator[Row]:
        """Its rows below the heading."""
        raise NotImplementedError

    def prepare(self) -> Part:
        """Work out what painting needs, so that a worker does it and not the UI; return this very part."""
        look = Look(_SCREEN[0])
        for row in islice(self.rows(look), _SCREEN[1]):
            row.spans(look)
        _ = self.counted
        return self


def tally(counts: dict[Kind, int]) -> list[Span]:
    """``+3  -1  ~2`` for a heading."""
    return [
        (f"  {GLYPHS[kind]}{counts[kind]:,}", ROLES[kind])
        for kind in (Kind.ADDED, Kind.REMOVED, Kind.CHANGED, Kind.MOVED)
        if counts.get(kind)
    ]
