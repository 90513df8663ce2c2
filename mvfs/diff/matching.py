"""Which items of two sequences are the same: the matching behind text and tables without a key.

What both begin and end with goes first. Then items that occur exactly once in both are anchors (patience
diff), again and again between the anchors; `difflib` sees only the gaps that are left, so that it is neither
slow on long inputs nor led astray by blank lines.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

Match = tuple[int, int, int]
"""Where a run of equal items begins in old and in new, and how long it is."""

Gap = tuple[int, int, int, int]
"""Items ``old[a:b]`` that became ``new[c:d]``; one of them may be empty."""

_DIFFLIB = 5_000
"""Items on both sides of a gap that `difflib` may see."""

_PAIRS = 50_000
"""Pairs of equal items in a gap from which on `difflib` does not begin a match at frequent ones."""

_DEPTH = 64


def gaps(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[Gap]:
    """Yield what differs, in order; the first one comes before the rest was looked at."""
    at_old = at_new = 0
    for start_old, start_new, length in matches(old, new):
        if start_old > at_old or start_new > at_new:
            yield at_old, start_old, at_new, start_new
        at_old, at_new = start_old + length, start_new + length
    if at_old < len(old) or at_new < len(new):
        yield at_old, len(old), at_new, len(new)


def inner(old: Sequence[Hashable], new: Sequence[Hashable]) -> tuple[int, int]:
    """How many items there are in old and in new between what both begin with and what both end with."""
    most = min(len(old), len(new))
    head = _common(old, new, (0, 0), most)
    tail = _common(old, new, (len(old) - 1, len(new) - 1), most - head, -1)
    return len(old) - head - tail, len(new) - head - tail


def matches(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[Match]:
    """Yield runs of equal items in order; they do not overlap, in neither sequence."""
    return _between(old, new, (0, len(old), 0, len(new)), 0)


def _between(old: Sequence[Hashable], new: Sequence[Hashable], gap: Gap, depth: int) -> Iterator[Match]:
    a, b, c, d = gap
    head = _common(old, new, (a, c), min(b - a, d - c))
    if head:
        yield a, c, head
        a, c = a + head, c + head
    tail = _common(old, new, (b - 1, d - 1), min(b - a, d - c), -1)
    b, d = b - tail, d - tail
    if a < b and c < d:
        anchors = _anchors(old, new, (a, b, c, d)) if depth < _DEPTH else []
        if anchors:
            for at_old, at_new in anchors:
                if at_old < a or at_new < c:  # an anchor before has grown over it
                    continue
                yield from _between(old, new, (a, at_old, c, at_new), depth + 1)
                length = _common(old, new, (at_old, at_new), min(b - at_old, d - at_new))
                yield at_old, at_new, length
                a, c = at_old + length, at_new + length
            yield from _between(old, new, (a, b, c, d), depth + 1)
        else:
            yield from _by_difflib(old, new, (a, b, c, d))
    if tail:
        yield b, d, tail


def _common(
    old: Sequence[Hashable], new: Sequence[Hashable], at: tuple[int, int], most: int, step: int = 1
) -> int:
    """How many items are equal from here on, forwards or backwards."""
    (at_old, at_new), count = at, 0
    while count < most and old[at_old + step * count] == new[at_new + step * count]:
        count += 1
    return count


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable], gap: Gap) -> list[tuple[int, int]]:
    """The longest row of items that occur once on both sides and are in the same order there."""
    a, b, c, d = gap
    once_old = _once(old, a, b)
    once_new = _once(new, c, d)
    shared = sorted((at, once_new[item]) for item, at in once_old.items() if item in once_new)
    return _increasing(shared)


def _once(items: Sequence[Hashable], start: int, stop: int) -> dict[Hashable, int]:
    counts = Counter(items[start:stop])
    return {item: at for at in range(start, stop) if counts[item := items[at]] == 1}


def _increasing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest increasing subsequence by the second number, by patience sorting."""
    tops: list[int] = []
    piles: list[int] = []
    before = [-1] * len(pairs)
    for number, (_, at) in enumerate(pairs):
        pile = bisect_left(tops, at)
        before[number] = piles[pile - 1] if pile else -1
        if pile == len(tops):
            tops.append(at)
            piles.append(number)
        else:
            tops[pile], piles[pile] = at, number
    found = []
    number = piles[-1] if piles else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _by_difflib(old: Sequence[Hashable], new: Sequence[Hashable], gap: Gap) -> Iterator[Match]:
    """Match a gap without anchors, unless it is too large for that: then all of it was replaced."""
    a, b, c, d = gap
    if b - a + d - c > _DIFFLIB:
        return
    left, right = old[a:b], new[c:d]
    frequent = _frequent(left, right)
    matcher = SequenceMatcher(frequent.__contains__ if frequent else None, left, right, autojunk=False)
    for start_old, start_new, length in matcher.get_matching_blocks():
        if length:
            yield a + start_old, c + start_new, length


def pairs(old: Sequence[Hashable], new: Sequence[Hashable]) -> dict[Hashable, int]:
    """How many pairs of equal items there are, by item: what matching by `difflib` costs."""
    others = Counter(new)
    return {item: count * others[item] for item, count in Counter(old).items() if item in others}


def _frequent(old: Sequence[Hashable], new: Sequence[Hashable]) -> set[Hashable]:
    """The items that occur most, such as blank lines, as far as they are too many to be matched."""
    counts = pairs(old, new)
    cost = sum(counts.values())
    found: set[Hashable] = set()
    for item in sorted(counts, key=counts.__getitem__, reverse=True) if cost > _PAIRS else ():
        if cost <= _PAIRS:
            break
        cost -= counts[item]
        found.add(item)
    return found
