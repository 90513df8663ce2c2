"""A text diff as rows: old and new beside each other, or one below the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from mvfs.diff import text
from mvfs.diff.model import Kind
from tui.paint import Span, cut
from tui.viewmodel.diff.clipping import clip, marked
from tui.viewmodel.diff.inline import inert, marks
from tui.viewmodel.diff.row import GLYPHS, Look, Part, Row, tally

_TWO_NUMBERS = 76
"""From how many columns a line in one column has both its numbers."""

_LINE = {Kind.ADDED: "added_line", Kind.REMOVED: "removed_line", Kind.SAME: "text"}
_WORD = {Kind.ADDED: "added_word", Kind.REMOVED: "removed_word"}


@dataclass(frozen=True)
class Lines(Part):
    """The rows of hunks, and of what lies unchanged between them."""

    old: Sequence[str]
    new: Sequence[str]
    hunks: Sequence[text.Hunk]
    is_all: bool = True
    """Whether all hunks are there."""
    name: str = ".text"
    key: Hashable = ""
    """What tells it from other texts in the same diff."""

    @property
    def weight(self) -> int:
        """Lines."""
        return len(self.old) + len(self.new)

    def tally(self) -> Sequence[Span]:
        """How many lines were added and removed."""
        kinds = Counter(row.kind for hunk in self.hunks for row in hunk.rows)
        pairs = kinds.pop(Kind.CHANGED, 0)
        more = [] if self.is_all else [("  …", "faint")]
        return (
            tally({Kind.ADDED: kinds[Kind.ADDED] + pairs, Kind.REMOVED: kinds[Kind.REMOVED] + pairs}) + more
        )

    @property
    def digits(self) -> int:
        """The width of a line number."""
        return max(len(str(max(len(self.old), len(self.new)))), 2)

    def rows(self, look: Look) -> Iterator[Row]:
        """The rows; gaps that were opened show their lines."""
        old, new = 1, 1
        for hunk in self.hunks:
            yield from self._gap(look, old, new, hunk.old_start - old)
            yield from _laid_out(self, hunk, look)
            old, new = hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count
        if self.is_all and self.hunks:
            yield from self._gap(look, old, new, len(self.old) - old + 1)

    def _gap(self, look: Look, old: int, new: int, count: int) -> Iterator[Row]:
        if count <= 0:
            return
        gap = Gap((self.key, "gap", old, new), count, self.digits)
        if count > 1 and gap.key not in look.opened:
            yield gap
            return
        for step in range(count):
            same = text.Row(Kind.SAME, self.old[old - 1 + step], self.new[new - 1 + step],
                            old + step, new + step)  # fmt: skip
            yield Beside(self, same) if look.split else Single(self, same, Kind.SAME)


def _laid_out(lines: Lines, hunk: text.Hunk, look: Look) -> Iterator[Row]:
    starts = True
    for is_same, group in groupby(hunk.rows, key=lambda row: row.kind is Kind.SAME):
        rows = list(group)
        if look.split:
            found: list[Beside | Single] = [Beside(lines, row) for row in rows]
        elif is_same:
            found = [Single(lines, row, Kind.SAME) for row in rows]
        else:
            found = [Single(lines, row, Kind.REMOVED) for row in rows if row.old_number is not None]
            found += [Single(lines, row, Kind.ADDED) for row in rows if row.new_number is not None]
        if starts and not is_same:
            found[0], starts = replace(found[0], starts=True), False
        yield from found


class Gap(Struct, frozen=True):
    """Stands for lines that are the same."""

    key: Hashable
    count: int
    digits: int
    starts: bool = False
    opens: bool = True

    def lead(self, look: Look) -> int:
        """All of it."""
        return look.width

    def spans(self, look: Look) -> Sequence[Span]:
        """How many."""
        return [(cut(" " * self.digits + f" … {self.count:,} unchanged lines", look.width), "faint")]

    def holds(self, word: str) -> bool:  # noqa: ARG002 - nothing is written in it
        """Nothing."""
        return False


class Single(Struct, frozen=True):
    """One line of one side, or of both where they are the same."""

    lines: Lines
    row: text.Row
    kind: Kind
    starts: bool = False
    opens: bool = False

    @property
    def key(self) -> Hashable:
        """The line's number, on its side."""
        if self.kind is Kind.ADDED or self.row.old_number is None:
            return self.lines.key, "new", self.row.new_number
        return self.lines.key, "old", self.row.old_number

    def lead(self, look: Look) -> int:
        """The numbers and the glyph."""
        return self._gutter(look) + 2

    def _gutter(self, look: Look) -> int:
        return (2 * self.lines.digits + 2) if look.width >= _TWO_NUMBERS else self.lines.digits + 1

    def spans(self, look: Look) -> Sequence[Span]:
        """Numbers, glyph and text."""
        digits = self.lines.digits
        old = self.row.old_number if self.kind is not Kind.ADDED else None
        new = self.row.new_number if self.kind is not Kind.REMOVED else None
        if look.width >= _TWO_NUMBERS:
            gutter = f"{_number(old, digits)} {_number(new, digits)} "
        else:
            gutter = _number(old if new is None else new, digits) + " "
        room = look.width - len(gutter)
        return [(gutter, "faint"), *_text(self.row, self.kind, look.pan, room)]

    def holds(self, word: str) -> bool:
        """The text is looked into."""
        side = self.row.new if self.kind is Kind.ADDED or self.row.old is None else self.row.old
        return word in (side or "").lower()


class Beside(Struct, frozen=True):
    """Old on the left, new on the right."""

    lines: Lines
    row: text.Row
    starts: bool = False
    opens: bool = False

    @property
    def key(self) -> Hashable:
        """The line's number, on the side that has one."""
        if self.row.old_number is None:
            return self.lines.key, "new", self.row.new_number
        return self.lines.key, "old", self.row.old_number

    def lead(self, look: Look) -> int:  # noqa: ARG002 - one width suits all
        """The left number and glyph."""
        return self.lines.digits + 3

    def spans(self, look: Look) -> Sequence[Span]:
        """Two halves and a line between them."""
        half = (look.width - 1) // 2
        return [
            *self._half(Kind.REMOVED, self.row.old_number, half, look.pan),
            ("│", "line"),
            *self._half(Kind.ADDED, self.row.new_number, look.width - 1 - half, look.pan),
        ]

    def _half(self, side: Kind, number: int | None, width: int, pan: int) -> Iterator[Span]:
        if number is None:
            yield " " * width, "line"
            return
        gutter = _number(number, self.lines.digits) + " "
        yield gutter, "faint"
        kind = Kind.SAME if self.row.kind is Kind.SAME else side
        yield from _text(self.row, kind, pan, width - len(gutter), side)

    def holds(self, word: str) -> bool:
        """Both texts are looked into."""
        return word in (self.row.old or "").lower() or word in (self.row.new or "").lower()


def _number(number: int | None, digits: int) -> str:
    return f"{'' if number is None else number:>{digits}}"


def _text(row: text.Row, kind: Kind, pan: int, width: int, side: Kind | None = None) -> list[Span]:
    """Glyph and text of one side, in exactly ``width`` columns."""
    is_new = (side or kind) is Kind.ADDED or row.old is None
    shown = inert((row.new if is_new else row.old) or "")
    role = _LINE[kind]
    pieces = [(shown, role)]
    if kind is not Kind.SAME and row.old is not None and row.new is not None:
        pieces = marked(shown, marks(inert(row.old), inert(row.new))[is_new], role, _WORD[kind])
    return [(f"{GLYPHS[kind]} ", role), *clip(pieces, pan, width - 2, role)]
