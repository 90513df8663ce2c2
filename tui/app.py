"""The application: its looks, its views, where one has been, and how it ends."""

from __future__ import annotations

import os
import sys

from textual.app import App
from textual.theme import Theme

from mvfs import notices
from mvfs.text import line
from tui import theme
from tui.history import History
from tui.opening import Opened
from tui.place import Place
from tui.screens import table
from tui.screens.browse import BrowseScreen
from tui.screens.view import View

_SWITCH_INTERVAL = 0.0005
"""Seconds a worker may hold the interpreter while a key waits; Python's own 5 ms are felt."""


class MvfsApp(App[None]):
    """Shows one store."""

    CSS_PATH = "app.tcss"
    TITLE = "mvfs"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(self, opened: Opened, *, unlocked: bool = False) -> None:
        # Textual decides on its colour filters while it is being made, so the theme has to be there before.
        self.set_reactive(MvfsApp.theme, theme.wanted_theme(os.environ))
        super().__init__()
        self.animation_level = "none"
        self.is_unlocked = unlocked
        """Whether the store may be changed."""
        self.history = History(str(opened.place))
        self._opened = opened
        self._views: dict[str, View] = {}

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

    # Places

    def get_default_screen(self) -> View:
        """The view of the place that was asked for."""
        word = self._opened.place.view
        if word == BrowseScreen.WORD:
            return self._keep(word, BrowseScreen(self._opened.library, self._opened))
        view = self._keep(word, table.load(word)(self._opened.library))
        view.due = self._opened.place
        return view

    @property
    def view(self) -> View:
        """The view that is shown, perhaps below a box."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, View))

    def go(self, place: Place) -> None:
        """Visit a place."""
        if place.view not in table.VIEWS:
            self.view.say(f"there is no view '{place.view}'", bad=True)
            return
        self._leave()
        self.history.go(str(place))
        self._show(place)

    def back(self) -> None:
        """Go to the place before."""
        self._step(-1)

    def forward(self) -> None:
        """Go where one came back from."""
        self._step(1)

    def previous(self) -> None:
        """Go where one was before the present place; from there it leads back here."""
        self._leave()
        place = self.history.last
        if place is not None:
            self.history.go(place)
            self._show(Place.parse(place))

    def _step(self, by: int) -> None:
        self._leave()
        place = self.history.step(by)
        if place is not None:
            self._show(Place.parse(place))

    def _leave(self) -> None:
        """Remember the present place as it is now, with its filter and sort."""
        self.history.note(str(self.view.where()))

    def _show(self, place: Place) -> None:
        view = self._views.get(place.view)
        if view is None:
            view = self._keep(place.view, table.load(place.view)(self._opened.library))
        if view is self.screen:
            view.arrive(place)
            return
        view.due = place
        while not isinstance(self.screen, View):
            self.pop_screen()
        self.switch_screen(view)

    def _keep(self, word: str, view: View) -> View:
        """Have a view live on while another one is shown, so that one comes back to what one left."""
        self._views[word] = view
        self.install_screen(view, word)
        return view


def browse(opened: Opened, *, mouse: bool = True, unlocked: bool = False) -> int:
    """Run the UI until the user leaves; return the exit code."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    app = MvfsApp(opened, unlocked=unlocked)
    app.run(mouse=mouse)
    return app.return_code or 0
