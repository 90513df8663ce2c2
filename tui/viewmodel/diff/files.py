"""Changed files as rows: where, what became of them, and how they grew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct
from rich.cells import cell_len

from mvfs import units
from mvfs.diff.model import Change, Kind
from mvfs.store.manifest.records import FileEntry
from mvfs.text import line
from tui import paint
from tui.paint import Span
from tui.viewmodel.diff.row import GLYPHS, ROLES, SAMPLE, Look, Part, Row, tally

_SIZE = 8
_ARROW = " → "
_WIDE = 64
"""From how many columns old and new sizes have room."""


@dataclass(frozen=True)
class Files(Part):
    """The files that differ."""

    changes: Sequence[Change]
    same: int | None = None
    """How many files are the same; None while that is not known."""
    is_all: bool = True
    """Whether no more are being found."""
    is_cut: bool = False
    """Whether there are more than are listed."""
    name: str = "files"

    @property
    def weight(self) -> int:
        """Files."""
        return len(self.changes)

    def tally(self) -> Sequence[Span]:
        """How many of each kind, and by how many bytes the version grew."""
        spans = tally(Counter(change.kind for change in self.changes))
        if self.same:
            spans.append((f"  {self.same:,} the same", "faint"))
        if self.is_cut:
            spans.append((f"  the first {len(self.changes):,}", "best"))
        return spans if self.is_all else [*spans, ("  …", "faint")]

    def rows(self, look: Look) -> Iterator[Row]:  # noqa: ARG002 - as all parts
        """A row for each."""
        for change in self.changes:
            yield File(self, change)

    @cached_property
    def path_width(self) -> int:
        """The columns that paths would like."""
        return max((cell_len(_shown_path(change)) for change in self.changes[:SAMPLE]), default=0)

    @cached_property
    def delta_width(self) -> int:
        """The width of the column of deltas."""
        return max((len(delta(change)) for change in self.changes[:SAMPLE]), default=0)


class File(Struct, frozen=True):
    """One file; opening it goes to its own diff."""

    section: Files
    change: Change
    starts: bool = False
    opens: bool = True

    @property
    def key(self) -> Hashable:
        """The path."""
        return "file", self.change.path

    def lead(self, look: Look) -> int:
        """The glyph and the path."""
        return 2 + self._path_width(look.width)

    def _path_width(self, width: int) -> int:
        sizes = 2 * _SIZE + len(_ARROW) + 2 if width >= _WIDE else 0
        return max(min(self.section.path_width, width - 4 - sizes - self.section.delta_width), 1)

    def spans(self, look: Look) -> Sequence[Span]:
        """Glyph, path, sizes and delta."""
        change = self.change
        role = ROLES[change.kind]
        room = self._path_width(look.width)
        spans: list[Span] = [(f"{GLYPHS[change.kind]} ", role), *_path(change, room, role)]
        if look.width >= _WIDE:
            old = units.size(change.old.size) if change.old is not None else ""
            new = units.size(change.new.size) if change.new is not None else ""
            arrow = _ARROW if old and new else " " * len(_ARROW)
            spans.append((f"  {old:>{_SIZE}}{arrow}{new:>{_SIZE}}", "muted"))
        shown = delta(change)
        spans.append((f"  {shown:>{self.section.delta_width}}", "faint" if shown.startswith("±") else "text"))
        return spans

    def holds(self, word: str) -> bool:
        """Both paths are looked into."""
        return word in self.change.path.lower() or word in _old_path(self.change).lower()


def _path(change: Change, room: int, role: str) -> list[Span]:
    """The folder quiet, the name strong; of a move, where from and where to."""
    path = line(change.path)
    if change.kind is Kind.MOVED:
        rest = room - len(_ARROW)
        old = paint.cut(line(_old_path(change)), max(rest - cell_len(path), rest // 2, 1))
        rest -= cell_len(old)
        return [(old, "muted"), (_ARROW, role), (paint.fit(path, rest), "text")]
    folder, slash, name = path.rpartition("/")
    fitted = paint.fit(path, room)
    if fitted.rstrip() != path:
        return [(fitted, "text")]
    pad = fitted[len(path) :]
    return [(folder + slash, "muted"), (name + pad, "text")] if slash else [(name + pad, "text")]


def _shown_path(change: Change) -> str:
    path = line(change.path)
    return f"{line(_old_path(change))}{_ARROW}{path}" if change.kind is Kind.MOVED else path


def _old_path(change: Change) -> str:
    return change.old.path if isinstance(change.old, FileEntry) else change.path


def delta(change: Change) -> str:
    """``+1.2 KiB``: how many bytes more or fewer."""
    old = change.old.size if change.old is not None else 0
    new = change.new.size if change.new is not None else 0
    if old == new:
        return _mode(change) or "±0 B"
    return ("+" if new > old else "-") + units.size(abs(new - old))


def _mode(change: Change) -> str:
    """What is said where only that differs whether a file can be executed."""
    if change.old is None or change.new is None or change.old.executable == change.new.executable:
        return ""
    return "+x" if change.new.executable else "-x"
