"""What a repaint sends to the terminal: only cells that look different from what the terminal shows.

Textual 8.2 sends rows as a whole, and a whole screen when a box opens over it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from tui import strips
from tui.pen import Pen

_NOTHING = Strip([], 0)

Piece = tuple[int, int, Strip]
"""Row, column, and what is there from that column on."""


class Sheet:
    """What the terminal shows, as far as it was sent: the left part of each row, or all of it."""

    def __init__(self) -> None:
        self._rows: dict[int, Strip] = {}

    def forget(self) -> None:
        """Know nothing of the terminal: it has another size, or somebody else wrote to it."""
        self._rows.clear()

    def put(self, piece: Piece) -> Iterator[Piece]:
        """Paint a piece; yield what has to be sent of it."""
        y, x, strip = piece
        row, end = self._rows.get(y, _NOTHING), x + strip.cell_length
        known = row.crop(x, end)
        for start, stop in strips.changes(known, strip):
            yield y, x + start, strip.crop(start, stop)
        if x <= row.cell_length:
            self._rows[y] = Strip.join([row.crop(0, x), strip, row.crop(end)])


class SparingUpdate(CompositorUpdate):
    """An update of Textual's that sends no cell for nothing."""

    def __init__(self, update: CompositorUpdate, sheet: Sheet) -> None:
        self._update, self._sheet = update, sheet

    def render_segments(self, console: Console) -> str:
        """Move to each piece that has to be sent, and write it. To be called once, when it is sent."""
        match self._update:
            case ChopsUpdate() as chops:
                pieces = _painted(chops)
            case LayoutUpdate(region=region, strips=rows):
                pieces = ((y, region.x, Strip.join(row)) for y, row in enumerate(rows, region.y))
            case other:
                self._sheet.forget()
                return other.render_segments(console)
        pen = Pen(console._color_system)  # noqa: SLF001 - Rich has its name alone in public
        sent = (one for piece in pieces for one in self._sheet.put(piece))
        written = [Control.move_to(x, y).segment.text + pen.write(strip) for y, x, strip in sent]
        return "".join([*written, pen.end()])


def _painted(update: ChopsUpdate) -> Iterator[Piece]:
    """What is to be painted of each widget in each row."""
    for y, start, end in update.spans:
        for chop_end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            first, last = max(x, start), min(chop_end, end)
            if strip is None or first >= last:
                continue
            first -= _is_inside(strip, first - x)
            last += _is_inside(strip, last - x)
            yield y, first, strip.crop(first - x, last - x)


def _is_inside(strip: Strip, column: int) -> bool:
    """Whether a column is the second of a wide character, which is sent whole."""
    if not 0 < column < strip.cell_length:
        return False
    return cell_len(strip.crop(column - 1, column + 1).text[:1]) == 2
