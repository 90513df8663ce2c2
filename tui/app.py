"""The application: its looks, its screens, and how it ends."""

from __future__ import annotations

import os
import sys

from textual.app import App
from textual.theme import Theme

from mvfs import notices
from mvfs.text import line
from tui import theme
from tui.opening import Opened
from tui.screens.browse import BrowseScreen

_SWITCH_INTERVAL = 0.0005
"""Seconds a worker may hold the interpreter while a key waits; Python's own 5 ms are felt."""


class MvfsApp(App[None]):
    """Browses one store."""

    CSS_PATH = "app.tcss"
    TITLE = "mvfs"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(self, opened: Opened) -> None:
        # Textual decides on its colour filters while it is being made, so the theme has to be there before.
        self.set_reactive(MvfsApp.theme, theme.wanted_theme(os.environ))
        super().__init__()
        self.animation_level = "none"
        self._opened = opened

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Ours, and no others."""
        return dict(theme.THEMES)

    def on_mount(self) -> None:
        """Show what the library has to tell; on standard error it would go into the picture."""
        notices.tell_by(self._notice)

    def on_unmount(self) -> None:
        """Leave it to others again."""
        notices.tell_by(None)

    def _notice(self, text: str) -> None:
        self.call_later(self.notify, line(text), severity="warning", markup=False)  # from any thread

    def get_default_screen(self) -> BrowseScreen:
        """The browser."""
        return BrowseScreen(self._opened)


def browse(opened: Opened, *, mouse: bool = True) -> int:
    """Run the UI until the user leaves; return the exit code."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    app = MvfsApp(opened)
    app.run(mouse=mouse)
    return app.return_code or 0
