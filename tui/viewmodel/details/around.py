"""What a version was made from, what else came with it, who used it, and what is linked with it."""

from __future__ import annotations

from collections.abc import Iterator

from mvfs import units
from mvfs.index.rows import Version
from mvfs.text import line
from tui.paint import Span
from tui.viewmodel.details.lines import Bounds, Elsewhere, Line, RunOf, Target, heading
from tui.viewmodel.details.run import state_of
from tui.viewmodel.facts import Facts, Source


def made_from(facts: Facts, bounds: Bounds, width: int) -> Iterator[Line]:
    """The inputs of the first producer."""
    if facts.sources:
        yield heading("made from", width)
        lines = (
            _version("inputs", number, "↖ ", facts.project, source)
            for number, source in enumerate(facts.sources)
        )
        yield from bounds.bounded("inputs", lines, len(facts.sources))


def logged_with(facts: Facts, bounds: Bounds, width: int) -> Iterator[Line]:
    """What else the first producer logged."""
    if facts.siblings:
        yield heading("logged with it", width)
        sources = (Source(facts.project, one.name, one.number) for one in facts.siblings)
        lines = (_version("siblings", n, "→ ", facts.project, one) for n, one in enumerate(sources))
        yield from bounds.bounded("siblings", lines, len(facts.siblings))


def used_by(facts: Facts, now: int, bounds: Bounds, width: int) -> Iterator[Line]:
    """The runs that used it, and what they made of it."""
    if not facts.users:
        return
    count = len(facts.users)
    yield heading("used by", width, f"{count:,} run" + "s" * (count != 1))
    total = count + sum(len(made) for made in facts.made.values())
    yield from bounds.bounded("users", _users(facts, now), total)


def _users(facts: Facts, now: int) -> Iterator[Line]:
    for number, run in enumerate(reversed(facts.users)):
        glyph, role = state_of(run)
        job = f"{run.job_type}, " if run.job_type else ""
        about = line(f"{job}{units.age(run.started, now)} ago")
        spans: list[Span] = [(glyph[:1] + " ", role), (line(run.name), "text"), (f"  {about}", "muted")]
        yield Line(("users", number), spans, RunOf(facts.project, run.id))
        for made in facts.made.get(run.id, ()):
            yield _made(number, facts.project, made)


def _made(number: int, project: str, made: Version) -> Line:
    spans: list[Span] = [("  ↘ ", "faint"), (f"{line(made.name)}:{made.label}", "accent")]
    return Line(("made", number, made.name, made.number), spans, Elsewhere(project, made.name, made.number))


def links(facts: Facts, bounds: Bounds, width: int) -> Iterator[Line]:
    """What it is a link to, and the links to it."""
    if facts.link is None and not facts.links:
        return
    yield heading("links", width)
    if facts.link is not None:
        yield _version("link", 0, "↗ stands for ", facts.project, facts.link)
    lines = (_version("links", n, "↙ linked as ", facts.project, one) for n, one in enumerate(facts.links))
    yield from bounds.bounded("links", lines, len(facts.links))


def _version(section: str, number: int, lead: str, project: str, source: Source) -> Line:
    where = "" if source.project == project else f"{line(source.project or '?')}/"
    target: Target | None = None
    if source.project is not None:
        target = Elsewhere(source.project, source.name, source.number)
    shown = f"{where}{line(source.name)}:v{source.number}"
    return Line((section, number), [(lead, "faint"), (shown, "accent")], target)
