"""What a version is: its names, its content, who logged it, and how long it stays."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from mvfs import units
from mvfs.index.rows import Version
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel import values
from tui.viewmodel.chips import chips
from tui.viewmodel.details.lines import Line
from tui.viewmodel.facts import Facts
from tui.viewmodel.flow import GLUE, flowed
from tui.viewmodel.wrap import wrapped

_LABEL = 9


def rows(facts: Facts, now: int, width: int) -> Iterator[Line]:
    """The first rows."""
    version = facts.version
    yield Line("title", [(f"{line(version.name)}:{version.label}", "strong")])
    if version.aliases:
        for number, row in enumerate(flowed(_marked(facts), width)):
            yield Line("aliases" if number == 0 else ("aliases", number), row)
    files = "1 file" if version.files == 1 else f"{version.files:,} files"
    pairs = [
        ("ref", line(facts.ref)),
        ("digest", version.digest.hex()[:16]),
        ("content", f"{files}, {units.size(version.size)}"),
        ("logged", f"{units.moment(version.created)[:-3]}, {units.age(version.created, now)} ago"),
        ("by", line(version.actor)),
        ("tags", line(", ".join(version.tags))),
        ("mount", line(facts.path)),
        ("expires", _expiry(version, now)),
        ("policy", _policy(facts)),
    ]
    for label, value in pairs:
        for number, piece in enumerate(wrapped(value, width - _LABEL) if value else ()):
            yield _pair(label if number == 0 else "", (label, number), [(piece, "text")])
    if facts.name is not None and facts.name.rule is not None:
        for number, row in enumerate(flowed(_rule(facts), width - _LABEL)):
            yield _pair("" if number else "best", ("rule", number), row)


def _pair(label: str, key: Hashable, spans: list[Span]) -> Line:
    return Line(key, [(paint.fit(label, _LABEL), "muted"), *spans])


def _marked(facts: Facts) -> list[Span]:
    """The aliases as chips that stay in one piece, a lock behind what is protected."""
    spans: list[Span] = []
    by_text = {chips([alias])[0][0]: alias for alias in facts.version.aliases}
    for text, role in chips(facts.version.aliases):
        alias = by_text.get(text)
        spans.append((text.replace(" ", GLUE) if alias else text, role))
        if alias in facts.protected:
            spans.append((GLUE + "▣", "faint"))
    return spans


def _expiry(version: Version, now: int) -> str:
    if version.expires is None:
        return ""
    when = f"in {units.age(now, version.expires)}" if version.expires > now else "now"
    return f"{when}, {units.moment(version.expires)[:-3]}"


def _policy(facts: Facts) -> str:
    """What stays when another version is logged."""
    kept = facts.retention
    lasting = [f"the newest {kept.keep_last:,}"] if kept.keep_last is not None else []
    lasting += [f"each for {units.span(kept.ttl)}"] if kept.ttl is not None else []
    return f"keeps {', '.join(lasting)}" + ", and what has an alias" if lasting else ""


def _rule(facts: Facts) -> list[Span]:
    """By what `best` is chosen, and where this version stands by that."""
    assert facts.name is not None
    assert facts.name.rule is not None
    rule, standing = facts.name.rule, facts.story.standing if facts.story else None
    most = "highest" if rule.mode == "max" else "lowest"
    what: list[Span] = [(f"{most} ", "muted"), (line(rule.metric), "text")]
    if standing is None:
        return what
    best = GLUE.join(f"v{standing.best} has {values.shown(standing.best_value)}".split())
    if standing.value is None:
        return [*what, (f"  {GLUE.join(('not', 'ranked;'))} {best}", "muted")]
    place = f"{_ordinal(standing.rank)}{GLUE}of{GLUE}{standing.of:,}"
    if standing.best == facts.version.number:
        return [*what, (f"  ★{GLUE}{place}", "best")]
    return [*what, (f"  {place}; {best}", "muted")]


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
