"""Rows that were made elsewhere, in a box."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from tui.paint import Span
from tui.widgets.rows import RowList


@dataclass(frozen=True, slots=True)
class BoxRow:
    """One row: what it is, what it says, and what it stands for."""

    key: Hashable
    spans: Sequence[Span]
    value: Any = None


class BoxRows(RowList[BoxRow]):
    """The rows of a box."""

    GROUND = "box"

    def identity(self, item: BoxRow) -> Hashable:
        """The key."""
        return item.key

    def spans(self, item: BoxRow, width: int) -> Sequence[Span]:  # noqa: ARG002 - they were made for it
        """As made."""
        return item.spans

    def holds(self, item: BoxRow, word: str) -> bool:
        """The text of the row is looked into."""
        return word in "".join(text for text, _ in item.spans).lower()
