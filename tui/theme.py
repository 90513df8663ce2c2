"""How the UI looks: our dark theme, the terminal's own colours, and what each role of text looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style
from textual.theme import Theme

DARK = "mvfs-dark"
ANSI = "mvfs-ansi"

_BACKGROUND, _BAR, _BOX = "#14171d", "#1a1e26", "#232a37"
_CURSOR, _RESTING = "#2d4261", "#20252f"
_TEXT, _MUTED, _FAINT, _LINE = "#d9dee7", "#a3adbe", "#8791a6", "#2a303b"
_ACCENT, _BEST, _LATEST = "#8cb6ff", "#f4c968", "#7fd6b0"
_PRODUCTION, _ALIAS, _BAD = "#f59ec0", "#b9abf7", "#ff8f85"
_ADDED, _REMOVED = "#7fd6b0", "#ffa48a"
"""Teal and orange rather than green and red: told apart by everybody, and there are glyphs beside."""

THEMES = {
    DARK: Theme(
        name=DARK,
        primary=_ACCENT,
        accent=_ACCENT,
        warning=_BEST,
        error=_BAD,
        success=_LATEST,
        foreground=_TEXT,
        background=_BACKGROUND,
        surface=_BOX,
        panel=_BAR,
        variables={
            "line": _LINE,
            "scrollbar": "#333b49",
            "scrollbar-hover": "#465063",
            "scrollbar-active": "#5a6680",
            "scrollbar-background": _BACKGROUND,
            "scrollbar-background-hover": _BACKGROUND,
            "scrollbar-background-active": _BACKGROUND,
            "scrollbar-corner-color": _BACKGROUND,
            "input-cursor-background": _TEXT,
            "input-cursor-foreground": _BACKGROUND,
            "input-selection-background": _CURSOR,
        },
    ),
    ANSI: Theme(
        name=ANSI,
        ansi=True,
        primary="ansi_cyan",
        accent="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            "line": "ansi_bright_black",
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "scrollbar": "ansi_bright_black",
            "scrollbar-hover": "ansi_bright_black",
            "scrollbar-active": "ansi_white",
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
            "scrollbar-corner-color": "ansi_default",
            "input-cursor-background": "ansi_white",
            "input-cursor-foreground": "ansi_black",
            "input-selection-background": "ansi_blue",
        },
    ),
}

Styles = Mapping[str, Style]
"""What each role looks like on one kind of ground."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The looks of all roles, by the ground they stand on."""

    plain: Styles
    cursor: Styles
    """The row under the cursor of the focused list."""
    resting: Styles
    """The row under the cursor of another list."""
    bar: Styles
    """Header and footer."""
    box: Styles
    """A box over the screen."""


def wanted_theme(environ: Mapping[str, str]) -> str:
    """Our theme; over SSH and without colour the terminal's own, which takes half the bytes."""
    plain = "NO_COLOR" in environ or "SSH_TTY" in environ or "SSH_CONNECTION" in environ
    return ANSI if plain else DARK


def palette(theme: str) -> Palette:
    """The palette of one of `THEMES`."""
    return _PALETTES[theme]


_COLOURS = {
    "text": Style(color=_TEXT),
    "strong": Style(color=_TEXT, bold=True),
    "muted": Style(color=_MUTED),
    "faint": Style(color=_FAINT),
    "line": Style(color=_LINE),
    "accent": Style(color=_ACCENT),
    "title": Style(color=_ACCENT, bold=True),
    "best": Style(color=_BEST),
    "latest": Style(color=_LATEST),
    "production": Style(color=_PRODUCTION),
    "alias": Style(color=_ALIAS),
    "bad": Style(color=_BAD),
    "added": Style(color=_ADDED),
    "removed": Style(color=_REMOVED),
    "changed": Style(color=_BEST),
    "moved": Style(color=_ALIAS),
    "added_line": Style(color="#b5e8d0", bgcolor="#142620"),
    "removed_line": Style(color="#ffc9b8", bgcolor="#2c1e1b"),
    "added_word": Style(color="#eafff6", bgcolor="#23604a"),
    "removed_word": Style(color="#fff0eb", bgcolor="#743a28"),
}

_ANSI_COLOURS = {
    "text": Style(),
    "strong": Style(bold=True),
    "muted": Style(dim=True),
    "faint": Style(dim=True),
    "line": Style(dim=True),
    "accent": Style(color="cyan"),
    "title": Style(color="cyan", bold=True),
    "best": Style(color="yellow"),
    "latest": Style(color="green"),
    "production": Style(color="magenta"),
    "alias": Style(color="cyan"),
    "bad": Style(color="red", bold=True),
    "added": Style(color="green"),
    "removed": Style(color="red"),
    "changed": Style(color="yellow"),
    "moved": Style(color="magenta"),
    "added_line": Style(color="green"),
    "removed_line": Style(color="red"),
    "added_word": Style(color="green", bold=True, underline=True),
    "removed_word": Style(color="red", bold=True, underline=True),
}

_QUIET = ("muted", "faint", "strong")
"""Roles that look like text under the cursor: easier to read, and one run of bytes."""


def _on(ground: str, roles: Mapping[str, Style]) -> Styles:
    return {role: Style(bgcolor=ground) + style for role, style in roles.items()}


def _levelled(ground: str, roles: Mapping[str, Style]) -> Styles:
    under = {role: style + Style(bgcolor=ground) for role, style in roles.items()}
    return {role: under["text"] if role in _QUIET else style for role, style in under.items()}


def _all(style: Style) -> Styles:
    return dict.fromkeys(_ANSI_COLOURS, style)


_PALETTES = {
    DARK: Palette(
        plain=_on(_BACKGROUND, _COLOURS),
        cursor=_levelled(_CURSOR, _COLOURS),
        resting=_levelled(_RESTING, _COLOURS),
        bar=_on(_BAR, _COLOURS),
        box=_on(_BOX, _COLOURS),
    ),
    ANSI: Palette(
        plain=_ANSI_COLOURS,
        cursor=_all(Style(reverse=True)),
        resting=_all(Style(bold=True)),
        bar=_ANSI_COLOURS,
        box=_ANSI_COLOURS,
    ),
}
