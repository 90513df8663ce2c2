"""The frame around every view: header, banner, a line to type in, footer; and what it says for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import Reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from mvfs.text import line
from tui import keys, messages
from tui.library import Library
from tui.loading import Loader
from tui.paint import Span, cut, width_of
from tui.widgets.banner import ReachBanner
from tui.widgets.bars import Bar
from tui.widgets.prompt import FILTER, JUMP, Prompt

if TYPE_CHECKING:
    from tui.app import MvfsApp

_SETTLE = 0.06
"""Seconds that the cursor rests before what it stands on is read; what is not urgent waits as long."""

_PATIENCE = 0.1
"""Seconds after which the first frame is painted whatever happened."""

_SAID = 6.0
"""Seconds that a message stays in the footer."""


_TYPING = {FILTER: (("enter", "keep"), ("escape", "clear")),
           JUMP: (("enter", "go"), ("tab", "complete"), ("escape", "leave"))}  # fmt: skip
"""Keys while something is typed."""


class Frame(Screen[None]):
    """A screen with a body between its bars; `tui.screens.view.View` says what it shows, and what keys do."""

    AUTO_FOCUS = ""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in Textual, but the screen is not painted anew for it."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self.library = library
        self.loader = Loader(self, library)
        self.is_composed = False
        """Whether its widgets are there already."""
        self._settling: dict[str, Timer] = {}
        self._saying: Timer | None = None
        self._said: Span | None = None
        self._quiet = ExitStack()
        """Holds painting back until the focus has arrived: else the first frame is painted four times."""

    def body(self) -> ComposeResult:
        """The widgets between header and footer."""
        raise NotImplementedError

    def heading(self) -> list[Span]:
        """What the header says: where one is."""
        raise NotImplementedError

    def offered(self) -> Iterator[str]:
        """The actions that the footer offers."""
        raise NotImplementedError

    def typing_note(self) -> str:
        """What is to be said about what is being typed."""
        return ""

    # Parts

    @property
    def ui(self) -> MvfsApp:
        """The application."""
        return cast("MvfsApp", self.app)

    @property
    def prompt(self) -> Prompt:
        """The line to type in."""
        return self.query_one(Prompt)

    def compose(self) -> ComposeResult:
        """Header, what is wrong, the body, and one row for the line to type in and the footer.

        Where the line takes room from the footer alone, nothing else is painted again for it.
        """
        yield Bar(id="header")
        yield ReachBanner(self.library)
        yield from self.body()
        with Horizontal(id="bottom"):
            yield Prompt()
            yield Bar(id="footer")

    def on_mount(self) -> None:
        """Hold back painting until there is something to see."""
        self.is_composed = True
        self._quiet.enter_context(self.app.batch_update())
        self.set_timer(_PATIENCE, self._quiet.close)

    def on_descendant_focus(self) -> None:
        """Paint from now on; the first time at once."""
        if not self.ui.is_painted:
            self.app.call_later(self._paint_first)
        self._quiet.close()

    def _paint_first(self) -> None:
        """Lay out and paint without waiting for the next sixtieth of a second."""
        self._repaint_required = False  # the layout paints everything
        self._on_timer_update()

    def _compositor_refresh(self) -> None:
        """Paint, except what would not be shown now."""
        if not self.app._batch_count:  # noqa: SLF001 - Textual would paint, and then throw it away
            super()._compositor_refresh()

    def on_resize(self) -> None:
        """What the footer offers depends on the width."""
        self.call_after_refresh(self.retitle)

    def settle(self, what: str, act: Callable[[], None]) -> None:
        """Do something when the cursor has rested for a moment; asked again, it waits again."""
        if what in self._settling:
            self._settling[what].stop()

        def rested() -> None:
            if self._settling.get(what) is timer:  # a timer that fired may be called though it was stopped
                del self._settling[what]
                act()

        timer = self._settling[what] = self.set_timer(_SETTLE, rested)

    # What the bars say

    def retitle(self) -> None:
        """Bring header and footer up to what is shown."""
        self.show_header()
        self._show_footer()

    def show_header(self) -> None:
        """Bring the header up to what is shown, and to what goes on in the background."""
        heading: list[Span] = [(" mvfs  ", "title"), *self.heading()]
        lock: list[Span] = [("writing unlocked  ", "best")] if self.ui.is_unlocked else []
        location: list[Span] = [(line(self.library.location) + " ", "faint")]
        right: list[Span] = []
        for part in (self.ui.copies.spans(), lock, self.mount_spans(), location):
            if width_of([*heading, *right, *part]) + 2 <= self.app.size.width:
                right += part
        self.query_one("#header", Bar).show(heading, right=right)

    def mount_spans(self) -> list[Span]:
        """Where the place is mounted, for the header."""
        return []

    def _undo_hint(self) -> list[Span]:
        """What can be undone; first in its row, since Textual sends again what is left of what changed."""
        left = self.ui.undoing.left
        return [("u", "accent"), (f" undo {left:2} s   ", "muted")] if left else []

    def show_footer(self) -> None:
        """Bring the footer up to what can be done now."""
        self._show_footer()

    def _show_footer(self) -> None:
        hint = self._undo_hint()
        spans: list[Span] = [(" ", "text")]
        if self.prompt.kind:
            spans += keys.hints(_TYPING[self.prompt.kind])
            spans.append(self._said or (line(self.typing_note()), "faint"))
        elif self._said is not None:
            said, role = self._said
            spans += [*hint, (cut(said, self.app.size.width - 3 - width_of(hint)), role)]
        else:
            spans += hint
            spans += keys.footer(list(self.offered()), self.app.size.width - 1 - width_of(hint))
        self.query_one("#footer", Bar).show(spans)

    def say(self, text: str, *, bad: bool = False) -> None:
        """Say one line in the footer for a while; what does not fit there is shown above it."""
        self._said = (("✗ " if bad else "✓ ") + line(text), "bad" if bad else "latest")
        if len(text) > self.app.size.width - 4:
            self.notify(line(text), severity="error" if bad else "information", markup=False)
        if self._saying is not None:
            self._saying.stop()
        self._saying = self.set_timer(_SAID, self.hush)
        self._show_footer()

    def hush(self) -> None:
        """Say it no more: it was long enough there, or is about another place."""
        if self._said is not None:
            self._said = None
            self._show_footer()

    @on(messages.Failed)
    def _tell_failure(self, event: messages.Failed) -> None:
        self.say(event.said, bad=True)

    @on(ReachBanner.Lost)
    def _lost(self) -> None:
        if self._said is not None and self._said[1] != "bad":
            self.hush()  # nothing was read again, if that is what is said
