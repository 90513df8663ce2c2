"""The runs of a project as a table: which columns fit, and what a row says."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Any, NamedTuple

from rich.cells import cell_len

from mvfs import units
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel.run_columns import SUMMARY, Column, Key, Known, laid_out

STATES = {
    "running": ("▶", "best"),
    "finished": ("✓", "latest"),
    "failed": ("✗", "bad"),
    "crashed": ("✗", "bad"),
    "preempting": ("▷", "best"),
    "preempted": ("▷", "muted"),
}
"""Glyph and role of each state."""

OTHER_STATE = ("?", "muted")

OPEN = ("running", "preempting")
"""States of runs that go on."""

_SAMPLE = 400
"""Rows, spread evenly, by which the widths of columns are decided."""

_GAP = 2
_NARROW = 64
"""Columns below which a state is a glyph alone."""

_AGE, _LEAST_NAME, _MOST_NAME, _MOST_WORD, _MOST_MADE = 6, 10, 32, 12, 24


_SORTED_BY = {"age": "created", "took": "duration"} | {
    kind: kind for kind in ("name", "state", "job_type", "group")
}


class RunRow(NamedTuple):
    """One run, as far as its row shows it: texts are as they were stored."""

    id: str
    name: str
    state: str
    job_type: str | None
    group: str | None
    tags: str | None
    created: int
    ended: int | None
    made: str | None
    """The versions that it logged."""
    values: tuple[Any, ...]
    """Of the columns of values."""

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.state in OPEN


class Cell(NamedTuple):
    """A column as laid out for some width."""

    kind: str
    title: str
    width: int
    right: bool = False
    place: int = 0
    """Of a column of values, which one."""


def state_spans(state: str) -> list[Span]:
    """A state as a glyph; also as a word and in colour, unless it is what one expects."""
    glyph, role = STATES.get(state, OTHER_STATE)
    return [(glyph, "text")] if state == "finished" else [(f"{glyph} {line(state)}", role)]


class Overview(NamedTuple):
    """What there is to say of all runs of a project together."""

    seq: int = -1
    """As of which entry of the journal."""
    total: int = 0
    """How many there are."""
    known: Sequence[Known] = ()
    """Keys that columns can be made of."""
    automatic: tuple[Key, ...] = ()
    """The columns where nobody chose any."""
    is_whole: bool = True
    """Whether all were looked at, and not only the newest."""


@dataclass(eq=False)
class RunTable:
    """Runs that were asked for, in the order that was asked for."""

    project: str
    rows: Sequence[RunRow]
    keys: Sequence[Key] = ()
    """What the values of the rows are."""
    overview: Overview = field(default_factory=Overview)
    chosen: tuple[Key, ...] | None = None
    """The columns that somebody chose; None where they are chosen by themselves."""
    filter: str = ""
    sort: str = ""
    trouble: str = ""
    """Why the filter or order that was typed is none; the rows are as before then."""
    is_whole: bool = True
    """Whether these are all rows, and not only the first ones."""
    now: int = field(default_factory=lambda: time.time_ns() // 1000)

    def prepare(self) -> None:
        """Work out what painting needs, so that a worker does it and not the UI."""
        _ = self.columns, self._widths, self.has_open

    @cached_property
    def has_open(self) -> bool:
        """Whether any run goes on."""
        return any(row.is_open for row in self.rows)

    @cached_property
    def _sample(self) -> Sequence[RunRow]:
        return self.rows[:: max(len(self.rows) // _SAMPLE, 1)]

    @cached_property
    def columns(self) -> list[Column]:
        """The columns of values."""
        return laid_out(self.keys, [row.values for row in self._sample])

    @cached_property
    def _widths(self) -> Mapping[str, int]:
        """How wide the other columns would be."""
        sample = self._sample

        def widest(texts: Sequence[str], most: int) -> int:
            return min(max((cell_len(paint.cut(text, most)) for text in texts), default=0), most)

        return {
            "name": max(widest([line(row.name) for row in sample], _MOST_NAME), _LEAST_NAME),
            "state": max((paint.width_of(state_spans(row.state)) for row in sample), default=1),
            "job_type": widest([line(row.job_type or "") for row in sample], _MOST_WORD),
            "group": widest([line(row.group or "") for row in sample], _MOST_WORD),
            "tags": widest([line(row.tags or "") for row in sample], _MOST_WORD),
            "made": widest([line(row.made or "") for row in sample], _MOST_MADE),
        }

    def layout(self, width: int) -> list[Cell]:
        """The columns that fit, most needed first, in the order in which they are shown."""
        wide = self._widths
        is_narrow = width < _NARROW
        name = min(wide["name"], max(width // (2 if is_narrow else 3), _LEAST_NAME))
        chosen = [Cell("state", "", 1 if is_narrow else min(wide["state"], 11)), Cell("name", "run", name)]
        left = width - sum(cell.width + _GAP for cell in chosen) + _GAP
        for cell in self._candidates():
            if cell.width and cell.width + _GAP <= left:
                chosen.append(cell)
                left -= cell.width + _GAP
        more = min(wide["name"] - name, left)
        if more > 0:
            chosen[1] = chosen[1]._replace(width=name + more)
        order = ["state", "name", "value", "age", "took", "job_type", "group", "tags", "made"]
        chosen.sort(key=lambda cell: (order.index(cell.kind), cell.place))
        return chosen

    def _candidates(self) -> list[Cell]:
        wide = self._widths
        found = [
            Cell("value", one.title, one.width, one.right, place) for place, one in enumerate(self.columns)
        ]
        age, took = Cell("age", "age", _AGE, right=True), Cell("took", "took", _AGE, right=True)
        words = [
            Cell("made", "made", wide["made"]),
            Cell("job_type", "job", wide["job_type"] and max(wide["job_type"], 3)),
            Cell("group", "group", wide["group"] and max(wide["group"], 5)),
            Cell("tags", "tags", wide["tags"] and max(wide["tags"], 4)),
        ]
        if self.chosen:
            return [*found, age, took, *words]
        places = range(len(found))
        metrics = [found[place] for place in places if self.keys[place].place == SUMMARY]
        settings = [found[place] for place in places if self.keys[place].place != SUMMARY]
        turns = [cell for both in zip_longest(metrics[1:], settings) for cell in both if cell is not None]
        return [*metrics[:1], age, *turns[:3], took, *turns[3:], *words]

    def header(self, cells: Sequence[Cell]) -> list[Span]:
        """The titles of columns; an arrow says by which one, and how, the rows are sorted."""
        spans: list[Span] = []
        for cell in cells:
            arrow = self._arrow(cell)
            title = paint.fit(arrow + cell.title, cell.width, right=cell.right)
            spans.append((title + " " * _GAP, "accent" if arrow else "faint"))
        return _without_last_gap(spans)

    def _arrow(self, cell: Cell) -> str:
        key = self.sort_key(cell)
        first = self.sort.partition(",")[0] or "-created"
        if key is None or first.lstrip("+-") != key:
            return ""
        if not self.sort:
            return ""
        return "↓" if first.startswith("-") else "↑"

    def sort_key(self, cell: Cell) -> str | None:
        """What the rows are sorted by, if they are sorted by this column."""
        if cell.kind == "value":
            return self.keys[cell.place].label
        return _SORTED_BY.get(cell.kind)

    def row(self, row: RunRow, cells: Sequence[Cell]) -> list[Span]:
        """One run."""
        spans: list[Span] = []
        for cell in cells:
            text, role = self._cell(row, cell)
            spans.append((paint.fit(text, cell.width, right=cell.right) + " " * _GAP, role))
        return _without_last_gap(spans)

    def _cell(self, row: RunRow, cell: Cell) -> Span:
        match cell.kind:
            case "state":
                text, role = state_spans(row.state)[0]
                return text if cell.width > 1 else text[:1], role
            case "name":
                return line(row.name[:200]), "text"
            case "value":
                return self.columns[cell.place].text(row.values[cell.place]), "text"
            case "age":
                return units.age(row.created, self.now), "muted"
            case "took":
                end = self.now if row.is_open else row.ended
                return "" if end is None else units.age(row.created, end), "muted"
            case "made":
                return line(row.made or ""), "accent"
        return line(getattr(row, cell.kind) or ""), "muted"


def _without_last_gap(spans: list[Span]) -> list[Span]:
    if spans:
        text, role = spans[-1]
        spans[-1] = text[: len(text) - _GAP], role
    return spans
