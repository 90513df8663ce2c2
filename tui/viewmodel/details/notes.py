"""What people wrote: the note of the version, and what is said of its name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from mvfs.text import line
from tui.paint import Span
from tui.viewmodel import markdown
from tui.viewmodel.details.lines import Bounds, Line, heading, more, numbered
from tui.viewmodel.facts import Facts

_MOST = 5000
"""Rows that are ever laid out."""


def note(facts: Facts, bounds: Bounds, width: int) -> Iterator[Line]:
    """The note."""
    if facts.version.note:
        yield heading("note", width)
        yield from _text("note", facts.version.note, bounds, width)


def about(facts: Facts, bounds: Bounds, width: int) -> Iterator[Line]:
    """The description of the name, and its tags."""
    name = facts.name
    if name is None or not (name.about or name.tags):
        return
    yield heading("about " + line(name.name)[:40], width)
    if name.tags:
        yield Line(("about", "tags"), [(line(", ".join(name.tags)), "muted")])
    if name.about:
        yield from _text("about", name.about, bounds, width)


def _text(section: str, text: str, bounds: Bounds, width: int) -> Iterator[Line]:
    """As many rows as there may be; the rest is not laid out, so its size is told in lines of the text."""
    limit = min(bounds.limit(section), _MOST)
    laid: list[list[Span]] = list(islice(markdown.rows(text, width), limit + 2))
    if len(laid) <= limit + 1:  # a row that says "1 more" would take as much room as that one
        yield from numbered(section, laid)
        return
    yield from numbered(section, laid[:limit])
    total = text[: markdown.LONGEST].strip("\n").count("\n") + 1
    yield more(section, f"{max(total - limit, 1):,} lines")
