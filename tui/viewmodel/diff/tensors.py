"""Tensors that differ as rows, by layer; and how far apart two are, once that was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len

from mvfs import units
from mvfs.diff.model import Change, Kind
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel.diff.row import GLYPHS, ROLES, SAMPLE, Look, Part, Row, tally
from tui.viewmodel.wrap import wrapped

if TYPE_CHECKING:
    from mvfs.diff.numbers import Numbers
    from mvfs.diff.tensors import TensorInfo

_LONGEST = 300
"""Characters of a name that are shown."""

_MANY = 60
"""Up to how many tensors differ for layers to come unfolded."""

_SIZE, _LEAST_NAME = 8, 16
_TIMES = " \N{MULTIPLICATION SIGN} "
_WIDE = 72
"""From how many columns type and shape have room."""


class Measured(Struct, frozen=True):
    """What is known of how far apart two tensors are."""

    said: str
    """In words, inert."""
    role: str = "text"
    is_done: bool = True

    @classmethod
    def of(cls, numbers: Numbers) -> Measured:
        """``max |Δ| 0.01 · rel. L2 0.002 · cosine 0.9999 · 12 % of 64 values``, as far as it can be told."""
        parts = []
        if numbers.max_abs is not None:
            parts.append(f"max |Δ| {numbers.max_abs:.3g}")
        if numbers.relative_l2 is not None:
            parts.append(f"rel. L2 {numbers.relative_l2:.3g}")
        if numbers.cosine is not None:
            parts.append(f"cosine {_cosine(numbers.cosine)}")
        if numbers.share_changed is not None:
            unit = "bytes" if numbers.unit == "bytes" else "values"
            parts.append(f"{100 * numbers.share_changed:.3g} % of {numbers.count:,} {unit}")
        if numbers.nan_old or numbers.nan_new:
            parts.append(f"NaN {numbers.nan_old:,} → {numbers.nan_new:,}")
        return cls(" · ".join([*parts, *([line(numbers.why)] if numbers.why else [])]))


@dataclass(frozen=True)
class Tensors(Part):
    """The tensors of a file, layer by layer, in its order."""

    changes: Sequence[Change]
    measured: dict[str, Measured] = field(default_factory=dict, compare=False)
    """By the name of the tensor; only the UI thread reads and writes it."""
    name: str = "tensors"

    @property
    def weight(self) -> int:
        """Tensors."""
        return len(self.changes)

    def tally(self) -> Sequence[Span]:
        """How many of each kind."""
        counts = Counter(change.kind for change in self.changes)
        spans = tally(counts)
        if counts[Kind.SAME]:
            spans.append((f"  {counts[Kind.SAME]:,} the same", "faint"))
        return spans

    @cached_property
    def _layers(self) -> Mapping[str, Sequence[Change]]:
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(layer_of(change.path), []).append(change)
        return found

    @cached_property
    def _few(self) -> bool:
        return sum(change.kind is not Kind.SAME for change in self.changes) <= _MANY

    def rows(self, look: Look) -> Iterator[Row]:
        """A row for each layer, and below those that are open one for each tensor."""
        for name, members in self._layers.items():
            if len(members) == 1 or not name:
                for change in members:
                    yield from self._tensor(change, look, 0, starts=change.kind is not Kind.SAME)
                continue
            comes_open = self._few and any(change.kind is not Kind.SAME for change in members)
            is_open = comes_open != (("layer", name) in look.opened)
            yield Layer(self, name, members, is_open)
            if is_open:
                for before, change in zip((None, *members), members, strict=False):
                    starts = change.kind is not Kind.SAME and (before is None or before.kind is Kind.SAME)
                    yield from self._tensor(change, look, len(name) + 1, starts=starts)

    def _tensor(self, change: Change, look: Look, prefix: int, *, starts: bool) -> Iterator[Row]:
        yield Tensor(self, change, prefix, starts)
        known = self.measured.get(change.path)
        if known is not None:
            indent = " " * (4 if prefix else 2)
            for number, said in enumerate(wrapped(known.said, look.width - len(indent))):
                yield Finding((change.path, number), indent + said, known.role)

    @cached_property
    def name_width(self) -> int:
        """The columns that names would like."""
        names: list[str] = []
        for name, members in self._layers.items():
            if len(members) == 1 or not name:
                names += [change.path for change in members]
            else:
                names += [name, *("  " + change.path[len(name) + 1 :] for change in members)]
        return max((cell_len(line(name[:_LONGEST])) for name in names[:SAMPLE]), default=0)

    @cached_property
    def about_width(self) -> int:
        """The columns that type and shape would like."""
        return max((cell_len(about(change)) for change in self.changes[:SAMPLE]), default=0)

    def widths(self, width: int) -> tuple[int, int]:
        """The columns that names, and types and shapes get."""
        room = width - 2 - _SIZE - 2
        if width < _WIDE:
            return min(self.name_width, room), 0
        names = min(self.name_width, max(room - self.about_width - 2, _LEAST_NAME))
        return names, max(min(room - names - 2, self.about_width), 0)


def layer_of(name: str) -> str:
    """``encoder.layers.3`` of ``encoder.layers.3.mlp.weight``: up to the first number, or to the last dot."""
    words = name.split(".")
    for at, word in enumerate(words[:-1]):
        if word.isdecimal():
            return ".".join(words[: at + 1])
    return ".".join(words[:-1])


class Layer(Struct, frozen=True):
    """The heading of a layer's tensors."""

    section: Tensors
    name: str
    members: Sequence[Change]
    is_open: bool
    opens: bool = True

    @property
    def key(self) -> Hashable:
        """The layer."""
        return "layer", self.name

    @property
    def starts(self) -> bool:
        """Where it is folded, it stands for its tensors."""
        return not self.is_open and any(change.kind is not Kind.SAME for change in self.members)

    def lead(self, look: Look) -> int:
        """The name."""
        return 2 + self.section.widths(look.width)[0]

    def spans(self, look: Look) -> Sequence[Span]:
        """Fold mark, name, how many tensors of each kind."""
        counts = Counter(change.kind for change in self.members)
        many = f"  {len(self.members):,}" + (" tensors" if look.width >= _WIDE else "")
        name, _ = self.section.widths(look.width)
        spans: list[Span] = [
            ("▾ " if self.is_open else "▸ ", "faint"),
            (paint.fit(line(self.name[:_LONGEST]), name), "strong"),
            (many, "muted"),
        ]
        spans += tally(counts)
        if set(counts) == {Kind.SAME}:
            spans.append(("  the same", "faint"))
        return spans

    def holds(self, word: str) -> bool:
        """Its tensors' names are looked into."""
        return any(word in change.path.lower() for change in self.members)


class Tensor(Struct, frozen=True):
    """One tensor; opening it has it compared number by number."""

    section: Tensors
    change: Change
    prefix: int
    """Characters of its name that the layer above says already."""
    starts: bool

    @property
    def key(self) -> Hashable:
        """The name."""
        return "tensor", self.change.path

    @property
    def opens(self) -> bool:
        """Whether there are two to be compared."""
        return self.change.kind is Kind.CHANGED

    def lead(self, look: Look) -> int:
        """The glyph and the name."""
        return 2 + self.section.widths(look.width)[0]

    def spans(self, look: Look) -> Sequence[Span]:
        """Glyph, name, type and shape, bytes."""
        change = self.change
        role = ROLES[change.kind]
        quiet = change.kind is Kind.SAME
        room, beside = self.section.widths(look.width)
        indent = "  " if self.prefix else ""
        name = line(change.path[self.prefix :][:_LONGEST])
        here = change.old if change.new is None else change.new
        spans: list[Span] = [
            (indent + f"{GLYPHS[change.kind]} ", role),
            (paint.fit(name, room - len(indent)), "muted" if quiet else "text"),
        ]
        if beside:
            spans.append(("  " + paint.fit(about(change), beside), "faint" if quiet else "muted"))
        spans.append((f"  {units.size(here.size):>{_SIZE}}", "faint" if quiet else "muted"))
        return spans

    def holds(self, word: str) -> bool:
        """The name, type and shape are looked into."""
        return word in self.change.path.lower() or word in about(self.change).lower()


def _cosine(value: float) -> str:
    """With as many digits as tell it from 1."""
    return (
        f"{value:.4f}" if abs(value) < 0.999 else f"{value:.6f}" if abs(value) < 0.99999 else f"{value:.9f}"
    )


def about(change: Change) -> str:
    """``F32 [64, 3]``, or what became what."""
    if change.kind is Kind.MOVED:
        return f"was {line(change.old.name[:_LONGEST])}"
    old, new = (None if one is None else _about(one) for one in (change.old, change.new))
    if old is None or new is None or old == new:
        return old or new or ""
    if change.old.shape == change.new.shape:
        return f"{line(change.old.dtype[:20])} → {new}"
    return f"{old} → {new}"


def _about(tensor: TensorInfo) -> str:
    if not tensor.dtype:
        return "storage"
    sides = _TIMES.join(map(str, tensor.shape[:8])) + (_TIMES + "…" if len(tensor.shape) > 8 else "")
    return line(tensor.dtype[:20]) + (f"  {sides}" if sides else "")


class Finding(Struct, frozen=True):
    """How far apart the tensors above are."""

    key: Hashable
    said: str
    role: str
    starts: bool = False
    opens: bool = False

    def lead(self, look: Look) -> int:  # noqa: ARG002
        """The mark alone."""
        return 0

    def spans(self, look: Look) -> Sequence[Span]:
        """As it was said."""
        return [(paint.cut(self.said, look.width), self.role)]

    def holds(self, word: str) -> bool:
        """What was said."""
        return word in self.said.lower()
