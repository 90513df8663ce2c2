"""What goes on in the application behind its views: the watcher, copies, the change that can be undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from textual import events
from textual.app import App
from textual.timer import Timer

from tui import messages
from tui.copies import Copies, State
from tui.library import Library
from tui.mounted import Standing
from tui.screens.drafting import Draft
from tui.screens.view import View
from tui.undoing import STEP, Undoing
from tui.watching import News, Watcher
from tui.writing.written import Undo

_MEASURED = 1.0
"""Seconds between two looks at copies that go on."""

_TWICE = 3.0
"""Seconds in which leaving is asked for again to mean it."""


class Background(App[None]):
    """An application with views, some of which live on unseen."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self.undoing = Undoing()
        self.drafts: dict[tuple[str, str, str, int], Draft] = {}
        """Texts that were left for later."""
        self.copies = Copies(lambda copy: self.post_message(messages.CopyEnded(copy)))
        self.mounts: Standing = ()
        """What is mounted where, as of the watcher's last look."""
        self.watcher = Watcher(library, self._tell)
        self.is_painted = False
        """Whether there is something to see."""
        self._held: dict[str, Callable[[], object]] = {}
        self._counting: Timer | None = None
        self._measuring: Timer | None = None
        self._is_leaving = 0.0

    @property
    def view(self) -> View:
        """The view that is shown, perhaps below a box."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, View))

    def _telling(self) -> View | None:
        """The view that is shown, unless its widgets are not there yet, or not any more."""
        shown = next((one for one in reversed(self.screen_stack) if isinstance(one, View)), None)
        return shown if shown is not None and shown.is_composed and shown.query("#footer") else None

    def live_views(self) -> Sequence[View]:
        """All views that live, shown or not."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Follow the store from when there is something to see."""
        self.when_painted("watcher", self.watcher.begin)

    def on_unmount(self) -> None:
        """Leave nothing half done."""
        self.watcher.end()
        self.copies.leave()

    # The first frame

    @property
    def is_holding(self) -> bool:
        """Whether something waits for the first frame."""
        return bool(self._held)

    def when_painted(self, what: str, act: Callable[[], object]) -> None:
        """Do something as soon as the first frame is on the screen; asked again before that, only the last.

        A thread would take the interpreter from what paints it.
        """
        if self.is_painted:
            act()
        else:
            self._held[what] = act

    def painted(self) -> None:
        """A frame is on the screen."""
        if not self.is_painted:
            self.is_painted = True
            self.call_later(self._let_go)

    def _let_go(self) -> None:
        while self._held:
            self._held.pop(next(iter(self._held)))()

    # What others do

    def _tell(self, news: Sequence[News], projects_moved: bool, mounts: Standing | None) -> None:
        """Pass on what the watcher found, from its thread."""
        self.post_message(messages.Heard(news, projects_moved=projects_moved, mounts=mounts))

    def on_heard(self, event: messages.Heard) -> None:
        """Have the view that is shown take it in; the others do so when they are shown again."""
        shown = self._telling()
        if event.mounts is not None:
            self.mounts = event.mounts
            if shown is not None:
                shown.show_header()
        if not event.news and not event.projects_moved:
            return
        for view in self.live_views():
            if view is shown:
                view.hear(event.news, projects_moved=event.projects_moved)
            elif view.is_composed:
                view.is_behind = True

    async def on_event(self, event: events.Event) -> None:
        """Look at the store as often as at first while somebody is there."""
        if isinstance(event, events.Key):
            self.watcher.somebody_is_there()
        await super().on_event(event)

    # The last change

    def offer_undo(self, undo: Undo | None) -> None:
        """Offer to take a change back for a while."""
        self.undoing.offer(undo)
        if self._counting is None and undo is not None:
            self._counting = self.set_interval(STEP, self._count_down)

    def _count_down(self) -> None:
        if not self.undoing.left and self._counting is not None:
            self._counting.stop()
            self._counting = None
        if (view := self._telling()) is not None:
            view.show_footer()

    # Copies

    def watch_copies(self) -> None:
        """Tell in the header how far copies are, as long as there are any."""
        self.view.show_header()
        if self._measuring is None:
            self._measuring = self.set_interval(_MEASURED, self._measure)

    def _measure(self) -> None:
        if not self.copies.running and self._measuring is not None:
            self._measuring.stop()
            self._measuring = None
        if (view := self._telling()) is not None:
            view.show_header()

    def on_copy_ended(self, event: messages.CopyEnded) -> None:
        """Say what came of a copy."""
        if (view := self._telling()) is not None:
            view.say(event.copy.said(), bad=event.copy.state is State.FAILED)
            view.show_header()

    def leave(self) -> None:
        """End, unless copies go on: then only if that is asked for twice."""
        count = len(self.copies.running)
        if count and time.monotonic() - self._is_leaving > _TWICE:
            self._is_leaving = time.monotonic()
            what = "a copy goes" if count == 1 else f"{count} copies go"
            self.view.say(f"{what} on; once more cancels and leaves", bad=True)
            return
        self.exit()
