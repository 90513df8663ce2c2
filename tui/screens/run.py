"""One run: everything about it on the left, its curves on the right."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from tui import loading
from tui.library import Library
from tui.place import Place
from tui.reading import run as reading_run
from tui.screens.copying import Choice
from tui.screens.curving import CurvesRead, Curving
from tui.screens.run_copies import copies
from tui.screens.run_links import follow
from tui.screens.run_table import CURVES, LOW, RunRead
from tui.viewmodel.details import Elsewhere
from tui.viewmodel.run_details import RunDetails
from tui.viewmodel.run_facts import RunFacts
from tui.viewmodel.runs import OPEN
from tui.widgets.bars import Bar
from tui.widgets.curves import CurveGrid
from tui.widgets.rows import RowList
from tui.widgets.runs import RunLines

_TWO = 96
"""From how many columns on there are two panes."""


class RunScreen(Curving):
    """One run; ``v`` gives its curves the whole width."""

    WORD = "run"
    actions: ClassVar[tuple[str, ...]] = ("back", "open", "curves", "next_pane", "copy", "help", "quit")

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._ref = ""
        self._shape = ""
        self._pane = "lines"
        self._fitted: object = None
        """For what the panes were laid out last: doing it again would paint all of it again."""

    def body(self) -> ComposeResult:
        """Rows and curves."""
        with Horizontal(id="run-panes"):
            with Vertical(id="lines-pane"):
                yield RunLines(id="run-lines")
            with Vertical(id="side-pane"):
                yield Bar("plain", id="side-title")
                yield CurveGrid(id="curves")

    @property
    def lines(self) -> RunLines:
        """The rows."""
        return self.query_one(RunLines)

    @property
    def rows(self) -> RowList[Any]:
        """The rows: curves are no list."""
        return self.lines

    @property
    def facts(self) -> RunFacts | None:
        """What is shown."""
        return self.lines.details.facts if self.lines.details else None

    # Places

    def arrive(self, place: Place) -> None:
        """Show a run."""
        ref = place.refs[0] if place.refs else self._ref
        if ref != self._ref:
            self._ref = ref
            self.lines.filter_text = ""
            self.lines.placeholder = "reading …"
            self.lines.show_details(None)
            self.grid.enlarge(is_large=False)
        self.lines.filter_text = place.filter
        self._shape = CURVES if place.shape == CURVES else ""
        self._pane = "curves" if self._shape == CURVES else self._pane
        self.fit()
        if self._shape == CURVES:
            self.set_focus(self.grid, scroll_visible=False)
        self._read()

    def where(self) -> Place:
        """The run, by its id as soon as that is known."""
        refs = (self._ref,) if self._ref else ()
        return Place("run", refs, "", self._shape, self.lines.filter_text.strip())

    def project_name(self) -> str:
        """The run's project."""
        return self._ref.partition(":" if ":" in self._ref else "/")[0]

    def subject(self) -> str | None:
        """The version under the cursor, else the first one that the run made."""
        row, facts = self.lines.current, self.facts
        if row is not None and isinstance(row.target, Elsewhere):
            return f"{row.target.project}/{row.target.name}:v{row.target.number}"
        if facts is None or not facts.outputs:
            return None
        first = facts.outputs[0]
        return f"{facts.project}/{first.type}/{first.name}:{first.label}"

    def reason_against(self, action: str) -> str:
        """A run that made nothing has no lineage."""
        if action in ("view_lineage", "view_file", "view_diff") and self.subject() is None:
            return "the run made no version"
        if action == "mark":
            return "there is nothing to mark"
        return super().reason_against(action)

    def copies(self) -> Sequence[Choice]:
        """Id, name, command, config and more."""
        facts = self.facts
        return () if facts is None else list(copies(facts.project, facts.run.id, facts.run.name, facts))

    def step_out(self) -> None:
        """To the place before, or to the runs of the project."""
        if self.ui.history.has(-1):
            self.ui.back()
        else:
            self.ui.go(Place("runs", (self.project_name(),)))

    # Reading

    def _read(self) -> None:
        ref = self._ref

        def job() -> Iterator[Message]:
            yield RunRead(reading_run.run(self.library, *reading_run.split(ref)))

        loading.run(self, "run", job)

    @on(RunRead)
    def _run_read(self, event: RunRead) -> None:
        facts, now = event.facts, time.time_ns() // 1000
        if self._ref not in (
            facts.ref,
            f"{facts.project}/{facts.run.id}",
            f"{facts.project}:{facts.run.name}",
        ):
            return
        self._ref = facts.ref
        if self.lines.details is not None and self.lines.details.facts.ref == facts.ref:
            self.lines.details.take(facts, now, {})
            self.lines.rebuild()
        else:
            self.lines.show_details(RunDetails(facts, now))
        self.want_curves()
        self.retitle()

    @on(CurvesRead)
    def _curves_are_read(self, event: CurvesRead) -> None:
        details = self.lines.details
        found = event.curves.histories.get(details.facts.run.id) if details is not None else None
        if details is not None and found is not None and found.curves != details.curves:
            details.take(details.facts, details.now, found.curves)
            self.lines.rebuild()

    def to_draw(self) -> Sequence[tuple[str, str]]:
        """This run."""
        facts = self.facts
        return [(facts.run.id, facts.run.name)] if facts is not None else ()

    def is_live(self) -> bool:
        """Whether the run goes on."""
        return self.facts is not None and self.facts.run.state in OPEN

    def looked(self) -> Iterator[Message]:
        """The run as it is now; its curves follow."""
        yield RunRead(reading_run.run(self.library, *reading_run.split(self._ref)))

    # Panes

    @property
    def _has_room(self) -> bool:
        size = self.app.size
        return size.width >= _TWO and size.height >= LOW and self._shape != CURVES

    def fit(self) -> None:
        """Show the panes for which there is room."""
        width = self.app.size.width
        wanted = width, self._has_room, self._pane if not self._has_room else "", self._shape
        if wanted == self._fitted:
            return
        self._fitted = wanted
        side = self.query_one("#side-pane")
        side.set_class(self._has_room, "-beside")
        side.styles.width = width - max(44, min(width * 42 // 100, 76)) if self._has_room else width
        only = "curves" if self._shape == CURVES else self._pane
        self.query_one("#lines-pane").display = self._has_room or only == "lines"
        side.display = self._has_room or only == "curves"

    def on_resize(self) -> None:
        """Show as many panes as fit."""
        super().on_resize()
        self.fit()
        self.settle("rest", self.want_curves)

    def on_descendant_focus(self) -> None:
        """Follow the focus, also where the mouse gave it."""
        super().on_descendant_focus()
        self._pane = "curves" if self.grid.has_focus else "lines" if self.lines.has_focus else self._pane
        self.fit()
        self.retitle()

    def action_next_pane(self) -> None:
        """Go to the other pane."""
        self.end_prompt()
        self._go("lines" if self._pane == "curves" else "curves")

    def action_previous_pane(self) -> None:
        """Go to the other pane."""
        self.action_next_pane()

    def _go(self, pane: str) -> None:
        self._pane = pane
        self._shape = self._shape if pane == "curves" else ""
        self.fit()
        (self.grid if pane == "curves" else self.lines).focus(scroll_visible=False)

    def leave_grid(self) -> None:
        """Give the keys to the rows."""
        self._go("lines")

    def action_curves(self) -> None:
        """Give the curves the whole width, or the rows their place again."""
        self._shape = "" if self._shape == CURVES else CURVES
        self._go("curves" if self._shape == CURVES else "lines")
        self.settle("rest", self.want_curves)

    def retitle(self) -> None:
        """Bring the title of the curves up to what is shown."""
        super().retitle()
        role = "title" if self.grid.has_focus else "muted"
        self.query_one("#side-title", Bar).show(
            [(" curves ", role), (self.grid.curves.about_axes(), "faint")]
        )

    def footer_names(self) -> Sequence[str]:
        """Other keys in the grid."""
        if self.grid.has_focus:
            return ("back", "open", "log_axis", "time_axis", "curves", "help", "quit")
        return self.actions

    @on(RowList.Opened, "#run-lines")
    def _line_opened(self) -> None:
        follow(self.ui, self.lines)
