"""Text with line numbers; patches in colour. It comes in pieces, as far as it was read."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mvfs import units
from mvfs.text import line
from tui.paint import Span
from tui.viewmodel.preview.preview import Preview

PIECE = 256 << 10
"""Bytes that are read at once."""

_MOST_BYTES, _MOST_ROWS = 4 << 20, 100_000
"""How much of a file is shown; a terminal is no place to read more."""

LONGEST = 1000
"""Characters of a row; longer lines go on in the next one."""

_STEP = 8
"""Columns that one step moves."""

_TAB = 4

_REPLACED = chr(0xFFFD)
"""What stands for bytes that are no UTF-8."""


class Row(NamedTuple):
    """A line of the file, or the next piece of a long one."""

    number: int
    part: int
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines, and where the next piece begins."""

    lines: Sequence[str]
    end: int
    """Offset in the file, bytes."""
    goes_on: bool
    """Whether the last line goes on in the next piece."""


def decoded(data: bytes, offset: int, size: int) -> Piece:
    """The lines in ``data``, which begins at ``offset`` of a file of ``size`` bytes.

    What is after the last newline is left for the next piece, unless a line is longer than a piece.
    """
    end = len(data)
    if offset + end < size:
        end = data.rfind(b"\n") + 1 or _whole_characters(data)
    lines = data[:end].decode("utf-8", "replace").split("\n")
    if lines and not lines[-1] and data[:end].endswith(b"\n"):
        lines.pop()
    goes_on = offset + end < size and not data[:end].endswith(b"\n")
    whole = [one.removesuffix("\r") for one in lines]
    if goes_on and lines:
        whole[-1] = lines[-1]  # what is cut off here may go on after a carriage return
    return Piece(whole, offset + end, goes_on)


def _whole_characters(data: bytes) -> int:
    """How many bytes of ``data`` end with a character of UTF-8."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 != 0x80:  # not one that continues a character
            length = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if length > back else len(data)
    return len(data)


def is_text(head: bytes) -> bool:
    """Whether a file that begins so can be read by people: UTF-8, or nearly, and without NUL."""
    if b"\0" in head:
        return False
    shown = head[: _whole_characters(head)].decode("utf-8", "replace")
    odd = sum(char == _REPLACED or (ord(char) < 32 and char not in "\t\n\r\f\x1b") for char in shown)
    return odd * 20 <= len(shown)


class Text(Preview):
    """The lines of a file."""

    KIND = "text"

    def __init__(self, size: int, *, patch: bool = False) -> None:
        self.size, self._patch = size, patch
        self._rows: list[Row] = []
        self._longest = 0
        self.end = 0
        """Up to which byte it was read."""
        self._line = 0
        self._goes_on = False
        """Whether the last line goes on in what was not read."""

    def take(self, piece: Piece) -> None:
        """Take in the next piece."""
        for place, text in enumerate(piece.lines):
            if place == 0 and self._goes_on and self._rows:
                part = self._rows[-1].part + 1
            else:
                self._line, part = self._line + 1, 0
            for start in range(0, max(len(text), 1), LONGEST):
                row = Row(self._line, part + start // LONGEST, text[start : start + LONGEST])
                self._rows.append(row)
                self._longest = max(self._longest, len(row.text))
        self.end, self._goes_on = piece.end, piece.goes_on

    @property
    def wants_more(self) -> bool:
        """Whether there is more to read, and room for it."""
        return self.end < min(self.size, _MOST_BYTES) and len(self._rows) < _MOST_ROWS

    def about(self) -> str:
        """How many lines there are, as far as that is known."""
        if self.end >= self.size:
            return f"text, {self._line:,} line" + "s" * (self._line != 1)
        return f"text, the first {units.size(self.end)} of {units.size(self.size)}"

    def rows(self) -> Sequence[Row]:
        return self._rows

    def identity(self, row: Row) -> Hashable:
        return row.number, row.part

    def spans(self, row: Row, width: int) -> Sequence[Span]:  # noqa: ARG002 - the list cuts
        wide = max(len(str(self._line)), 3)
        number = f"{row.number:>{wide}}  " if row.part == 0 else f"{'↪':>{wide}}  "
        shown = line(row.text.expandtabs(_TAB))
        return [(number, "faint"), (shown[self.shift * _STEP :], self._role(row.text))]

    def _role(self, text: str) -> str:
        if not self._patch:
            return "text"
        if text.startswith(("diff ", "+++", "---", "index ")):
            return "strong"
        return {"+": "added", "-": "removed", "@": "accent"}.get(text[:1], "text")

    def plain(self, row: Row) -> str:
        return row.text

    def furthest(self) -> int:
        return max(self._longest // _STEP - 1, 0)
