"""What a partial repaint sends to the terminal: only the columns that are to be painted.

Textual 8.2 cuts what is right of them, and sends what is left of them again.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate
from textual.strip import Strip


class SparingUpdate(ChopsUpdate):
    """A `ChopsUpdate` that sends no column for nothing."""

    @classmethod
    def of(cls, update: ChopsUpdate) -> SparingUpdate:
        """The same update, as it is sent here."""
        return cls(update.chops, update.spans, update.chop_ends)

    def render_segments(self, console: Console) -> str:
        """Move to each piece that is painted anew, and write it."""
        sent: list[str] = []
        for y, start, end in self.spans:
            for chop_end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                first, last = max(x, start), min(chop_end, end)
                if strip is None or first >= last:
                    continue
                first -= _is_inside(strip, first - x)
                last += _is_inside(strip, last - x)
                sent.append(Control.move_to(first, y).segment.text)
                sent.append(strip.crop(first - x, last - x).render(console))
        return "".join(sent)


def _is_inside(strip: Strip, column: int) -> bool:
    """Whether a column is the second of a wide character, which is sent whole."""
    if not 0 < column < strip.cell_length:
        return False
    return cell_len(strip.crop(column - 1, column + 1).text[:1]) == 2
