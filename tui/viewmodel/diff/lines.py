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
from tui.viewmodel.diff.folding import between, folds
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
    is_prose: bool = False
    """Whether long lines are broken; those of code are not, and can be panned."""

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
            yield from _folded(Beside(self, same) if look.split else Single(self, same, Kind.SAME), look)


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
        for one in found:
            yield from _folded(one, look)


def _folded(row: Beside | Single, look: Look) -> Iterator[Row]:
    yield row
    if row.lines.is_prose:
        for fold in range(1, row.height(look)):
            yield replace(row, fold=fold, starts=False)


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
    fold: int = 0
    """Which of its rows, where it is broken."""

    @property
    def key(self) -> Hashable:
        """The line's number, on its side."""
        if self.kind is Kind.ADDED or self.row.old_number is None:
            return self.lines.key, "new", self.row.new_number, self.fold
        return self.lines.key, "old", self.row.old_number, self.fold

    def height(self, look: Look) -> int:
        """In how many rows it is broken."""
        is_new = self.kind is Kind.ADDED or self.row.old is None
        return len(folds(_shown(self.row, is_new=is_new), look.width - self._gutter(look) - 2))

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
        if self.fold:
            gutter = " " * len(gutter)
        is_new = self.kind is Kind.ADDED or self.row.old is None
        room = look.width - len(gutter)
        return [(gutter, "faint"), *_text(self, self.kind, look, room, is_new=is_new)]

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
    fold: int = 0
    """Which of its rows, where it is broken."""

    @property
    def key(self) -> Hashable:
        """The line's number, on the side that has one."""
        if self.row.old_number is None:
            return self.lines.key, "new", self.row.new_number, self.fold
        return self.lines.key, "old", self.row.old_number, self.fold

    def height(self, look: Look) -> int:
        """In how many rows it is broken."""
        room = (look.width - 1) // 2 - self.lines.digits - 3
        return max(len(folds(_shown(self.row, is_new=is_new), room)) for is_new in (False, True))

    def lead(self, look: Look) -> int:  # noqa: ARG002 - one width suits all
        """The left number and glyph."""
        return self.lines.digits + 3

    def spans(self, look: Look) -> Sequence[Span]:
        """Two halves and a line between them."""
        half = (look.width - 1) // 2
        return [
            *self._half(Kind.REMOVED, self.row.old_number, half, look),
            ("│", "line"),
            *self._half(Kind.ADDED, self.row.new_number, look.width - 1 - half, look),
        ]

    def _half(self, side: Kind, number: int | None, width: int, look: Look) -> Iterator[Span]:
        if number is None:
            yield " " * width, "line"
            return
        gutter = _number(None if self.fold else number, self.lines.digits) + " "
        yield gutter, "faint"
        kind = Kind.SAME if self.row.kind is Kind.SAME else side
        yield from _text(self, kind, look, width - len(gutter), is_new=side is Kind.ADDED)

    def holds(self, word: str) -> bool:
        """Both texts are looked into."""
        return word in (self.row.old or "").lower() or word in (self.row.new or "").lower()


def _number(number: int | None, digits: int) -> str:
    return f"{'' if number is None else number:>{digits}}"


def _shown(row: text.Row, *, is_new: bool) -> str:
    return inert((row.new if is_new else row.old) or "")


def _text(one: Beside | Single, kind: Kind, look: Look, width: int, *, is_new: bool) -> list[Span]:
    """Glyph and text of one side, in exactly ``width`` columns."""
    row, role = one.row, _LINE[kind]
    shown = _shown(row, is_new=is_new)
    pieces = [(shown, role)]
    if kind is not Kind.SAME and row.old is not None and row.new is not None:
        pieces = marked(shown, marks(inert(row.old), inert(row.new))[is_new], role, _WORD[kind])
    if not one.lines.is_prose:
        return [(f"{GLYPHS[kind]} ", role), *clip(pieces, look.pan, width - 2, role)]
    rows = folds(shown, width - 2)
    pieces = between(pieces, *rows[one.fold]) if one.fold < len(rows) else []
    return [("  " if one.fold else f"{GLYPHS[kind]} ", role), *clip(pieces, 0, width - 2, role)]
