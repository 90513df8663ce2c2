"""A whole diff: its sections in order, which of them are folded, and the rows that this makes."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from msgspec import Struct
from rich.cells import cell_len

from tui import paint
from tui.paint import Span
from tui.viewmodel.diff.row import Look, Part, Row

_FIRST, _STEP = 2_000, 10
"""Rows of a section that are shown at first, and how many times as many when more is asked for."""


@dataclass
class Document:
    """The sections that were read so far, each a value that a worker made."""

    parts: dict[str, Part] = field(default_factory=dict)
    opened: set[Hashable] = field(default_factory=set)
    """Keys of headings that were folded, and of other rows that were opened."""
    limits: dict[str, int] = field(default_factory=dict)
    """How many rows each section may have, where more than at first were asked for."""

    def put(self, part: Part) -> None:
        """Take in a section, or more of one."""
        self.parts[part.name] = part

    def toggle(self, row: Row) -> None:
        """Open a row, or fold it again."""
        if isinstance(row, More):
            self.limits[row.part] = self._limit(row.part) * _STEP
        else:
            self.opened ^= {row.key}

    @property
    def weight(self) -> int:
        """About how many things it holds in memory."""
        return sum(part.weight for part in self.parts.values())

    def _limit(self, part: str) -> int:
        return self.limits.get(part, _FIRST)

    def rows(self, look: Look) -> Iterator[Row]:
        """All rows, sections with their headings and a gap between them."""
        for number, part in enumerate(self.parts.values()):
            if number:
                yield Blank(("gap", part.name))
            heading = Heading(part, ("heading", part.name) not in self.opened)
            if not part.name.startswith("."):
                yield heading
            if heading.is_open:
                yield from self._some(part, look)

    def _some(self, part: Part, look: Look) -> Iterator[Row]:
        """As many rows of a section as may be made while a key waits."""
        rows = part.rows(look)
        yield from islice(rows, self._limit(part.name))
        if next(rows, None) is not None:
            yield More(part.name)


class Heading(Struct, frozen=True):
    """The title of a section."""

    part: Part
    is_open: bool
    starts: bool = True
    opens: bool = True

    @property
    def key(self) -> Hashable:
        """The section."""
        return "heading", self.part.name

    def lead(self, look: Look) -> int:  # noqa: ARG002
        """The title."""
        return cell_len(self.part.name) + 3

    def spans(self, look: Look) -> Sequence[Span]:
        """Fold mark, title, tally and a line."""
        tally = list(self.part.counted)
        spans: list[Span] = [("▾ " if self.is_open else "▸ ", "faint"), (self.part.name, "accent"), *tally]
        left = look.width - paint.width_of(spans) - 1
        return [*spans, (" " + "─" * max(left, 0), "line")]

    def holds(self, word: str) -> bool:
        """The title is looked into."""
        return word in self.part.name


class More(Struct, frozen=True):
    """Stands for rows of a section beyond its limit."""

    part: str
    starts: bool = True
    opens: bool = True

    @property
    def key(self) -> Hashable:
        """The section."""
        return "more", self.part

    def lead(self, look: Look) -> int:
        """All of it."""
        return look.width

    def spans(self, look: Look) -> Sequence[Span]:
        """That there is more."""
        return [(paint.cut("  … more", look.width), "accent")]

    def holds(self, word: str) -> bool:  # noqa: ARG002
        """Nothing is written in it."""
        return False


class Blank(Struct, frozen=True):
    """A row with nothing in it."""

    key: Hashable
    starts: bool = False
    opens: bool = False

    def lead(self, look: Look) -> int:  # noqa: ARG002
        """The mark alone."""
        return 0

    def spans(self, look: Look) -> Sequence[Span]:  # noqa: ARG002
        """Nothing."""
        return ()

    def holds(self, word: str) -> bool:  # noqa: ARG002
        """Nothing."""
        return False
