"""Writes styled text for a terminal with as few changes of style as it needs.

Rich says foreground and background of every piece, and resets both after it: 40 bytes where 20 would do.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.style import Style
from textual.strip import Strip


class _Look(NamedTuple):
    """The parameters of SGR (ECMA-48, 8.3.117) that make a style; empty: what the terminal has by itself."""

    attributes: str = ""
    ink: str = ""
    ground: str = ""


_PLAIN = _Look()


class Pen:
    """Begins and ends plain; in between, it remembers how the terminal writes now."""

    def __init__(self, colors: ColorSystem | None) -> None:
        self._colors = colors
        self._look = _PLAIN

    def write(self, strip: Strip) -> str:
        """Return what writes a strip where the cursor is."""
        written: list[str] = []
        for text, style, _ in strip:
            if style is not None and style.link:
                written += [self.end(), style.render(text, color_system=self._colors)]
            elif text:
                look = _look_of(style, self._colors) if style is not None and self._colors else _PLAIN
                written += [_change(self._look, look), text]
                self._look = look
        return "".join(written)

    def end(self) -> str:
        """Return what makes the terminal write plainly again."""
        change, self._look = _change(self._look, _PLAIN), _PLAIN
        return change


@lru_cache(4096)
def _look_of(style: Style, colors: ColorSystem) -> _Look:
    attributes = Strip.render_ansi(style.without_color, colors)
    return _Look(attributes, _codes(style.color, colors, ink=True), _codes(style.bgcolor, colors, ink=False))


def _codes(color: Color | None, colors: ColorSystem, *, ink: bool) -> str:
    if color is None or color.is_default:
        return ""
    return ";".join(color.downgrade(colors).get_ansi_codes(ink))


@lru_cache(4096)
def _change(before: _Look, after: _Look) -> str:
    if before == after:
        return ""
    if (before.attributes and before.attributes != after.attributes) or after == _PLAIN:
        return "\x1b[" + ";".join(["0", *filter(None, after)]) + "m"
    codes = [after.attributes] if after.attributes != before.attributes else []
    codes += [after.ink or "39"] if after.ink != before.ink else []
    codes += [after.ground or "49"] if after.ground != before.ground else []
    return "\x1b[" + ";".join(codes) + "m"
