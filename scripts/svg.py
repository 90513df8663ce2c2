"""A frame of the terminal UI as a small SVG: cells on a grid, a class for each way that text looks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI
from textual.strip import Strip

WIDE, HIGH = 8.4, 17
"""Of a cell, in pixels, at a font of 14 pixels."""
_EDGE, _BAR = 10, 26
_WORDS = re.compile(r"\S+(?: \S+)*")
"""What stands together; of more spaces than one, viewers keep one."""
_FONT = "Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Symbols2',monospace"


@dataclass(frozen=True, slots=True)
class Piece:
    """Cells beside each other that look the same."""

    column: int
    cells: int
    text: str
    style: Style


def drawn(rows: Sequence[Strip], title: str) -> str:
    """The rows in a window with a title."""
    wide = round(max(row.cell_length for row in rows) * WIDE) + 2 * _EDGE
    high = len(rows) * HIGH + _BAR + _EDGE
    counted = Counter(colour for row in rows for colour, _, _ in _grounds(_pieces(row)))
    ground = counted.most_common(1)[0][0] or "#14171d"
    classes: dict[str, str] = {}
    body = [line for number, row in enumerate(rows) for line in _row(number, row, ground, classes)]
    rules = "".join(f".{name}{{{rule}}}" for rule, name in classes.items())
    dots = "".join(f'<circle cx="{18 + 16 * n}" cy="14" r="5" fill="#565f89"/>' for n in range(3))
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}">',
        f"<style>text{{font:14px {_FONT}}}{rules}</style>",
        f'<rect width="{wide}" height="{high}" rx="8" fill="{ground}"/>{dots}',
        f'<text x="{wide / 2:.0f}" y="18" text-anchor="middle" fill="#8a91b5">{escape(title)}</text>',
        *body,
        "</svg>",
        "",
    ])  # fmt: skip


def _row(number: int, row: Strip, ground: str, classes: dict[str, str]) -> Iterator[str]:
    """Backgrounds that differ from the window's, then text."""
    top = _BAR + number * HIGH
    pieces = list(_pieces(row))
    for colour, column, cells in _grounds(pieces):
        if colour != ground:
            x = _EDGE + column * WIDE
            yield f'<rect x="{x:.1f}" y="{top}" width="{cells * WIDE:.1f}" height="{HIGH}" fill="{colour}"/>'
    words = []
    for piece in pieces:
        for found in _WORDS.finditer(piece.text):
            name = classes.setdefault(_rule(piece.style), f"s{len(classes)}")
            x = _EDGE + (piece.column + cell_len(piece.text[: found.start()])) * WIDE
            wide = "" if found[0].isascii() else f' textLength="{cell_len(found[0]) * WIDE:.1f}"'
            words.append(f'<tspan x="{x:.1f}" class="{name}"{wide}>{escape(found[0], quote=False)}</tspan>')
    if words:
        yield f'<text y="{top + 13}">{"".join(words)}</text>'


def _pieces(row: Strip) -> Iterator[Piece]:
    column = 0
    held: Piece | None = None
    for segment in row:
        style = segment.style or Style()
        is_blank = not segment.text.strip()
        if held is not None and (held.style == style or (is_blank and _ground(held.style) == _ground(style))):
            held = Piece(held.column, held.cells + segment.cell_length, held.text + segment.text, held.style)
        else:
            if held is not None:
                yield held
            held = Piece(column, segment.cell_length, segment.text, style)
        column += segment.cell_length
    if held is not None:
        yield held


def _grounds(pieces: Iterable[Piece]) -> Iterator[tuple[str, int, int]]:
    """Stretches of one background: colour, column and cells."""
    held: tuple[str, int, int] | None = None
    for piece in pieces:
        colour = _ground(piece.style)
        if held is not None and held[0] == colour:
            held = (colour, held[1], held[2] + piece.cells)
        else:
            if held is not None:
                yield held
            held = (colour, piece.column, piece.cells)
    if held is not None:
        yield held


def _rule(style: Style) -> str:
    """What CSS says of a way to look."""
    rule = f"fill:{_front(style)}"
    rule += ";font-weight:bold" if style.bold else ""
    rule += ";font-style:italic" if style.italic else ""
    rule += ";text-decoration:underline" if style.underline else ""
    rule += ";opacity:.6" if style.dim else ""
    return rule


def _front(style: Style) -> str:
    return _colour(style, ground=bool(style.reverse)) or "#c0caf5"


def _ground(style: Style) -> str:
    return _colour(style, ground=not style.reverse) or ""


def _colour(style: Style | None, *, ground: bool) -> str:
    found: Color | None = None if style is None else style.bgcolor if ground else style.color
    return "" if found is None else found.get_truecolor(DIMMED_MONOKAI, foreground=not ground).hex
