"""How the UI looks: our dark and light themes, the terminal's own colours, and what each role looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rich.style import Style
from textual.theme import Theme

DARK = "mvfs-dark"
LIGHT = "mvfs-light"
ANSI = "mvfs-ansi"
CHOICES = {"dark": DARK, "light": LIGHT, "ansi": ANSI}
"""What a user calls the themes; ``ansi`` has the terminal's own colours."""


class Colours(NamedTuple):
    """The colours of a theme: grounds first, then what stands on them (WCAG AA but for lines)."""

    background: str
    bar: str
    box: str
    cursor: str
    resting: str
    scrollbar: str
    text: str
    muted: str
    faint: str
    line: str
    accent: str
    best: str
    latest: str
    production: str
    alias: str
    bad: str
    added: str
    """The ground of a line that was added; of words in it ``added_word``."""
    removed: str
    added_word: str
    removed_word: str


_DARK = Colours(
    background="#14171d", bar="#1a1e26", box="#232a37", cursor="#2d4261", resting="#20252f",
    scrollbar="#333b49", text="#d9dee7", muted="#a3adbe", faint="#8791a6", line="#2a303b",
    accent="#8cb6ff", best="#f4c968", latest="#7fd6b0", production="#f59ec0", alias="#b9abf7", bad="#ff8f85",
    added="#152821", removed="#30201f", added_word="#1d5742", removed_word="#6e342d",
)  # fmt: skip

_LIGHT = Colours(
    background="#fbfbf9", bar="#edeff3", box="#eceff5", cursor="#cfe0fb", resting="#e6e9ef",
    scrollbar="#c3c9d4", text="#1d232e", muted="#465063", faint="#596274", line="#cdd2dc",
    accent="#1b4da6", best="#734800", latest="#0f5c3e", production="#8f1d5a", alias="#5538ad", bad="#a01d1d",
    added="#e2f3e9", removed="#fdeae7", added_word="#b4e2c6", removed_word="#f7c6c0",
)  # fmt: skip


def _theme(name: str, colours: Colours, *, dark: bool) -> Theme:
    ground = dict.fromkeys(
        ("background", "background-hover", "background-active", "corner-color"), colours.background
    )
    return Theme(
        name=name,
        dark=dark,
        primary=colours.accent,
        accent=colours.accent,
        warning=colours.best,
        error=colours.bad,
        success=colours.latest,
        foreground=colours.text,
        background=colours.background,
        surface=colours.box,
        panel=colours.bar,
        variables={
            "line": colours.line,
            "scrollbar": colours.scrollbar,
            "scrollbar-hover": colours.faint,
            "scrollbar-active": colours.muted,
            "input-cursor-background": colours.text,
            "input-cursor-foreground": colours.background,
            "input-selection-background": colours.cursor,
        }
        | {f"scrollbar-{part}": colour for part, colour in ground.items()},
    )


THEMES = {
    DARK: _theme(DARK, _DARK, dark=True),
    LIGHT: _theme(LIGHT, _LIGHT, dark=False),
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


def wanted_theme(environ: Mapping[str, str], chosen: str | None = None) -> str:
    """The theme of one of `CHOICES`; else ours, but over SSH the terminal's own, which takes half the bytes.

    Without colour it is always the terminal's own.
    """
    if "NO_COLOR" in environ:
        return ANSI
    if chosen is not None:
        return CHOICES[chosen]
    return ANSI if "SSH_TTY" in environ or "SSH_CONNECTION" in environ else DARK


def palette(theme: str) -> Palette:
    """The palette of one of `THEMES`."""
    return _PALETTES[theme]


class _Role(NamedTuple):
    colour: str
    """The field of `Colours`."""
    ansi: str | None = None
    """The terminal's colour for it."""
    bold: bool = False
    dim: bool = False
    """Whether it is dimmed where the terminal's colours are used."""
    ground: str | None = None
    """The field of `Colours` for a ground of its own; where the terminal's colours are used, none has."""
    underline: bool = False
    """Whether it is underlined where the terminal's colours are used."""


_ROLES = {
    "text": _Role("text"),
    "strong": _Role("text", bold=True),
    "muted": _Role("muted", dim=True),
    "faint": _Role("faint", dim=True),
    "line": _Role("line", dim=True),
    "accent": _Role("accent", "cyan"),
    "title": _Role("accent", "cyan", bold=True),
    "best": _Role("best", "yellow"),
    "latest": _Role("latest", "green"),
    "production": _Role("production", "magenta"),
    "alias": _Role("alias", "cyan"),
    "bad": _Role("bad", "red", bold=True),
    "added": _Role("latest", "green"),
    "removed": _Role("bad", "red"),
    "changed": _Role("best", "yellow"),
    "moved": _Role("alias", "magenta"),
    "added_line": _Role("text", "green", ground="added"),
    "removed_line": _Role("text", "red", ground="removed"),
    "added_word": _Role("text", "green", bold=True, ground="added_word", underline=True),
    "removed_word": _Role("text", "red", bold=True, ground="removed_word", underline=True),
}
"""The roles that a text can play."""

_QUIET = ("muted", "faint", "strong")
"""Roles that look like text under the cursor: easier to read, and one run of bytes."""


def _on(colours: Colours, ground: str, *, only: bool = False) -> Styles:
    """What roles look like on a ground; ``only`` where none has one of its own."""

    def under(role: _Role) -> str:
        return ground if only or role.ground is None else getattr(colours, role.ground)

    return {
        name: Style(color=getattr(colours, role.colour), bgcolor=under(role), bold=role.bold or None)
        for name, role in _ROLES.items()
    }


def _levelled(roles: Styles) -> Styles:
    return {role: roles["text"] if role in _QUIET else style for role, style in roles.items()}


def _all(style: Style) -> Styles:
    return dict.fromkeys(_ROLES, style)


def _palette(colours: Colours) -> Palette:
    return Palette(
        plain=_on(colours, colours.background),
        cursor=_levelled(_on(colours, colours.cursor, only=True)),
        resting=_levelled(_on(colours, colours.resting, only=True)),
        bar=_on(colours, colours.bar),
        box=_on(colours, colours.box),
    )


_TERMINAL: Styles = {
    name: Style(
        color=role.ansi, bold=role.bold or None, dim=role.dim or None, underline=role.underline or None
    )
    for name, role in _ROLES.items()
}

_PALETTES = {
    DARK: _palette(_DARK),
    LIGHT: _palette(_LIGHT),
    ANSI: Palette(
        plain=_TERMINAL,
        cursor=_all(Style(reverse=True)),
        resting=_all(Style(bold=True)),
        bar=_TERMINAL,
        box=_TERMINAL,
    ),
}
