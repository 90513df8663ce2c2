"""The application: its looks, its views, where one has been, and how it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

from textual import events
from textual.app import App
from textual.theme import Theme
from textual.timer import Timer

from mvfs import notices
from mvfs.text import line
from tui import messages, theme
from tui.copies import Copies
from tui.history import History
from tui.mounted import Standing
from tui.opening import Opened
from tui.place import Place
from tui.screens import table
from tui.screens.browse import BrowseScreen
from tui.screens.drafting import Draft
from tui.screens.view import View
from tui.undoing import STEP, Undoing
from tui.watching import News, Watcher
from tui.writing.written import Undo

_SWITCH_INTERVAL = 0.0005
"""Seconds a worker may hold the interpreter while a key waits; Python's own 5 ms are felt."""


_MEASURED = 1.0
"""Seconds between two looks at copies that go on."""

_TWICE = 3.0
"""Seconds in which leaving is asked for again to mean it."""


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
        self.undoing = Undoing()
        self.drafts: dict[tuple[str, str, str, int], Draft] = {}
        """Texts that were left for later."""
        self.copies = Copies(lambda copy: self.post_message(messages.CopyEnded(copy)))
        self.mounts: Standing = ()
        """What is mounted where, as of the watcher's last look."""
        self.watcher = Watcher(opened.library, self._tell)
        self._opened = opened
        self._views: dict[str, View] = {}
        self._counting: Timer | None = None
        self._measuring: Timer | None = None
        self._is_leaving = 0.0

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Ours, and no others."""
        return dict(theme.THEMES)

    def on_mount(self) -> None:
        """Show what the library has to tell; on standard error it would go into the picture."""
        notices.tell_by(self._notice)
        self.watcher.begin()

    def on_unmount(self) -> None:
        """Leave it to others again, and nothing half done."""
        notices.tell_by(None)
        self.watcher.end()
        self.copies.leave()

    def _notice(self, text: str) -> None:
        self.call_later(self.notify, line(text), severity="warning", markup=False)  # from any thread

    # In the background

    def _tell(self, news: Sequence[News], projects_moved: bool, mounts: Standing | None) -> None:
        """Pass on what the watcher found, from its thread."""
        self.post_message(messages.Heard(news, projects_moved=projects_moved, mounts=mounts))

    def on_heard(self, event: messages.Heard) -> None:
        """Have the view that is shown take it in; the others do so when they are shown again."""
        shown = self.view
        if event.mounts is not None:
            self.mounts = event.mounts
            shown.show_header()
        if not event.news and not event.projects_moved:
            return
        for view in self._views.values():
            if view is shown:
                view.hear(event.news, projects_moved=event.projects_moved)
            else:
                view.is_behind = True

    async def on_event(self, event: events.Event) -> None:
        """Look at the store as often as at first while somebody is there."""
        if isinstance(event, events.Key):
            self.watcher.somebody_is_there()
        await super().on_event(event)

    def offer_undo(self, undo: Undo | None) -> None:
        """Offer to take a change back for a while."""
        self.undoing.offer(undo)
        if self._counting is None and undo is not None:
            self._counting = self.set_interval(STEP, self._count_down)

    def _count_down(self) -> None:
        if not self.undoing.left and self._counting is not None:
            self._counting.stop()
            self._counting = None
        self.view.show_footer()

    def watch_copies(self) -> None:
        """Tell in the header how far copies are, as long as there are any."""
        self.view.show_header()
        if self._measuring is None:
            self._measuring = self.set_interval(_MEASURED, self._measure)

    def _measure(self) -> None:
        if not self.copies.running and self._measuring is not None:
            self._measuring.stop()
            self._measuring = None
        self.view.show_header()

    def on_copy_ended(self, event: messages.CopyEnded) -> None:
        """Say what came of a copy."""
        self.view.say(event.copy.said(), bad=event.copy.state == "failed")
        self.view.show_header()

    def leave(self) -> None:
        """End, unless copies go on: then only if that is asked for twice."""
        count = len(self.copies.running)
        if count and time.monotonic() - self._is_leaving > _TWICE:
            self._is_leaving = time.monotonic()
            what = "a copy goes" if count == 1 else f"{count} copies go"
            self.view.say(f"{what} on; once more cancels and leaves", bad=True)
            return
        self.exit()

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
