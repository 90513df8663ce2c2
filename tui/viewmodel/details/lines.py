"""Rows of the details, what opening one does, and how many of a section are shown."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from tui import paint
from tui.paint import Span


@dataclass(frozen=True, slots=True)
class More:
    """Opening shows more of a section."""

    section: str


@dataclass(frozen=True, slots=True)
class Folder:
    """Opening folds or unfolds a directory."""

    path: str


@dataclass(frozen=True, slots=True)
class Fold:
    """Opening folds or unfolds a branch of a tree of values, or a section that comes folded."""

    section: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Opening goes to another version."""

    project: str
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class RunOf:
    """Opening goes to a run."""

    project: str
    run: str


@dataclass(frozen=True, slots=True)
class FileOf:
    """Opening shows a file: of this version by its path, or ``run`` and the name of something kept of it."""

    path: str
    run: str | None = None


Target = More | Folder | Fold | Elsewhere | RunOf | FileOf


@dataclass(frozen=True, slots=True)
class Line:
    """One row."""

    key: Hashable
    spans: Sequence[Span]
    target: Target | None = None


_FIRST = {"note": 14, "metadata": 16, "files": 24, "config": 10, "summary": 10, "inputs": 8, "siblings": 6,
          "users": 6, "aliases": 5, "links": 6, "about": 6}  # fmt: skip
"""Rows of each section before its ``… more``."""

_STEP = 20
"""Asking for more shows this many times as many."""


@dataclass
class Bounds:
    """How far sections are open."""

    limits: dict[str, int] = field(default_factory=lambda: dict(_FIRST))
    folds: set[Fold] = field(default_factory=set)
    """What is not as it comes: open though it comes folded, or the other way round."""

    def show_more(self, section: str) -> None:
        """Show more of a section from now on."""
        self.limits[section] *= _STEP

    def limit(self, section: str) -> int:
        """How many rows a section may have."""
        return self.limits[section]

    def toggle(self, fold: Fold) -> None:
        """Fold what is open, unfold what is folded."""
        self.folds ^= {fold}

    def is_open(self, fold: Fold, *, first: bool) -> bool:
        """Whether a branch is open; ``first`` says how it comes."""
        return first ^ (fold in self.folds)

    def bounded(self, section: str, rows: Iterable[Line], total: int) -> Iterator[Line]:
        """Yield the rows that a section may have, and how many of ``total`` are left; others are not made."""
        limit = self.limit(section)
        yield from islice(rows, limit)
        if total > limit:
            yield more(section, f"{total - limit:,}")


def numbered(section: str, rows: Iterable[Sequence[Span]]) -> Iterator[Line]:
    """Rows that open nothing."""
    for number, spans in enumerate(rows):
        yield Line((section, number), spans)


def heading(title: str, width: int, hint: str = "") -> Line:
    """The title of a section, a rule, and perhaps a few words at its end."""
    hint = f" {hint}" if hint else ""
    rule = "─" * (width - len(title) - 1 - len(hint))
    return Line(("heading", title), [(title + " ", "accent"), (rule, "line"), (hint, "faint")])


def more(section: str, left: str, indent: str = "") -> Line:
    """The row that shows more of a section when it is opened."""
    return Line(("more", section), [(f"{indent}… {left} more", "accent")], More(section))


def sized(lead: str, name: str, size: str, width: int) -> list[Span]:
    """A name, and its size at the end of the row."""
    room = width - len(lead) - len(size) - 2
    return [(lead, "faint"), (paint.fit(name, room) + "  ", "text"), (size, "muted")]
