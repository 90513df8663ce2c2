"""Text by line: hunks with some context, changed lines in pairs, and which words differ in a pair."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from mvfs.diff.matching import Gap, gaps, inner, pairs
from mvfs.diff.model import Kind

CONTEXT = 3

_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)
_LONG = 4_000
"""Characters of a line; of longer ones, only what both begin and end with is told apart."""

_PAIRS = 10_000
"""Pairs of equal words in two lines; the same holds where there are more."""


class Row(msgspec.Struct, frozen=True):
    """A line of old beside its line of new; a changed row has both."""

    kind: Kind
    old: str | None
    new: str | None
    old_number: int | None
    """Counted from 1; None where the side has no line here."""
    new_number: int | None


class Hunk(msgspec.Struct, frozen=True):
    """Changes that lie close together, with the lines around them; starts count from 1, as in `diff -u`."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    rows: tuple[Row, ...]

    @property
    def head(self) -> str:
        """``@@ -1,7 +1,8 @@``."""
        return f"@@ -{_range(self.old_start, self.old_count)} +{_range(self.new_start, self.new_count)} @@"


def _range(start: int, count: int) -> str:
    if count == 1:
        return str(start)
    return f"{start if count else start - 1},{count}"


def hunks(old: Sequence[str], new: Sequence[str], context: int = CONTEXT) -> Iterator[Hunk]:
    """Yield what differs between two lists of lines, in order, as soon as it is known."""
    group: list[Gap] = []
    for gap in gaps(old, new):
        if group and gap[0] - group[-1][1] > 2 * context:
            yield _hunk(old, new, group, context)
            group = []
        group.append(gap)
    if group:
        yield _hunk(old, new, group, context)


def _hunk(old: Sequence[str], new: Sequence[str], group: Sequence[Gap], context: int) -> Hunk:
    before = min(context, group[0][0], group[0][2])
    start_old, start_new = group[0][0] - before, group[0][2] - before
    after = min(context, len(old) - group[-1][1], len(new) - group[-1][3])
    end_old, end_new = group[-1][1] + after, group[-1][3] + after
    rows: list[Row] = []
    at_old, at_new = start_old, start_new
    for a, b, c, d in group:
        rows += _same(old, new, at_old, at_new, a - at_old)
        rows += _changed(old, new, (a, b, c, d))
        at_old, at_new = b, d
    rows += _same(old, new, at_old, at_new, end_old - at_old)
    return Hunk(start_old + 1, end_old - start_old, start_new + 1, end_new - start_new, tuple(rows))


def _same(old: Sequence[str], new: Sequence[str], a: int, c: int, count: int) -> list[Row]:
    return [Row(Kind.SAME, old[a + i], new[c + i], a + i + 1, c + i + 1) for i in range(count)]


def _changed(old: Sequence[str], new: Sequence[str], gap: Gap) -> Iterator[Row]:
    """Rows of a gap: as many pairs as both sides have lines, and what one has more."""
    a, b, c, d = gap
    pairs = min(b - a, d - c)
    for i in range(pairs):
        yield Row(Kind.CHANGED, old[a + i], new[c + i], a + i + 1, c + i + 1)
    for i in range(a + pairs, b):
        yield Row(Kind.REMOVED, old[i], None, i + 1, None)
    for i in range(c + pairs, d):
        yield Row(Kind.ADDED, None, new[i], None, i + 1)


Spans = list[tuple[int, int]]
"""Parts of a line, as start and end."""


def words(old: str, new: str) -> tuple[Spans, Spans]:
    """Return which parts of a changed pair differ: spans of old, and of new."""
    if max(len(old), len(new)) > _LONG:
        return _ends(old, new)
    left, right = _WORD.findall(old), _WORD.findall(new)
    if sum(pairs(left, right).values()) > _PAIRS:
        return _ends(old, new)
    starts_old, starts_new = _starts(left), _starts(right)
    spans_old: Spans = []
    spans_new: Spans = []
    for a, b, c, d in gaps(left, right):
        if b > a:
            spans_old.append((starts_old[a], starts_old[b]))
        if d > c:
            spans_new.append((starts_new[c], starts_new[d]))
    return spans_old, spans_new


def _starts(tokens: Sequence[str]) -> list[int]:
    found = [0]
    for token in tokens:
        found.append(found[-1] + len(token))
    return found


def _ends(old: str, new: str) -> tuple[Spans, Spans]:
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    most -= head
    tail = next((i for i in range(most) if old[-1 - i] != new[-1 - i]), most)
    left, right = (head, len(old) - tail), (head, len(new) - tail)
    return ([left] if left[0] < left[1] else []), ([right] if right[0] < right[1] else [])


class Lines(msgspec.Struct, frozen=True):
    """A text in lines; ``\\r`` stays part of its line, and only ``\\n`` ends one."""

    rows: list[str]
    is_ended: bool
    """Whether the last line ends with a newline, or there is none."""


def lines(text: str) -> Lines:
    """Split a text."""
    rows = text.split("\n")
    is_ended = rows[-1] == ""
    if is_ended:
        rows.pop()
    return Lines(rows, is_ended)


MAX_LINES = 50_000
"""Lines between the first and the last that differ, from which on these are counted and not shown."""


def is_too_long(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether so much may differ that a summary says more than hunks."""
    return max(inner(old, new)) > MAX_LINES


def counts(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines were added and removed; a line that changed is both.

    Where it is too long, lines that only moved are not counted.
    """
    if is_too_long(old, new):
        before, after = Counter(old), Counter(new)
        return (after - before).total(), (before - after).total()
    added = removed = 0
    for a, b, c, d in gaps(old, new):
        removed += b - a
        added += d - c
    return added, removed
