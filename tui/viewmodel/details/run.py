"""The run that logged a version: how it went, what it was given, and the code and machine it ran on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mvfs import units
from mvfs.index.rows import Run
from mvfs.text import line
from tui import glyphs, paint
from tui.paint import Span
from tui.viewmodel import captured
from tui.viewmodel.details.lines import Bounds, FileOf, Line, RunOf, heading
from tui.viewmodel.details.mapping import ValueRows
from tui.viewmodel.facts import Facts, Story
from tui.viewmodel.sparkline import sparkline
from tui.viewmodel.wrap import wrapped

_STATES = {
    "running": "▶ running", "finished": "✓ finished", "failed": "✗ failed", "crashed": "✗ crashed",
    "preempted": "✗ preempted", "preempting": "▶ preempting",
}  # fmt: skip
_ROLES = {
    "failed": "bad", "crashed": "bad", "preempted": "bad", "running": "best", "preempting": "best",
}  # fmt: skip

PATCH = "uncommitted.patch"
"""What the changes are called that were in no commit when a run began."""

_LABEL = 9
_PRODUCERS = 3
_PIECES = 4
"""Rows that one fact has at most."""


def state_of(run: Run) -> Span:
    """A glyph and a word for the state of a run."""
    return _STATES.get(run.state, line(run.state)), _ROLES.get(run.state, "latest")


def rows(facts: Facts, now: int, bounds: Bounds, width: int) -> Iterator[Line]:
    """The section of each producer; of the first one everything."""
    for number, run in enumerate(facts.producers[:_PRODUCERS]):
        yield heading("logged by" if number == 0 else "logged again by", width)
        yield from _head(facts.project, run, number, now)
        if number == 0:
            story = facts.story or Story()
            yield from _values(run, story, bounds, width)
            yield from _captured(run, story.captured, width)


def _head(project: str, run: Run, number: int, now: int) -> Iterator[Line]:
    spans: list[Span] = [(line(run.name), "strong"), ("  ", "text"), state_of(run)]
    yield Line(("run", number), spans, RunOf(project, run.id))
    job = f"{line(run.job_type)}, " if run.job_type else ""
    about = f"{line(run.id)}, {job}{units.age(run.started, now)} ago"
    if run.ended is not None and run.ended > run.started:
        about += f", took {units.span(run.ended - run.started)}"
    yield Line(("about run", number), [(about, "muted")])


def _values(run: Run, story: Story, bounds: Bounds, width: int) -> Iterator[Line]:
    def over_steps(path: str, columns: int) -> Sequence[Span]:
        curve = story.curves.get(path)
        values = curve.values if curve else ()
        return [(sparkline(values, columns, plain=glyphs.is_ascii()), "accent")] if len(values) > 1 else ()

    if run.config:
        yield Line(("head", "config"), [("config", "muted")])
        yield from ValueRows("config", width, "  ").lines(run.config, bounds)
    if run.summary:
        hint = " and how it went" if story.curves else ""
        yield Line(("head", "summary"), [("summary", "muted"), (hint, "faint")])
        yield from ValueRows("summary", width, "  ", over_steps).lines(run.summary, bounds)


def _captured(run: Run, found: Mapping[str, Any], width: int) -> Iterator[Line]:
    if found:
        yield Line(("head", "captured"), [("code and machine", "muted")])
    for label, value in captured.pairs(found):
        pieces = list(wrapped(line(value), width - _LABEL - 2))
        for number, piece in enumerate(pieces[:_PIECES]):
            shown = piece + (" …" if number == _PIECES - 1 and len(pieces) > _PIECES else "")
            lead = "  " + paint.fit("" if number else label, _LABEL)
            yield Line(("captured", label, number), [(lead, "muted"), (shown, "text")])
    if isinstance(patch := found.get("diff"), str) and patch:
        link: list[Span] = [("  " + paint.fit("changes", _LABEL), "muted"), (PATCH, "accent")]
        yield Line("patch", link, FileOf(PATCH, run.id))
