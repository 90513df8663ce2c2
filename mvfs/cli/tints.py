"""Colours of what was added, removed, changed or moved; none where they would be in the way."""

from __future__ import annotations

from mvfs.cli.terminal import wanted
from mvfs.diff.model import GLYPHS, Kind

_CODES = {Kind.ADDED: "32", Kind.REMOVED: "31", Kind.CHANGED: "33", Kind.MOVED: "36"}
TITLE, QUIET, WARNING, FRAME = "1", "2", "1;33", "36"


def tinted(words: str, code: str) -> str:
    """Inert text in a colour of the terminal's palette, where colours are wanted."""
    return f"\x1b[{code}m{words}\x1b[0m" if code and words and wanted() else words


def of_kind(words: str, kind: Kind, *, stands_out: bool = False) -> str:
    """Inert text in the colour of a kind of change."""
    code = _CODES.get(kind, "")
    return tinted(words, f"1;7;{code}" if stands_out else code)


def glyph(kind: Kind) -> str:
    """``+``, ``-``, ``~`` or ``>`` in its colour."""
    return of_kind(GLYPHS[kind], kind)
