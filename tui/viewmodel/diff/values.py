"""Changes of keyed values as rows: metadata, config, metrics, labels, JSON and YAML."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from msgspec import Struct
from rich.cells import cell_len

from mvfs.diff import mapping, text
from mvfs.diff.model import Change, Kind
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel import values
from tui.viewmodel.diff.lines import Lines
from tui.viewmodel.diff.row import GLYPHS, ROLES, SAMPLE, Look, Part, Row, tally

_LONGEST = 400
"""Characters of a key or value that are measured."""

_MOST, _MOST_LINES = 50_000, 1_000
"""Characters and lines of a value that are shown where it is opened."""

_LEAST, _MOST_KEY = 8, 44
_ARROW = " → "
_GAP = 2


@dataclass(frozen=True)
class Values(Part):
    """A section of changed values, in columns: key, old, new, and by how much."""

    name: str
    changes: Sequence[Change]
    rules: Mapping[str, str] = field(default_factory=dict)
    """Which is better, ``max`` or ``min``, for the paths of which that is known."""
    is_bare: bool = False
    """Whether the paths are all that there is."""

    @property
    def weight(self) -> int:
        """Values."""
        return len(self.changes)

    def tally(self) -> Sequence[Span]:
        """How many of each kind."""
        return tally(Counter(change.kind for change in self.changes))

    def rows(self, look: Look) -> Iterator[Row]:
        """A row for each, and, below those that were opened, all of old and new."""
        for change in self.changes:
            row = Value(self, change)
            yield row
            if row.key in look.opened and row.opens:
                yield from _in_full(row.key, change).rows(look)

    def texts(self, change: Change) -> tuple[str, str, str]:
        """Old, new and delta of one, inert."""
        return ("", "", "") if self.is_bare else (*_both(change), self._delta(change))

    def _delta(self, change: Change) -> str:
        said = line(mapping.delta(change))
        verdict = self.verdict(change)
        return f"{said}  {'▲ better' if verdict > 0 else '▼ worse'}" if verdict else said

    def verdict(self, change: Change) -> int:
        """1 where it got better, -1 where worse, 0 where nobody can tell."""
        mode = self.rules.get(change.path)
        old, new = change.old, change.new
        if mode is None or not (_is_number(old) and _is_number(new)) or old == new:
            return 0
        return 1 if (new > old) == (mode == "max") else -1

    @cached_property
    def key_width(self) -> int:
        """The columns that keys would like."""
        return max((cell_len(line(change.path[:_LONGEST])) for change in self.changes[:SAMPLE]), default=0)

    @cached_property
    def number_widths(self) -> tuple[int, int]:
        """The columns that numbers of old and of new need to stand under each other."""
        told = [(change, *self.texts(change)) for change in self.changes[:SAMPLE]]
        old = [cell_len(shown) for change, shown, _, _ in told if _is_number(change.old)]
        new = [cell_len(shown) for change, _, shown, _ in told if _is_number(change.new)]
        return max(old, default=0), max(new, default=0)


class Value(Struct, frozen=True):
    """One changed value."""

    section: Values
    change: Change
    starts: bool = False

    @property
    def key(self) -> Hashable:
        """The section and the path."""
        return self.section.name, self.change.path

    @property
    def opens(self) -> bool:
        """Texts of several lines, and what is too long for its column, can be shown in full."""
        return any(
            (isinstance(value, str) and len(value) > _LEAST) or (isinstance(value, list | dict) and value)
            for value in (self.change.old, self.change.new)
        )

    def lead(self, look: Look) -> int:
        """The glyph and the key."""
        return 2 + self._key_width(look)

    def _key_width(self, look: Look) -> int:
        return min(self.section.key_width, max(_LEAST, min(_MOST_KEY, look.width * 2 // 5)))

    def spans(self, look: Look) -> Sequence[Span]:
        """Glyph, key, old → new, and for numbers by how much."""
        width = self._key_width(look)
        shown = paint.fit(line(self.change.path[:_LONGEST]), width) + " " * _GAP
        head: list[Span] = [(f"{GLYPHS[self.change.kind]} ", ROLES[self.change.kind]), (shown, "text")]
        sides = [one for one in (self.change.old, self.change.new) if one is not None]
        if sides and all(map(_is_number, sides)):
            return [*head, *self._numbers()]
        return [*head, *self._words(look.width - 2 - width - _GAP)]

    def _numbers(self) -> Iterator[Span]:
        """In columns, and what came of it."""
        old, new, delta = self.section.texts(self.change)
        before, after = self.section.number_widths
        yield f"{old:>{before}}", "removed"
        yield (_ARROW if old and new else " " * len(_ARROW)) if before else "", "faint"
        yield f"{new:>{after}}", "added"
        verdict = self.section.verdict(self.change)
        yield " " * _GAP + delta, {1: "latest", -1: "bad"}.get(verdict, "muted")

    def _words(self, room: int) -> Iterator[Span]:
        """One after the other; where both are long, each has half."""
        old, new, _ = self.section.texts(self.change)
        if old and new:
            half = max((room - len(_ARROW)) // 2, 1)
            old = paint.cut(old, max(room - len(_ARROW) - cell_len(new), half))
        yield old, "removed"
        yield _ARROW if old and new else "", "faint"
        yield new, "added"

    def holds(self, word: str) -> bool:
        """Key and values are looked into."""
        return any(word in one.lower() for one in (self.change.path, *self.section.texts(self.change)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _both(change: Change) -> tuple[str, str]:
    """Old and new as shown; nothing on the side where there is none."""
    old = "" if change.kind is Kind.ADDED else _shown(change.old)
    new = "" if change.kind is Kind.REMOVED else _shown(change.new)
    return old, new


def _shown(value: object) -> str:
    return values.shown(value) if value != "" else "''"


def _written(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _lines(value: object) -> list[str]:
    """As much of a value as is shown where it is opened."""
    return text.lines(_written(value)[:_MOST]).rows[:_MOST_LINES]


def _in_full(key: Hashable, change: Change) -> Lines:
    old = [] if change.kind is Kind.ADDED else _lines(change.old)
    new = [] if change.kind is Kind.REMOVED else _lines(change.new)
    return Lines(old, new, list(text.hunks(old, new)), key=key)
