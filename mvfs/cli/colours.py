"""Colours of the terminal's own palette for the pieces of a drawing; none where they would be in the way."""

from __future__ import annotations

from mvfs.cli.terminal import wanted
from mvfs.lineage.drawing import Line, Style

_CODES: dict[str, str] = {
    Style.EDGE: "2",
    Style.DATASET: "36",
    Style.MODEL: "32",
    Style.RUN: "33",
    Style.GONE: "31",
    Style.QUIET: "2",
    Style.FOCUS: "1",
}
"""Parameters of SGR; what has none is written as it is."""


def painted(line: Line) -> str:
    """The text of a line, with colours where they are wanted. The pieces are inert already."""
    if not wanted():
        return "".join(piece.text for piece in line)
    return "".join(
        f"\x1b[{code}m{piece.text}\x1b[0m" if (code := _CODES.get(piece.style)) else piece.text
        for piece in line
    )
