"""Two images: what they are, and how much of them differs."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from mvfs.diff.image import ImageInfo
from mvfs.diff.opened import ImageDiff
from tui.paint import Span
from tui.viewmodel.diff.row import Look, Row


@dataclass(frozen=True)
class Images:
    """Both images."""

    diff: ImageDiff
    name: str = "image"

    def tally(self) -> Sequence[Span]:
        """How many pixels differ."""
        share = self.diff.share_changed
        if share is None:
            return ()
        if not share:
            return [("  every pixel is the same", "latest")]
        return [(f"  {_percent(share)} of the pixels differ", "changed")]

    def rows(self, look: Look) -> Iterator[Row]:  # noqa: ARG002 - as all parts
        """Old and new, and the share as a bar."""
        yield About("old", self.diff.old, "removed")
        yield About("new", self.diff.new, "added")
        if self.diff.share_changed:
            yield Share(self.diff.share_changed)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %" if share >= 1e-5 else "less than 0.001 %"


@dataclass(frozen=True, slots=True)
class About:
    """One of the images."""

    side: str
    info: ImageInfo
    role: str
    starts: bool = False
    opens: bool = False

    @property
    def key(self) -> Hashable:
        """The side."""
        return "image", self.side

    def lead(self, look: Look) -> int:  # noqa: ARG002 - one width suits all
        """The glyph and the side."""
        return 6

    def spans(self, look: Look) -> Sequence[Span]:  # noqa: ARG002 - it is short
        """Format and size."""
        info = self.info
        return [
            ("- " if self.side == "old" else "+ ", self.role),
            (f"{self.side} ", "muted"),
            (f"{info.format:<5}", "text"),
            (f"{info.width:,} \N{MULTIPLICATION SIGN} {info.height:,}", "text"),
            (" pixels", "muted"),
        ]

    def holds(self, word: str) -> bool:
        """The format is looked into."""
        return word in self.info.format.lower()


@dataclass(frozen=True, slots=True)
class Share:
    """The share of the pixels that differ, as a bar."""

    share: float
    key: Hashable = "share"
    starts: bool = False
    opens: bool = False

    def lead(self, look: Look) -> int:  # noqa: ARG002 - one width suits all
        """The mark alone."""
        return 0

    def spans(self, look: Look) -> Sequence[Span]:
        """As long as it is large."""
        wide = max(min(look.width - 8, 60), 4)
        full = min(max(round(self.share * wide), 1), wide)
        return [("      ", "text"), ("█" * full, "changed"), ("░" * (wide - full), "line")]

    def holds(self, word: str) -> bool:  # noqa: ARG002 - nothing is written in it
        """Nothing."""
        return False
