"""The application: its looks, its views, where one has been, and how it ends."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual import events
from textual._compositor import CompositorUpdate
from textual.screen import Screen
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.theme import Theme

from mvfs import notices
from mvfs.errors import InvalidInput
from mvfs.text import line
from tui import endings, glyphs, keymap, keys, picture, theme
from tui.background import Background
from tui.history import History
from tui.opening import Opened
from tui.options import Options
from tui.place import Place
from tui.remembered import remembered
from tui.screens import table
from tui.screens.browse import BrowseScreen
from tui.screens.view import View
from tui.sparing import Sheet, SparingUpdate
from tui.strips import WholeCells

if TYPE_CHECKING:
    from textual.pilot import Pilot

_SWITCH_INTERVAL = 0.0005
"""Seconds a worker may hold the interpreter while a key waits; Python's own 5 ms are felt."""


class MvfsApp(Background):
    """Shows one store."""

    CSS_PATH = "app.tcss"
    TITLE = "mvfs"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(self, opened: Opened, options: Options | None = None) -> None:
        options = options or Options()
        glyphs.use_ascii(options.ascii)
        # Textual decides on its colour filters while it is being made, so the theme has to be there before.
        self.set_reactive(MvfsApp.theme, theme.wanted_theme(os.environ, options.theme))
        super().__init__(opened.library)
        self.set_class(options.ascii, "-ascii")
        ScrollBar.renderer = WholeCells if options.ascii else ScrollBarRender
        self.animation_level = "none"
        self.options = options
        self._keymap_read, self._trouble = keymap.read(keymap.keymap_file())
        keys.remap(self._keymap_read)
        self.is_unlocked = options.unlocked
        """Whether the store may be changed."""
        self.remembered = remembered(opened.library.location)
        self.history = History(str(opened.place))
        self._opened = opened
        self._views: dict[str, View] = {}
        self._sheet = Sheet()

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Ours, and no others."""
        return dict(theme.THEMES)

    def on_mount(self) -> None:
        """Show what the library has to tell; on standard error it would go into the picture."""
        notices.tell_by(self._notice)
        self.app_resume_signal.subscribe(self, lambda _: self.repaint(), immediate=True)
        if not self.is_headless:
            endings.heed(lambda code: self.exit(return_code=code))
        self.set_keymap({name: ",".join(found) for name, found in self._keymap_read.items()})
        for trouble in self._trouble:
            self._notice(trouble)

    def on_unmount(self) -> None:
        """Leave it to others again."""
        notices.tell_by(None)

    def exit(self, *words: Any, **more: Any) -> None:
        """End, and remember where one was."""
        self.remembered.place = str(self.view.where())
        super().exit(*words, **more)

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Send a part of the screen, or all of it, without what the terminal shows already."""
        if isinstance(renderable, CompositorUpdate):
            renderable = SparingUpdate(renderable, self._sheet)
        super()._display(screen, renderable)
        if renderable is not None and not self._batch_count:
            self.painted()

    async def on_event(self, event: events.Event) -> None:
        """Paint everything when the terminal has another size: it may have moved what it shows."""
        if isinstance(event, events.Resize):
            self._sheet.forget()
        await super().on_event(event)

    def repaint(self) -> None:
        """Paint everything, whatever the terminal shows: an editor was there, or something wrote to it."""
        self._sheet.forget()
        self.screen.refresh()

    def _notice(self, text: str) -> None:
        self.call_later(self.notify, line(text), severity="warning", markup=False)  # from any thread

    # Places

    def get_default_screen(self) -> View:
        """The view of the place that was asked for."""
        word = self._opened.place.view
        if word == BrowseScreen.WORD:
            view = self._keep(word, BrowseScreen(self._opened.library, self._opened))
        else:
            view = self._keep(word, table.load(word)(self._opened.library))
            view.due = self._opened.place
        view._push_result_callback(view, None)  # noqa: SLF001 - Textual expects one when it switches from it
        return view

    def live_views(self) -> Sequence[View]:
        """All views that were shown."""
        return list(self._views.values())

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
        view.hush()
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


def browse(opened: Opened, options: Options, *, mouse: bool = True) -> int:
    """Run the UI until the user leaves; return the exit code."""
    _check(opened)
    sys.setswitchinterval(_SWITCH_INTERVAL)
    app = MvfsApp(opened, options)
    gc.disable()
    app.when_painted("garbage", _collect_garbage)
    app.run(mouse=mouse)
    app.remembered.save()
    code = app.return_code or 0
    if code == endings.HANGUP:
        endings.let_go()
    return code


def _collect_garbage() -> None:
    """Collect it again, but leave be what is there by the first frame: looking at that, a key would wait."""
    gc.freeze()
    gc.enable()


def frame(opened: Opened, options: Options, size: tuple[int, int], *, colour: bool) -> list[str]:
    """The rows of one frame, drawn without a terminal when all that it shows was read."""
    _check(opened)
    rows: list[str] = []

    async def take(pilot: Pilot[Any]) -> None:
        await picture.settle(pilot)
        rows.extend(picture.coloured(pilot.app) if colour else picture.plain(pilot.app))
        pilot.app.exit()

    app = MvfsApp(opened, options)
    app.run(headless=True, size=size, auto_pilot=take)
    return rows


def _check(opened: Opened) -> None:
    if opened.place.view not in table.VIEWS:
        raise InvalidInput(f"there is no view '{opened.place.view}'")
