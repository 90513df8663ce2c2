"""Everything about one version as rows, and how far its sections are open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tui import glyphs
from tui.paint import Span
from tui.viewmodel.details import around, files, head, history, notes, run
from tui.viewmodel.details.lines import Bounds, Line, heading
from tui.viewmodel.details.mapping import ValueRows
from tui.viewmodel.facts import Facts, Listing
from tui.viewmodel.sparkline import sparkline


@dataclass
class Details:
    """The rows of one version, and how far its sections are open."""

    facts: Facts
    now: int
    listings: dict[str, Listing] = field(init=False)
    folded: set[str] = field(default_factory=set)
    """Directories."""
    bounds: Bounds = field(default_factory=Bounds)

    def __post_init__(self) -> None:
        self.listings = dict(self.facts.listings)

    def take(self, facts: Facts, now: int) -> None:
        """Take in the same version read again; what is open stays open."""
        self.facts, self.now = facts, now
        self.listings = {**self.listings, **facts.listings}

    def show_more(self, section: str) -> None:
        """Show more of a section from now on."""
        self.bounds.show_more(section)

    def limit(self, section: str) -> int:
        """How many rows a section may have."""
        return self.bounds.limit(section)

    def lines(self, width: int) -> list[Line]:
        """The rows, at a width."""
        width, facts, bounds = max(width, 16), self.facts, self.bounds
        parts = (
            head.rows(facts, self.now, width),
            notes.note(facts, bounds, width),
            self._metadata(width),
            files.rows(facts, self.listings, self.folded, bounds, width),
            run.rows(facts, self.now, bounds, width),
            around.made_from(facts, bounds, width),
            around.logged_with(facts, bounds, width),
            around.used_by(facts, self.now, bounds, width),
            around.links(facts, bounds, width),
            history.rows(facts, self.now, bounds, width),
            notes.about(facts, bounds, width),
        )
        lines: list[Line] = []
        for part in parts:
            rows = list(part)
            if rows and lines:
                lines.append(Line(("gap", len(lines)), ()))
            lines += rows
        return lines

    def _metadata(self, width: int) -> Iterator[Line]:
        metadata = self.facts.version.metadata
        if not metadata:
            return
        series = self.facts.story.series if self.facts.story else {}
        rule = self.facts.name.rule if self.facts.name else None

        def over_versions(path: str, columns: int) -> Sequence[Span]:
            found = series.get(path)
            if found is None:
                return ()
            return marked(found.values, found.here, columns)

        yield heading("metadata", width, "over the versions" if series else "")
        star = rule.metric if rule else None
        yield from ValueRows("metadata", width, "", over_versions, star).lines(metadata, self.bounds)


def marked(numbers: Sequence[float], here: int | None, columns: int) -> Sequence[Span]:
    """A picture of numbers, the one of this version brighter than the others."""
    shown = sparkline(numbers, columns, plain=glyphs.is_ascii())
    if here is None or not shown or not numbers:
        return [(shown, "faint")]
    at = here if len(numbers) <= len(shown) else here * len(shown) // len(numbers)
    at = min(at, len(shown) - 1)
    return [(shown[:at], "faint"), (shown[at], "best"), (shown[at + 1 :], "faint")]
