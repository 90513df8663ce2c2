"""Sentences in a diff: what is to be known before all else, or why there is nothing to show."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from msgspec import Struct

from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel.diff.row import Look, Part, Row
from tui.viewmodel.wrap import wrapped


@dataclass(frozen=True)
class Words(Part):
    """A section of sentences."""

    name: str
    sentences: Sequence[tuple[str, str]]
    """Each with its role; not inert yet."""

    def rows(self, look: Look) -> Iterator[Row]:
        """Broken at the width."""
        for number, (sentence, role) in enumerate(self.sentences):
            for piece, row in enumerate(wrapped(line(sentence), look.width - 2)):
                yield Sentence((self.name, number, piece), "  " + row, role)


class Sentence(Struct, frozen=True):
    """A row of words."""

    key: Hashable
    said: str
    role: str
    starts: bool = False
    opens: bool = False

    def lead(self, look: Look) -> int:  # noqa: ARG002
        """The mark alone."""
        return 0

    def spans(self, look: Look) -> Sequence[Span]:
        """The words."""
        return [(paint.cut(self.said, look.width), self.role)]

    def holds(self, word: str) -> bool:
        """The words are looked into."""
        return word in self.said.lower()
