"""Which columns a table of runs has: what somebody chose, or else what tells the runs apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rich.cells import cell_len

from mvfs.index.rows import Run
from mvfs.text import line
from tui import paint
from tui.viewmodel import values

CONFIG, SUMMARY = PLACES = "config", "summary"

MOST = 16
"""Columns of values that are read at once."""

_MOST_CONFIG, _MOST_SUMMARY = 8, 6
_MOST_KEYS = 2000
"""Keys that can be chosen from."""

_LONGEST_TITLE, _WIDEST_TEXT = 12, 18
_TELLING = ("val", "eval", "test", "best")
"""How metrics begin that one looks at first."""

_PLAIN_KEY = re.compile(r"[\w/+-]+")


class Key(NamedTuple):
    """A value of runs: where it is, and its path there with dots between the parts."""

    place: str
    path: str

    @property
    def label(self) -> str:
        """As queries and sort keys write it: ``config.lr``."""
        parts = [part if _PLAIN_KEY.fullmatch(part) else _quoted(part) for part in self.path.split(".")]
        return ".".join((self.place, *parts))


def _quoted(part: str) -> str:
    return '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Known(NamedTuple):
    """A key that runs have."""

    key: Key
    share: float
    """Of the runs, those that have it."""
    distinct: int
    """Different values, of the runs that were looked at."""
    example: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of values, and how they are written."""

    key: Key
    title: str
    width: int
    number: values.NumberFormat | None
    """How all numbers are written alike; None where they are written as they are."""
    right: bool

    def text(self, value: object) -> str:
        """A value, inert."""
        if value is None:
            return ""
        if self.number is not None and _is_number(value):
            return self.number(value)  # type: ignore[arg-type]
        return values.shown(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def known(sample: Sequence[Run]) -> list[Known]:
    """The keys that some runs have: those of the config first, in the order in which they come."""
    found: list[Known] = []
    for place in PLACES:
        counts: Counter[str] = Counter()
        different: dict[str, set[str]] = {}
        examples: dict[str, str] = {}
        for run in sample:
            for path, value in _plain(getattr(run, place)):
                if path in counts or len(counts) < _MOST_KEYS:
                    counts[path] += 1
                    shown = values.shown(value)
                    examples.setdefault(path, shown)
                    different.setdefault(path, set()).add(shown)
        found += [
            Known(Key(place, path), count / len(sample), len(different[path]), examples[path])
            for path, count in counts.items()
        ]
    return found


def _plain(mapping: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """What of config or summary can be a column; media that were logged, and what we add, cannot."""
    for path, value in values.flat(mapping):
        if (
            path
            and not path.startswith("_")
            and "._type" not in path
            and not isinstance(value, list | Mapping)
        ):
            yield path, value


def automatic(found: Sequence[Known], sample: Sequence[Run]) -> tuple[Key, ...]:
    """The columns where nobody chose any: metrics that most runs have, and config that differs."""
    numeric = {path for run in sample for path, _ in values.numbers(run.summary)}
    metrics = [
        one for one in found if one.key.place == SUMMARY and one.key.path in numeric and one.share >= 0.5
    ]
    metrics.sort(key=lambda one: (one.distinct < 2, not one.key.path.startswith(_TELLING)))
    settings = [one for one in found if one.key.place == CONFIG and one.distinct > 1 and one.share >= 0.2]
    settings.sort(key=lambda one: _is_label(one, len(sample)))
    return tuple(
        one.key for one in (*metrics[:_MOST_SUMMARY], *settings[:_MOST_CONFIG])
    )[:MOST]  # fmt: skip


def _is_label(one: Known, runs: int) -> bool:
    """Whether each run has a word of its own there, such as a path: it tells nothing."""
    return runs > 4 and one.distinct >= 0.9 * runs * one.share and not one.example[:1].isdecimal()


def laid_out(keys: Sequence[Key], rows: Sequence[Sequence[Any]]) -> list[Column]:
    """The columns of some keys, as wide as the values in ``rows`` need."""
    paths = [key.path.replace(".", "/").rpartition("/")[2] for key in keys]
    columns: list[Column] = []
    for place, key in enumerate(keys):
        there = [row[place] for row in rows if row[place] is not None]
        numbers = [value for value in there if _is_number(value)]
        is_metric = key.place == SUMMARY and bool(numbers)
        form = (
            values.NumberFormat([float(n) for n in numbers])
            if is_metric and len(numbers) == len(there)
            else None
        )
        short = line(paths[place]) if paths.count(paths[place]) == 1 and paths[place] else line(key.path)
        title = short if len(short) <= _LONGEST_TITLE else "…" + short[1 - _LONGEST_TITLE :]
        column = Column(key, title, 0, form, right=len(numbers) * 2 >= len(there))
        wide = max((cell_len(paint.cut(column.text(value), _WIDEST_TEXT)) for value in there), default=1)
        columns.append(Column(key, title, max(wide, cell_len(title)), form, column.right))
    return columns
