"""The line that says that the store is out of reach, and as of when what is shown was known."""

from __future__ import annotations

import contextlib
import time

from textual.message import Message
from textual.worker import Worker, WorkerState

from mvfs import units
from mvfs.errors import MvfsError
from mvfs.text import line
from tui.library import Library
from tui.widgets.bars import Bar

_LOOK = 0.5
"""Seconds between two looks whether the store was lost meanwhile: at a variable, not at the store."""

_TRY = 3.0
"""Seconds between two tries to reach a store that was lost."""


class ReachBanner(Bar):
    """Shows itself while the store does not answer, tries again, and goes away by itself."""

    class Back(Message):
        """The store answers again."""

    class Lost(Message):
        """The store does not answer any more."""

    def __init__(self, library: Library) -> None:
        super().__init__(id="reach")
        self._library = library
        self._waited = 0.0

    def on_mount(self) -> None:
        """Look from now on."""
        self._look()
        self.set_interval(_LOOK, self._look)

    def _look(self) -> None:
        reach = self._library.reach
        if not reach.is_lost:
            if self.has_class("-shown"):
                self.remove_class("-shown")
                self.post_message(self.Back())
            return
        today = units.moment(time.time_ns() // 1000)[:11]
        known = units.moment(reach.known).removeprefix(today)
        self.show([(" ✗ out of reach", "bad"), (f"  showing what was known at {known}", "text"),
                   (f"  {line(reach.reason or '')}", "faint")])  # fmt: skip
        if not self.has_class("-shown"):
            self.add_class("-shown")
            self.post_message(self.Lost())
        self._waited += _LOOK
        if self._waited >= _TRY:
            self._waited = 0.0
            self.run_worker(self._try, group="reach", thread=True, exclusive=True, exit_on_error=False)

    def _try(self) -> None:
        with contextlib.suppress(MvfsError):  # whoever reads or writes next says what is wrong
            self._library.try_to_reach()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell at once what a try has found."""
        if event.state == WorkerState.SUCCESS:
            self._look()
