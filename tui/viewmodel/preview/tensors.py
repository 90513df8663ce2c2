"""The tensors of a model file, grouped by their names, without reading any of them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from mvfs import units
from mvfs.store.cutting.tensors import Tensor
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel.preview.preview import Preview

_FEW = 40
"""Rows up to which groups come unfolded."""

_DEEPEST = 12
_ABSURD = 10**18
"""More elements than any file has: what says so lies."""

_TYPE, _COUNT, _SIZE, _MOST_SHAPE = 8, 7, 8, 20


@dataclass(eq=False)
class Group:
    """Tensors whose names begin alike."""

    path: str
    label: str
    depth: int
    groups: dict[str, Group] = field(default_factory=dict)
    tensors: list[Tensor] = field(default_factory=list)
    count: int = 0
    numbers: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A group, or one tensor."""

    path: str
    label: str
    depth: int
    tensor: Tensor | None
    group: Group | None = None


def elements(tensor: Tensor) -> int:
    """Numbers in a tensor."""
    return math.prod(tensor.shape)


def counted(number: int) -> str:
    """``7.0 B``: how many parameters, in three digits."""
    if number >= _ABSURD:
        return "?"
    value = float(number)
    for unit in ("", " k", " M", " B"):
        if value < 999.5:
            return f"{number}" if not unit else f"{value:.3g}{unit}"
        value /= 1000
    return f"{value:.3g} T"


class Tensors(Preview):
    """A table of tensors as a tree."""

    KIND = "tensors"

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._tensors = list(tensors)
        self._top = _grouped(self._tensors)
        self._toggled: set[str] = set()
        self._shape = min(max((len(_shape(one)) for one in self._tensors), default=0), _MOST_SHAPE)
        self._rows: list[Row] = []
        self._shape = max(self._shape, len(f"{len(self._tensors):,} tensors"))
        self._lay_out()

    def about(self) -> str:
        """How many tensors and parameters, and of which types."""
        kinds: dict[str, int] = {}
        for one in self._tensors:
            kinds[one.dtype] = kinds.get(one.dtype, 0) + one.length
        most = sorted(kinds, key=lambda kind: -kinds[kind])[:3]
        count = len(self._tensors)
        said = f"{count:,} tensor" + "s" * (count != 1)
        if self._top.numbers:
            said += f", {counted(self._top.numbers)} parameters"
        return said + f" in {line(', '.join(most))}" if any(most) else said

    def header(self, width: int) -> Sequence[Span]:
        """The names of the columns."""
        name = paint.fit("tensor", self._room(width))
        return [(name + self._columns("type", "shape", "count", "size", width), "muted")]

    def _room(self, width: int) -> int:
        return max(width - 1 - cell_len(self._columns("", "", "", "", width)), 8)

    def _columns(self, kind: str, shape: str, count: str, size: str, width: int) -> str:
        """The columns right of the name; where there is little room, not all of them."""
        cells = [paint.fit(shape, self._shape, right=True), paint.fit(size, _SIZE, right=True)]
        if width >= 56:
            cells.insert(0, paint.fit(kind, _TYPE))
        if width >= 72:
            cells.insert(-1, paint.fit(count, _COUNT, right=True))
        return "  " + "  ".join(cells)

    def rows(self) -> Sequence[Row]:
        return self._rows

    def _lay_out(self) -> None:
        self._rows = []
        self._below(self._top, self._rows)

    def _below(self, group: Group, rows: list[Row]) -> None:
        for one in group.groups.values():
            rows.append(Row(one.path, one.label, one.depth, None, one))
            if self._is_open(one):
                self._below(one, rows)
        for tensor in group.tensors:
            label = tensor.name[len(group.path) :].lstrip("./") or tensor.name
            rows.append(Row("=" + tensor.name, label, group.depth + 1, tensor))

    def _is_open(self, group: Group) -> bool:
        first = len(self._tensors) <= _FEW or (group.depth == 0 and len(group.groups) <= _FEW)
        return first ^ (group.path in self._toggled)

    def identity(self, row: Row) -> Hashable:
        return row.path

    def spans(self, row: Row, width: int) -> Sequence[Span]:
        room = self._room(width)
        lead = "  " * min(row.depth, max(room // 6, 1))
        if row.group is not None:
            group = row.group
            lead += "▾ " if self._is_open(group) else "▸ "
            shape = f"{group.count:,} tensors"
            columns = self._columns("", shape, counted(group.numbers), units.size(group.size), width)
            label = paint.fit(line(row.label), max(room - len(lead), 1))
            return [(lead, "faint"), (label, "strong"), (columns, "muted")]
        assert row.tensor is not None
        one = row.tensor
        lead += "  "
        columns = self._columns(
            line(one.dtype),
            _shape(one),
            counted(elements(one)) if one.shape else "",
            units.size(one.length),
            width,
        )
        label = paint.fit(line(row.label), max(room - len(lead), 1))
        return [(lead, "faint"), (label, "text"), (columns, "muted")]

    def plain(self, row: Row) -> str:
        return row.path.removeprefix("=")

    def open(self, row: Row) -> bool:
        if row.group is None:
            return False
        self._toggled ^= {row.group.path}
        self._lay_out()
        return True


_TIMES = " \N{MULTIPLICATION SIGN} "


def _shape(tensor: Tensor) -> str:
    return _TIMES.join([*map(str, tensor.shape[:8]), *(["…"] if len(tensor.shape) > 8 else [])])


def _grouped(tensors: Iterable[Tensor]) -> Group:
    top = Group("", "", -1)
    for tensor in tensors:
        parts = tensor.name.replace("/", ".").split(".")
        group, path = top, ""
        _add(group, tensor)
        for part in parts[:-1][:_DEEPEST]:
            path += part + "."
            group = group.groups.setdefault(part, Group(path, part, group.depth + 1))
            _add(group, tensor)
        group.tensors.append(tensor)
    _squeeze(top)
    return top


def _add(group: Group, tensor: Tensor) -> None:
    group.count += 1
    group.numbers += elements(tensor) if tensor.shape else 0
    group.size += tensor.length


def _squeeze(group: Group) -> None:
    """Put a group that has nothing but one group, or one tensor, in one row with that."""
    for key, one in list(group.groups.items()):
        inner = one
        while len(inner.groups) == 1 and not inner.tensors:
            (below,) = inner.groups.values()
            below.label = f"{inner.label}.{below.label}"
            inner = below
        if inner.count == 1:
            del group.groups[key]
            group.tensors += inner.tensors
            continue
        inner.depth = group.depth + 1
        group.groups[key] = inner
        _squeeze(inner)
