"""Metadata, config and summary as trees that fold, numbers with a picture of how they went."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from tui import paint
from tui.paint import Span
from tui.viewmodel import valuetree
from tui.viewmodel.details.lines import Bounds, Fold, Line, more
from tui.viewmodel.valuetree import Leaf

Picture = Callable[[str, int], Sequence[Span]]
"""What stands behind the number at a dotted path, in so many columns; nothing where there is nothing."""

_PICTURE, _SMALL = 14, 8
"""Columns of a picture, and of one where there is little room."""

_ROOMY, _LEAST = 44, 30
"""From which width on there is room for the one and the other."""

_CHILDREN = 200
"""Rows of one branch."""

_GAP = 2


@dataclass(frozen=True, slots=True)
class ValueRows:
    """How the rows of one mapping look."""

    section: str
    width: int
    indent: str = ""
    picture: Picture | None = None
    star: str | None = None
    """The dotted path that is marked: the metric of a rule."""

    def lines(self, mapping: Mapping[str, Any], bounds: Bounds) -> Iterator[Line]:
        """The rows, as many as there may be."""

        def is_open(path: tuple[str, ...], value: Any) -> bool:
            return bounds.is_open(Fold(self.section, path), first=valuetree.comes_open(path, value))

        found = list(valuetree.leaves(mapping, is_open, lambda _: _CHILDREN))
        longest = max((cell_len(leaf.label) + len(_lead(leaf)) for leaf in found), default=0)
        wide = min(longest, self._room // 2)
        left = self._room - wide - self._columns - 2 * _GAP
        numbers = (leaf.shown for leaf in found if isinstance(leaf.value, int | float))
        number = min(max((cell_len(one) for one in numbers), default=0), max(left, 1))
        limit = bounds.limit(self.section)
        for leaf in found[:limit]:
            yield self._line(leaf, wide, number)
        if len(found) > limit:
            yield more(self.section, f"{len(found) - limit:,}", self.indent)

    @property
    def _columns(self) -> int:
        return _PICTURE if self._room >= _ROOMY else _SMALL if self._room >= _LEAST else 0

    @property
    def _room(self) -> int:
        return self.width - len(self.indent)

    def _line(self, leaf: Leaf, wide: int, number: int) -> Line:
        lead, dotted = _lead(leaf), ".".join(leaf.path)
        if leaf.left:
            return Line((self.section, *leaf.path), [(self.indent + lead + leaf.shown, "faint")])
        label = paint.fit(leaf.label, max(wide - len(lead), 1)) + " " * _GAP
        spans: list[Span] = [
            (self.indent + lead, "faint"),
            (label, "best" if dotted == self.star else "muted"),
        ]
        left = self._room - len(lead) - cell_len(label)
        if leaf.open is not None:
            spans.append((paint.cut(leaf.shown, left), "faint"))
            return Line((self.section, *leaf.path), spans, Fold(self.section, leaf.path))
        shown = self.picture(dotted, self._columns) if self.picture is not None and self._columns else ()
        if shown:
            spans.append((paint.fit(leaf.shown, number) + " " * _GAP, "text"))
        else:
            spans.append((paint.cut(leaf.shown, left), "text"))
        return Line((self.section, *leaf.path), [*spans, *shown])


def _lead(leaf: Leaf) -> str:
    """The indentation of a row, and the mark of a branch."""
    return "  " * min(leaf.depth, 10) + ("" if leaf.open is None else "▾ " if leaf.open else "▸ ")
