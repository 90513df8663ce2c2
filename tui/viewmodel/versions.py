"""The versions of one name as a table: which columns there are, and what a row says."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from rich.cells import cell_len

from mvfs import units
from mvfs.index.rows import Name, Run, Version
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel import values
from tui.viewmodel.chips import chips

if TYPE_CHECKING:
    from tui.viewmodel.finder import Finder

_SAMPLE = 400
"""Versions, spread evenly, by which a column's format is decided."""

_MOST_METRICS = 12
_LEAST_DIGEST = 6
_GAP = 2
_AGE, _SIZE, _FILES, _RUN, _LEAST_NOTE, _MOST_ALIASES, _MOST_TITLE = 6, 8, 6, 12, 20, 30, 10


@dataclass(frozen=True, slots=True)
class Metric:
    """A column of numbers."""

    path: str
    title: str
    format: values.NumberFormat
    width: int
    tells: bool
    """Whether versions differ in it, or the rule goes by it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as laid out for some width."""

    kind: str
    width: int
    metric: Metric | None = None


@dataclass(eq=False)
class VersionTable:
    """All versions of a name, newest first, and what is known of the runs that made them."""

    project: str
    name: Name
    versions: Sequence[Version]
    runs: Mapping[str, Run] = field(default_factory=dict)
    now: int = field(default_factory=lambda: time.time_ns() // 1000)

    def prepare(self) -> None:
        """Work out what painting needs, so that a worker does it and not the UI."""
        _ = self.metrics, self._alias_width, self._label_width, self._has_notes, self._has_runs

    def warm(self) -> None:
        """Work out what the filter needs."""
        _ = self.haystacks
        self.finder.warm()

    @cached_property
    def _sample(self) -> Sequence[Version]:
        """Some versions, spread evenly: enough to decide on the columns."""
        return self.versions[:: max(len(self.versions) // _SAMPLE, 1)]

    @cached_property
    def _by_run(self) -> bool:
        """Whether metadata holds no numbers, so that those of the runs are shown."""
        return not any(next(values.numbers(version.metadata), None) for version in self._sample)

    def numbers(self, version: Version) -> dict[str, float]:
        """The numbers of a version: its metadata's, or, where no metadata has any, of its run's summary."""
        run = self.runs.get(version.run or "") if self._by_run else None
        return dict(values.numbers(run.summary if run else version.metadata))

    @cached_property
    def metrics(self) -> list[Metric]:
        """Columns of numbers, the most telling first: the rule's, then those that most versions have and
        that differ from version to version.
        """
        seen: Counter[str] = Counter()
        sample = [self.numbers(version) for version in self._sample]
        for numbers in sample:
            seen.update(numbers.keys())
        rule = self.name.rule.metric if self.name.rule else None

        def worth(path: str) -> tuple[bool, bool, int]:
            return path == rule, differs(path), seen[path]

        def differs(path: str) -> bool:
            return len({row[path] for row in sample if path in row}) > 1

        paths = sorted(seen, key=worth, reverse=True)[:_MOST_METRICS]
        return [self._metric(path, paths, sample, tells=differs(path) or path == rule) for path in paths]

    def _metric(self, path: str, paths: list[str], sample: list[dict[str, float]], *, tells: bool) -> Metric:
        short = line(path.replace(".", "/").rpartition("/")[2])
        others = [other.replace(".", "/").rpartition("/")[2] for other in paths if other != path]
        title = line(path) if short in others or not short else short
        if len(title) > _MOST_TITLE:
            title = "…" + title[1 - _MOST_TITLE :]
        form = values.NumberFormat([row[path] for row in sample if path in row])
        return Metric(path, title, form, max(form.width, cell_len(title)), tells)

    def columns(self, width: int) -> list[Column]:
        """The columns that fit, most needed first, in the order in which they are shown."""
        chosen = [Column("version", self._label_width)]
        left = width - self._label_width
        if self._alias_width:
            chosen.append(Column("aliases", min(self._alias_width, max(width // 3, 8), _MOST_ALIASES)))
            left -= chosen[-1].width + _GAP
        for column in self._candidates():
            if column.width + _GAP <= left:
                chosen.append(column)
                left -= column.width + _GAP
        left = self._give_aliases(chosen, left)
        order = ["version", "aliases", "metric", "age", "size", "files", "run", "note"]
        chosen.sort(key=lambda column: order.index(column.kind))
        if chosen[-1].kind == "note":
            chosen[-1] = Column("note", chosen[-1].width + left)
        return chosen

    def _give_aliases(self, chosen: list[Column], left: int) -> int:
        """Let aliases that would be cut have what is left, if there is no note to have it."""
        if len(chosen) < 2 or chosen[1].kind != "aliases" or any(c.kind == "note" for c in chosen):
            return left
        more = min(self._alias_width - chosen[1].width, left)
        chosen[1] = Column("aliases", chosen[1].width + max(more, 0))
        return left - max(more, 0)

    def _candidates(self) -> list[Column]:
        metrics = [Column("metric", metric.width, metric) for metric in self.metrics if metric.tells]
        same = [Column("metric", metric.width, metric) for metric in self.metrics if not metric.tells]
        age, size, note = Column("age", _AGE), Column("size", _SIZE), Column("note", _LEAST_NOTE)
        notes = [note] if self._has_notes else []
        runs = [Column("run", _RUN)] if self._has_runs else []
        return [*metrics[:1], age, size, *metrics[1:2], *notes, *metrics[2:3], Column("files", _FILES),
                *metrics[3:], *runs, *same]  # fmt: skip

    @cached_property
    def _label_width(self) -> int:
        return max((len(version.label) for version in self.versions), default=2)

    @cached_property
    def _has_notes(self) -> bool:
        return any(version.note for version in self.versions)

    @cached_property
    def _has_runs(self) -> bool:
        return any(version.run for version in self.versions)

    @cached_property
    def _alias_width(self) -> int:
        return max((paint.width_of(chips(v.aliases)) for v in self.versions if v.aliases), default=0)

    def header(self, columns: Sequence[Column]) -> list[Span]:
        """The titles of columns."""
        titles = {"version": "", "aliases": "alias", "age": "age", "size": "size", "files": "files",
                  "run": "run", "note": "note"}  # fmt: skip
        cells = []
        for column in columns:
            title = column.metric.title if column.metric else titles[column.kind]
            right = column.kind in ("metric", "age", "size", "files")
            cells.append(paint.fit(title, column.width, right=right))
        return [((" " * _GAP).join(cells), "faint")]

    def row(self, version: Version, columns: Sequence[Column]) -> list[Span]:
        """One version."""
        spans: list[Span] = []
        numbers = self.numbers(version)
        for column in columns:
            if spans:  # the gap looks like what is before it: fewer changes of style, fewer bytes
                spans[-1] = (spans[-1][0] + " " * _GAP, spans[-1][1])
            if column.kind == "aliases":
                spans += _within(chips(version.aliases), column.width)
            else:
                spans.append(self._cell(version, numbers, column))
        return spans

    def _cell(self, version: Version, numbers: Mapping[str, float], column: Column) -> Span:
        width = column.width
        if column.metric is not None:
            value = numbers.get(column.metric.path)
            text = "" if value is None else column.metric.format(value)
            return paint.fit(text, width, right=True), "text"
        match column.kind:
            case "version":
                return paint.fit(version.label, width), "text"
            case "age":
                return paint.fit(units.age(version.created, self.now), width, right=True), "muted"
            case "size":
                return paint.fit(units.size(version.size), width, right=True), "muted"
            case "files":
                return paint.fit(f"{version.files:,}", width, right=True), "muted"
            case "run":
                return paint.fit(self.run_name(version), width), "muted"
            case _:
                return paint.fit(first_line(version.note), width), "muted"

    def run_name(self, version: Version) -> str:
        """What the run is called that logged a version first."""
        run = self.runs.get(version.run or "")
        return line(run.name if run else version.run or "")

    @cached_property
    def haystacks(self) -> dict[int, str]:
        """What a filter looks into, by number."""
        return {version.number: self._haystack(version) for version in self.versions}

    def _haystack(self, version: Version) -> str:
        words = [version.label, *version.aliases, *version.tags, self.run_name(version), version.note or ""]
        words += [f"{path}={values.shown(value)}" for path, value in values.flat(version.metadata)]
        words.append(version.actor)
        return "\n".join(words).lower()

    @cached_property
    def finder(self) -> Finder:
        """What answers queries, and sorts; imported when something is asked for the first time."""
        from mvfs.query.fields import VERSIONS, Subject
        from tui.viewmodel.finder import Finder
        from tui.viewmodel.question import Language

        now, project, runs = self.now, self.project, self.runs

        def subjects() -> list[Subject]:
            return [Subject(now, project, runs.get(one.run or ""), one) for one in self.versions]

        titles = {metric.title: metric.path for metric in self.metrics if metric.title != metric.path}
        keys = [version.number for version in self.versions]
        return Finder(Language(VERSIONS, titles), keys, subjects, lambda: list(self.haystacks.values()))

    def sort_keys(self) -> list[str]:
        """What versions are likely to be sorted by, the end that is looked for first."""
        rule = self.name.rule
        lowest = rule.metric if rule is not None and rule.mode == "min" else None
        metrics = [
            ("" if one.path == lowest else "-") + self.finder.language.name_of(one.title, one.path)
            for one in self.metrics
            if one.tells
        ]
        return [*metrics, "-created", "-size", "-files", "run", "by"]

    def holds(self, version: Version, word: str) -> bool:
        """Whether a version is one that a word of the filter means; a digest by its first six digits."""
        if word in self.haystacks[version.number]:
            return True
        return len(word) >= _LEAST_DIGEST and version.digest.hex().startswith(word)

    def aliases(self) -> dict[str, int]:
        """Where each alias points, as shown."""
        return {alias: version.number for version in self.versions for alias in version.aliases}


def first_line(note: str | None) -> str:
    """The first line of a note, inert."""
    head, mark, _ = (note or "").strip().partition("\n")
    return line(head[:400]) + (" …" if mark else "")


def _within(spans: list[Span], width: int) -> list[Span]:
    """Spans in exactly ``width`` columns."""
    kept: list[Span] = []
    left = width
    for text, role in spans:
        if left <= 0:
            break
        shown = paint.cut(text, left)
        left -= cell_len(shown)
        kept.append((shown, role))
    return [*kept, (" " * left, "text")] if left > 0 else kept
