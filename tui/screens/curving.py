"""What views with curves share: reading histories, drawing them, axes, and looking again while runs go on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence

from textual import on
from textual.message import Message

from mvfs.errors import MvfsError
from tui import glyphs, loading, messages
from tui.library import Library
from tui.reading.histories import history
from tui.screens.view import View
from tui.viewmodel.curve import History
from tui.viewmodel.curves import MOST_RUNS, Curves, pens, toggled
from tui.viewmodel.plot import Axes
from tui.widgets.curves import CurveGrid

_KEPT = 2 * MOST_RUNS
"""Histories that are kept."""

_LOOK = 3.0
"""Seconds between two looks at runs that go on."""

_SHARE = 20
"""A look that took a second is not repeated within so many."""


class CurvesRead(Message):
    """Curves to draw."""

    def __init__(self, curves: Curves) -> None:
        super().__init__()
        self.curves = curves


class Looked(Message):
    """A look at runs that go on is over."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class Curving(View):
    """A view with a `CurveGrid`."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self.axes = Axes(plain=glyphs.is_ascii())
        self._histories: dict[tuple[str, str], History] = {}
        self._looking = False
        self._look_at = 0.0

    # What a view decides

    def project_name(self) -> str:
        """The project that is looked at."""
        raise NotImplementedError

    def to_draw(self) -> Sequence[tuple[str, str]]:
        """The runs whose curves are wanted now: ids and names."""
        raise NotImplementedError

    def is_live(self) -> bool:
        """Whether something is shown that goes on."""
        raise NotImplementedError

    def looked(self) -> Iterator[Message]:
        """Read again what goes on. Called by a worker."""
        raise NotImplementedError

    def leave_grid(self) -> None:
        """Give the keys to what is beside the grid."""
        raise NotImplementedError

    # Curves

    @property
    def grid(self) -> CurveGrid:
        """The plots."""
        return self.query_one(CurveGrid)

    def want_curves(self) -> None:
        """Have the grid show the curves of the runs that are to be drawn; unchanged histories stay known."""
        drawn, project, axes = pens(self.to_draw()), self.project_name(), self.axes
        grid = self.grid
        layout, top, cursor = grid.layout_now, grid.scroll_offset.y, grid.cursor
        if not drawn:
            grid.show(Curves(axes=axes))
            return
        grid.placeholder = "reading the history …"
        known = dict(self._histories)

        def job() -> Iterator[Message]:
            found: dict[str, History] = {}
            trouble: MvfsError | None = None
            for one in drawn:
                try:
                    found[one.run] = history(self.library, project, one.run, known.get((project, one.run)))
                except MvfsError as exc:
                    trouble = exc  # the others are shown all the same
            curves = Curves(drawn, found, axes)
            curves.warm(layout, top, cursor)
            yield CurvesRead(curves)
            if trouble is not None:
                yield messages.Failed("curves", trouble.message, trouble)

        loading.run(self, "curves", job)

    def keep(self, histories: Iterable[History]) -> None:
        """Know histories that were read, the newest ones."""
        project = self.project_name()
        for found in histories:
            self._histories.pop((project, found.run), None)
            self._histories[project, found.run] = found
        while len(self._histories) > _KEPT:
            del self._histories[next(iter(self._histories))]

    @on(CurvesRead)
    def _curves_read(self, event: CurvesRead) -> None:
        curves = event.curves
        self.keep(curves.histories.values())
        self.grid.placeholder = "no metrics were logged over steps"
        curves = curves if curves.axes == self.axes else curves.with_axes(self.axes)
        if not curves.is_like(self.grid.curves) or not curves.metrics:
            self.grid.show(curves)
            self.retitle()

    @on(CurveGrid.Changed)
    def _grid_changed(self) -> None:
        self.retitle()

    def action_log_axis(self) -> None:
        """Draw on a logarithmic axis, or a linear one again."""
        self._turn("log")

    def action_time_axis(self) -> None:
        """Draw over time, or over steps again."""
        self._turn("clock")

    def _turn(self, what: str) -> None:
        self.axes = toggled(self.axes, what)
        self.grid.show(self.grid.curves.with_axes(self.axes))
        self.retitle()

    def action_back(self) -> None:
        """In the grid, make a large plot small, or leave it; else as everywhere."""
        if self.prompt.kind or not self.grid.has_focus:
            super().action_back()
        elif self.grid.is_large:
            self.grid.enlarge(is_large=False)
        else:
            self.leave_grid()

    # Runs that go on

    def on_mount(self) -> None:
        """Look now and then from now on."""
        super().on_mount()
        self.set_interval(_LOOK, self.look)

    def look(self) -> None:
        """Read again what goes on, if that is seen, and if the last look did not take long."""
        if self.app.screen is not self or self._looking or time.monotonic() < self._look_at:
            return
        if not self.is_live():
            return
        self._looking = True

        def job() -> Iterator[Message]:
            began = time.monotonic()
            with contextlib.suppress(MvfsError):  # the banner says what is wrong; the next look is due soon
                yield from self.looked()
            yield Looked(time.monotonic() - began)

        loading.run(self, "look", job)

    @on(Looked)
    def _has_looked(self, event: Looked) -> None:
        self._looking = False
        self._look_at = time.monotonic() + _SHARE * event.seconds
