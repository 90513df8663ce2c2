"""How a user wants the UI: from the command line, the environment, and ``[tui]`` in the config file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mvfs import settings
from mvfs.errors import InvalidInput

THEMES = ("dark", "light", "ansi")
CLIPBOARDS = ("auto", "osc52", "tmux", "native", "file")


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen."""

    theme: str | None = None
    """One of `THEMES`; None: what fits the terminal."""
    ascii: bool = False
    """Whether only ASCII is drawn."""
    unlocked: bool = False
    """Whether the store may be changed from the start."""
    clipboard: str = "auto"
    """One of `CLIPBOARDS`: how text is copied."""


def options(environ: Mapping[str, str], *, theme: str | None, ascii: bool, unlocked: bool) -> Options:  # noqa: A002
    """What the command line says, else the environment, else the config file.

    Raises:
        InvalidInput: one of them says what there is not.
    """
    clipboard = environ.get("MVFS_CLIPBOARD") or _word("clipboard", CLIPBOARDS) or "auto"
    if clipboard not in CLIPBOARDS:
        raise InvalidInput(f"$MVFS_CLIPBOARD is '{clipboard}'; it can be {', '.join(CLIPBOARDS)}")
    plain = settings.tui_setting("ascii")
    if plain not in (None, True, False):
        raise InvalidInput(f"{settings.config_file()}: 'ascii' under [tui] is true or false")
    return Options(theme or _word("theme", THEMES), ascii or plain is True, unlocked, clipboard)


def _word(name: str, known: tuple[str, ...]) -> str | None:
    value = settings.tui_setting(name)
    if value is not None and value not in known:
        raise InvalidInput(f"{settings.config_file()}: '{name}' under [tui] can be {', '.join(known)}")
    return None if value is None else str(value)
