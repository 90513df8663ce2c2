"""Markdown as it is meant to be read; its rows depend on the width."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from tui.paint import Span
from tui.viewmodel import markdown
from tui.viewmodel.preview.preview import Preview

MOST_BYTES = markdown.LONGEST

_WIDEST, _MOST = 96, 20_000
"""Columns and rows that are laid out."""


@dataclass(frozen=True, slots=True)
class Row:
    """A laid out row."""

    number: int
    spans: Sequence[Span]


class Page(Preview):
    """A text in Markdown."""

    KIND = "page"

    def __init__(self, text: str) -> None:
        self._text = text
        self._rows: list[Row] = []
        self._width = 0
        self.fit(_WIDEST)

    def about(self) -> str:
        """What it is."""
        return "Markdown"

    def fit(self, width: int) -> bool:
        width = min(width, _WIDEST)
        if width == self._width:
            return False
        self._width = width
        laid = zip(range(_MOST), markdown.rows(self._text, width - 2), strict=False)
        self._rows = [Row(number, [(" ", "text"), *spans]) for number, spans in laid]
        return True

    def rows(self) -> Sequence[Row]:
        return self._rows

    def identity(self, row: Row) -> Hashable:
        return row.number

    def spans(self, row: Row, width: int) -> Sequence[Span]:  # noqa: ARG002 - laid out for it
        return row.spans

    def plain(self, row: Row) -> str:
        return "".join(text for text, _ in row.spans).strip()
