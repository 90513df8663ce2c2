"""Bytes, for files of which nothing better can be shown."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from mvfs import units
from tui.paint import Span
from tui.viewmodel.preview.preview import Preview

MOST = 64 << 10
"""Bytes that are shown."""

_ROW = 16
_READABLE = {code: chr(code) if 32 <= code < 127 else "·" for code in range(256)}


class Hex(Preview):
    """The first bytes of a file, sixteen in a row, or eight where there is little room."""

    KIND = "hex"

    def __init__(self, head: bytes, size: int) -> None:
        self._head, self._size = head[:MOST], size

    def about(self) -> str:
        """How many of the bytes are shown."""
        if self._size <= len(self._head):
            return "bytes"
        return f"bytes, the first {units.size(len(self._head))} of {units.size(self._size)}"

    def rows(self) -> Sequence[int]:
        return range(0, len(self._head), _ROW)

    def identity(self, row: int) -> Hashable:
        return row

    def spans(self, row: int, width: int) -> Sequence[Span]:
        data = self._head[row : row + _ROW]
        halves = [data[:8].hex(" "), data[8:].hex(" ")]
        written = "".join(_READABLE[byte] for byte in data)
        if width < 76:  # the bytes themselves say more than how they look as letters
            return [(f"{row:06x}  ", "faint"), (f"{halves[0]:<23}  {halves[1]:<23}", "text")]
        return [
            (f"{row:08x}  ", "faint"),
            (f"{halves[0]:<23}  {halves[1]:<23}  ", "text"),
            (written, "muted"),
        ]

    def plain(self, row: int) -> str:
        return self._head[row : row + _ROW].hex(" ")
