"""The two versions that are compared, one below the other."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from msgspec import Struct
from rich.cells import cell_len

from mvfs import units
from mvfs.index.rows import Version
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel.chips import chips
from tui.viewmodel.diff.row import Look, Part, Row

_SIZE, _AGE = 8, 10


@dataclass(frozen=True)
class Ends(Part):
    """Both versions."""

    old: Version
    new: Version
    old_ref: str
    new_ref: str
    now: int = field(default_factory=lambda: time.time_ns() // 1000)
    name: str = ".ends"

    def rows(self, look: Look) -> Iterator[Row]:  # noqa: ARG002
        """Old and new."""
        yield End(self, "old", self.old, self.old_ref)
        yield End(self, "new", self.new, self.new_ref)

    @cached_property
    def label_width(self) -> int:
        """The columns of both labels."""
        return max(cell_len(self.label(version)) for version in (self.old, self.new))

    def label(self, version: Version) -> str:
        """``v3``; of two names, with the name."""
        is_one = (self.old.name, self.old.type) == (self.new.name, self.new.type)
        return version.label if is_one else f"{line(version.name)}:{version.label}"


class End(Struct, frozen=True):
    """One of the versions; opening it goes there."""

    ends: Ends
    side: str
    version: Version
    ref: str
    starts: bool = False
    opens: bool = True

    @property
    def key(self) -> Hashable:
        """The side."""
        return "end", self.side

    def lead(self, look: Look) -> int:
        """The side and the label."""
        return min(6 + self.ends.label_width, look.width)

    def spans(self, look: Look) -> Sequence[Span]:  # noqa: ARG002 - what does not fit is cut
        """Side, label, size, age, aliases."""
        version = self.version
        role = "removed" if self.side == "old" else "added"
        spans: list[Span] = [
            ("- " if self.side == "old" else "+ ", role),
            (f"{self.side} ", "muted"),
            (paint.fit(self.ends.label(version), self.ends.label_width), "strong"),
            (f"  {units.size(version.size):>{_SIZE}}", "muted"),
            (f"  {units.age(version.created, self.ends.now) + ' ago':>{_AGE}}", "muted"),
        ]
        found = chips(version.aliases)
        return [*spans, ("  ", "text"), *found] if found else spans

    def holds(self, word: str) -> bool:
        """The label and the aliases are looked into."""
        return any(word in one.lower() for one in (self.version.label, *self.version.aliases))
