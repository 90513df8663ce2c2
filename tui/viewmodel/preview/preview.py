"""What all kinds of previews have in common."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

from tui.paint import Span


class Preview:
    """A file's content as rows that a list shows; a kind of file says what they are.

    Texts are made inert as rows are painted; `plain` is what is stored.
    """

    KIND: ClassVar[str] = ""
    """The word that asks for it, as in ``file REF/path as:hex``."""

    shift = 0
    """How far its rows are moved to the left."""

    def about(self) -> str:
        """What the file is, in a few words."""
        return ""

    def header(self, width: int) -> Sequence[Span]:  # noqa: ARG002 - most have none
        """What stands above the rows."""
        return ()

    def rows(self) -> Sequence[Any]:
        """The rows, as items of a list."""
        raise NotImplementedError

    def identity(self, row: Any) -> Hashable:
        """What makes it the same row when rows were made anew."""
        raise NotImplementedError

    def spans(self, row: Any, width: int) -> Sequence[Span]:
        """What a row shows."""
        raise NotImplementedError

    def plain(self, row: Any) -> str:
        """A row as text, unchanged: what is copied, and looked into by the filter."""
        raise NotImplementedError

    def words(self, row: Any) -> str:
        """What the filter looks into."""
        return self.plain(row)

    def open(self, row: Any) -> bool:  # noqa: ARG002 - most rows open nothing
        """Fold or unfold a row; False where there is nothing to."""
        return False

    def fit(self, width: int) -> bool:  # noqa: ARG002 - most rows are the same at any width
        """Lay rows out for a width; False where that changes nothing."""
        return False

    def slide(self, step: int) -> bool:
        """Move rows to the left or right; False where they do not move."""
        before = self.shift
        self.shift = min(max(self.shift + step, 0), self.furthest())
        return self.shift != before

    def furthest(self) -> int:
        """How far rows can be moved."""
        return 0
