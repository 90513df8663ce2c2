"""What differs inside two lines that stand for each other. It is looked for when they are seen: quickly."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from functools import lru_cache

from mvfs.diff import text
from mvfs.text import line

_LONGEST = 20_000
"""Characters of a line that can be panned to."""

_LONGEST_COMPARED = 160
"""Characters that are compared word by word, of what is left between equal beginnings and ends."""

_TAB = 4

Marks = Sequence[tuple[int, int]]
"""Parts of a line, as start and end."""


def inert(written: str) -> str:
    """A line as it is shown."""
    return line(written[:_LONGEST].rstrip("\r\n").expandtabs(_TAB))


@lru_cache(256)
def marks(old: str, new: str) -> tuple[Marks, Marks]:
    """What differs in two lines as they are shown; nothing where they have too little in common."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(len(before), len(after)) <= _LONGEST_COMPARED:
        found = text.words(before, after)
    else:
        found = [(0, len(before))], [(0, len(after))]
    shifted = [[(start + head, end + head) for start, end in spans if end > start] for spans in found]
    differing = max(
        sum(_letters(side[start:end]) for start, end in spans)
        for side, spans in zip((old, new), shifted, strict=True)
    )
    if 3 * differing > 2 * max(_letters(old), _letters(new)):
        return (), ()
    return shifted[0], shifted[1]


def _common(old: str, new: str) -> int:
    """Characters with which both begin, up to where a word ends."""
    count = len(os.path.commonprefix((old, new)))  # noqa: RUF071 - of characters is what is meant
    while count and any(_is_inside(side, count) for side in (old, new)):
        count -= 1
    return count


def _is_inside(side: str, at: int) -> bool:
    """Whether a place is in the middle of a word."""
    return (
        at < len(side)
        and (side[at - 1].isalnum() or side[at - 1] == "_")
        and (side[at].isalnum() or side[at] == "_")
    )


def _letters(written: str) -> int:
    return len(written) - written.count(" ")
