"""Everything about one run as rows: what it was given, what it measured, what it made, what it printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.cells import cell_len

from mvfs import units
from mvfs.text import block, line
from tui import paint
from tui.paint import Span
from tui.viewmodel import captured, values
from tui.viewmodel.curve import Curve
from tui.viewmodel.details import Elsewhere, Line, More
from tui.viewmodel.run_facts import RunFacts
from tui.viewmodel.runs import OPEN, OTHER_STATE, STATES
from tui.viewmodel.sparkline import sparkline
from tui.viewmodel.wrap import wrapped

_FIRST = {"note": 8, "config": 14, "summary": 14, "inputs": 8, "outputs": 8, "output": 12}
"""Rows of each section before its ``… more``."""

_STEP = 20
"""Asking for more shows this many times as many."""

_LABEL = 9
_LEAST_SPARK, _SPARK = 6, 18
"""Columns of the small picture of a metric."""

_LONGEST_NOTE = 200_000
_MOST_PIECES = 4
"""Rows that one long value may take."""

_STREAMS = ("text", "bad", "best")
"""What lines of output, of errors, and alerts look like."""


@dataclass
class RunDetails:
    """The rows of one run, and how far its sections are open."""

    facts: RunFacts
    now: int
    curves: Mapping[str, Curve] = field(default_factory=dict)
    """How metrics went, where that was read."""
    _limits: dict[str, int] = field(default_factory=lambda: dict(_FIRST))

    def show_more(self, section: str) -> None:
        """Show more of a section from now on."""
        self._limits[section] *= _STEP

    def take(self, facts: RunFacts, now: int, curves: Mapping[str, Curve]) -> None:
        """Take what was read anew; sections stay as far open as they are."""
        self.facts, self.now, self.curves = facts, now, curves or self.curves

    def lines(self, width: int) -> list[Line]:
        """The rows, at a width."""
        width = max(width, 16)
        run = self.facts.run
        parts = [
            self._head(width),
            self._note(width),
            self._links("inputs", "↖", self._inputs(), width),
            self._links("outputs", "↗", self._outputs(), width),
            self._mapping("summary", run.summary, width),
            self._mapping("config", run.config, width),
            self._captured(width),
            self._printed(width),
        ]
        lines: list[Line] = []
        for part in parts:
            rows = list(part)
            if rows and lines:
                lines.append(Line(("gap", len(lines)), ()))
            lines += rows
        return lines

    def _head(self, width: int) -> Iterator[Line]:
        run = self.facts.run
        glyph, role = STATES.get(run.state, OTHER_STATE)
        state = f"{glyph} {line(run.state)}"
        name = paint.cut(line(run.name[:400]), width - cell_len(state) - 2)
        yield Line("title", [(name, "strong"), ("  ", "text"), (state, role)])
        end = self.now if run.state in OPEN else run.ended
        took = "" if end is None else units.span(end - run.started)
        pairs = [
            ("run", line(self.facts.ref)),
            ("started", f"{units.moment(run.started)[:-3]}, {units.age(run.started, self.now)} ago"),
            ("took", took + (" so far" if took and run.state in OPEN else "")),
            ("by", line(run.actor)),
            ("job", line(run.job_type or "")),
            ("group", line(run.group or "")),
            ("tags", line(", ".join(run.tags))),
            ("ended", self._ending()),
        ]
        for label, value in pairs:
            if value:
                yield from _labelled(label, value, width)
        if self.facts.trouble is not None:
            for number, row in enumerate(wrapped("✗ " + line(self.facts.trouble), width)):
                yield Line(("trouble", number), [(row, "bad")])

    def _ending(self) -> str:
        code, exception = self.facts.ending.get("exit_code"), self.facts.ending.get("exception")
        if isinstance(exception, str) and exception:
            return line(f"with {exception[:400]}")
        return f"with exit code {code}" if isinstance(code, int) and code else ""

    def _note(self, width: int) -> Iterator[Line]:
        if self.facts.run.notes:
            yield _heading("note", width)
            rows = wrapped(block(self.facts.run.notes[:_LONGEST_NOTE]).strip("\n"), width)
            yield from self._bounded("note", ([(row, "text")] for row in rows))

    def _inputs(self) -> Iterator[tuple[str, Elsewhere | None]]:
        for source in self.facts.inputs:
            where = "" if source.project == self.facts.project else f"{source.project or '?'}/"
            target = None if source.project is None else Elsewhere(source.project, source.name, source.number)
            yield f"{where}{source.name}:v{source.number}", target

    def _outputs(self) -> Iterator[tuple[str, Elsewhere | None]]:
        for made in self.facts.outputs:
            aliases = f"  {', '.join(made.aliases)}" if made.aliases else ""
            yield (
                f"{made.name}:{made.label}{aliases}",
                Elsewhere(self.facts.project, made.name, made.number),
            )

    def _links(
        self, title: str, arrow: str, links: Iterable[tuple[str, Elsewhere | None]], width: int
    ) -> Iterator[Line]:
        found = list(links)
        if not found:
            return
        yield _heading(title, width)
        limit = self._limits[title]
        for number, (text, target) in enumerate(found[:limit]):
            spans: list[Span] = [(f"{arrow} ", "faint"), (line(text), "accent" if target else "muted")]
            yield Line((title, number), spans, target)
        if len(found) > limit:
            yield _more(title, len(found) - limit)

    def _mapping(self, section: str, mapping: Mapping[str, Any], width: int) -> Iterator[Line]:
        pairs = [
            (line(path[:400]), values.shown(value))
            for path, value in values.flat(mapping)
            if not path.startswith("_")
        ]
        if not pairs:
            return
        yield _heading(section, width)
        wide = min(max(cell_len(path) for path, _ in pairs), width // 2)
        room = width - wide - 2
        curves = self.curves if section == "summary" else {}
        drawn = {line(path): curve for path, curve in curves.items()}
        long = min(max((cell_len(value) for path, value in pairs if path in drawn), default=0), room)

        def row(path: str, value: str) -> list[Span]:
            spans: list[Span] = [(paint.fit(path, wide) + "  ", "muted")]
            columns = min(room - long - 2, _SPARK)
            if path not in drawn or drawn[path].points < 2 or columns < _LEAST_SPARK:
                return [*spans, (paint.cut(value, room), "text")]
            return [*spans, (paint.fit(value, long) + "  ", "text"),
                    (sparkline(drawn[path].values, columns), "accent")]  # fmt: skip

        yield from self._bounded(section, (row(path, value) for path, value in pairs))

    def _captured(self, width: int) -> Iterator[Line]:
        found = list(captured.pairs(self.facts.captured))
        if found:
            yield _heading("how", width)
        for label, value in found:
            yield from _labelled(label, line(value), width)

    def _printed(self, width: int) -> Iterator[Line]:
        printed = self.facts.printed
        if not printed:
            return
        yield _heading("output", width)
        limit = self._limits["output"]
        if len(printed) > limit:
            yield Line(
                ("more", "output"), [(f"… {len(printed) - limit:,} more above", "accent")], More("output")
            )
        for number, one in enumerate(printed[-limit:], max(len(printed) - limit, 0)):
            role = _STREAMS[one.stream] if 0 <= one.stream < len(_STREAMS) else "text"
            yield Line(("output", number), [(paint.cut(line(one.text[:2000]), width), role)])

    def _bounded(self, section: str, rows: Iterable[Sequence[Span]]) -> Iterator[Line]:
        limit, left = self._limits[section], 0
        for number, spans in enumerate(rows):
            if number < limit:
                yield Line((section, number), spans)
            else:
                left += 1
        if left:
            yield _more(section, left)


def _labelled(label: str, value: str, width: int) -> Iterator[Line]:
    pieces = list(wrapped(value, width - _LABEL))
    for number, piece in enumerate(pieces[:_MOST_PIECES]):
        cut = " …" if number == _MOST_PIECES - 1 and len(pieces) > _MOST_PIECES else ""
        yield Line(
            (label, number), [(paint.fit("" if number else label, _LABEL), "muted"), (piece + cut, "text")]
        )


def _heading(title: str, width: int) -> Line:
    return Line(("heading", title), [(title + " ", "accent"), ("─" * (width - len(title) - 1), "line")])


def _more(section: str, left: int) -> Line:
    return Line(("more", section), [(f"… {left:,} more", "accent")], More(section))
