"""Aliases as they are shown: a glyph, a word and a role, so that colour is never all that tells."""

from __future__ import annotations

from collections.abc import Sequence

from mvfs.text import line
from tui.paint import Span

_GLYPHS = {"best": "★", "latest": "●", "production": "▲"}
_OTHER = "◇"
_ORDER = {"best": 0, "production": 1, "latest": 2}


def chip(alias: str) -> Span:
    """One alias."""
    role = alias if alias in _GLYPHS else "alias"
    return f"{_GLYPHS.get(alias, _OTHER)} {line(alias)}", role


def chips(aliases: Sequence[str]) -> list[Span]:
    """Aliases side by side, the ones that everybody knows first."""
    ordered = sorted(aliases, key=lambda alias: (_ORDER.get(alias, 9), alias))
    spans: list[Span] = []
    for alias in ordered:
        if spans:
            spans.append(("  ", "text"))
        spans.append(chip(alias))
    return spans
