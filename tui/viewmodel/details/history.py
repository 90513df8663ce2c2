"""The history of the aliases of a version: who moved which, when, from where to where, and why."""

from __future__ import annotations

from collections.abc import Iterator

from mvfs import units
from mvfs.index.policies import AliasChange
from mvfs.text import line
from tui.paint import Span
from tui.viewmodel.chips import chip
from tui.viewmodel.details.lines import Bounds, Line, heading, more
from tui.viewmodel.facts import Facts
from tui.viewmodel.flow import GLUE, flowed


def rows(facts: Facts, now: int, bounds: Bounds, width: int) -> Iterator[Line]:
    """The section."""
    if not facts.moves:
        return
    yield heading("alias history", width)
    limit = bounds.limit("aliases")
    for number, change in enumerate(facts.moves[:limit]):
        for part, row in enumerate(_step(change, now, width)):
            yield Line(("aliases", number, part), row)
    if len(facts.moves) > limit:
        yield more("aliases", f"{len(facts.moves) - limit:,}")


def _step(change: AliasChange, now: int, width: int) -> Iterator[list[Span]]:
    text, role = chip(change.alias)
    spans: list[Span] = [(text.replace(" ", GLUE), role), ("  ", "text"), *_what(change)]
    spans.append((f"  {units.age(change.time, now)} ago by {line(change.actor)}", "muted"))
    yield from flowed(spans, width, (), [("    ", "text")])
    if change.reason:
        lead: list[Span] = [("    “", "faint")]
        yield from flowed([(line(change.reason) + "”", "text")], width, lead, [("     ", "text")])


def _what(change: AliasChange) -> list[Span]:
    if change.protects is not None:
        return [("▣ protected" if change.protects else "▣ not protected any more", "text")]
    old = "" if change.old is None else f"v{change.old} "
    return [(f"{old}→ v{change.new}" if change.new is not None else f"{old}→ removed", "text")]
