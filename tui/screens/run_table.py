"""What the table of runs and the pane beside it show, and how it gets there."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from textual import on
from textual.message import Message

from tui import loading
from tui.library import Library
from tui.place import Place
from tui.reading import run as reading_run
from tui.reading.histories import history
from tui.reading.runs import FIRST, Asked, pulse, runs
from tui.screens.curving import Curving
from tui.viewmodel.canvas import PENS
from tui.viewmodel.curve import History
from tui.viewmodel.run_columns import PLACES, Key
from tui.viewmodel.run_details import RunDetails
from tui.viewmodel.run_facts import RunFacts
from tui.viewmodel.runs import RunTable
from tui.widgets.rows import RowList
from tui.widgets.runs import RunLines, RunList

CURVES = "curves"
"""The shape of the view in which curves are beside the table."""

_SMALL = 1 << 20
"""Bytes of a history that is read while the cursor goes by."""

LOW = 15
"""Rows below which two panes are not worth their titles."""


class TableRead(Message):
    """The runs that were asked for."""

    def __init__(self, asked: Asked, table: RunTable) -> None:
        super().__init__()
        self.asked, self.table = asked, table


class Ticked(Message):
    """Time has gone on, and nothing else is new in the table."""


class RunRead(Message):
    """Everything about a run, and how its metrics went if that was read."""

    def __init__(self, facts: RunFacts, history: History | None = None) -> None:
        super().__init__()
        self.facts, self.history = facts, history


class RunTableView(Curving):
    """Reads the runs of a project, one in whole, and curves; `tui.screens.runs` has panes and keys."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._project = ""
        self._shape = ""
        self._pane = "table"
        self._towards: Hashable = None
        self._pulse: Hashable = None

    @property
    def run_list(self) -> RunList:
        """The table."""
        return self.query_one(RunList)

    @property
    def lines(self) -> RunLines:
        """The rows of one run."""
        return self.query_one(RunLines)

    @property
    def rows(self) -> RowList[Any]:
        """The list that keys act on."""
        return self.lines if self._pane == "side" and not self.is_curves else self.run_list

    def fit(self) -> None:
        """Show the panes for which there is room."""
        raise NotImplementedError

    @property
    def has_side(self) -> bool:
        """Whether the side pane is seen."""
        raise NotImplementedError

    @property
    def is_curves(self) -> bool:
        return self._shape == CURVES

    # Places

    def arrive(self, place: Place) -> None:
        """Show the runs of a project."""
        project = place.refs[0] if place.refs else self._project
        if project != self._project:
            self._project, self._pulse = project, None
            self.run_list.placeholder = "reading …"
            self.run_list.show_table(RunTable(project, ()))
            self.lines.show_details(None)
        rows = self.run_list
        rows.filter_text, rows.sort = place.filter, place.sort
        rows.last_filter = place.filter.strip() or rows.last_filter
        self._shape = CURVES if place.shape == CURVES else ""
        self.fit()
        self._read()

    def where(self) -> Place:
        """Project, order, shape and filter."""
        rows = self.run_list
        refs = (self._project,) if self._project else ()
        return Place("runs", refs, rows.sort, self._shape, rows.filter_text.strip())

    def project_name(self) -> str:
        """The project."""
        return self._project

    # Reading

    def reread(self) -> bool:
        """Read the runs again."""
        self._read()
        return True

    def choose(self, columns: tuple[Key, ...] | None) -> None:
        """Show other columns; None for those that tell the runs apart."""
        remembered = self.ui.remembered
        remembered.columns.pop(self._project, None)
        if columns is not None:
            remembered.columns[self._project] = [list(key) for key in columns]
        remembered.save()
        self._read()

    def _asked(self) -> Asked:
        columns = self.ui.remembered.columns.get(self._project)
        chosen = None if columns is None else tuple(Key(*pair) for pair in columns if pair[0] in PLACES)
        return Asked(self._project, self.run_list.filter_text, self.run_list.sort, chosen)

    def _read(self) -> None:
        asked = self._asked()
        known = self.run_list.table
        is_new = known is None or known.project != asked.project or not known.rows

        def job() -> Iterator[Message]:
            wanted = asked
            if not wanted.project:
                names = self.library.projects()
                wanted = Asked(names[0] if names else "", asked.filter, asked.sort)
            if not wanted.project:
                yield TableRead(asked, RunTable("", ()))
                return
            if is_new:
                first = runs(self.library, wanted, FIRST)
                yield TableRead(wanted, first)
                if first.is_whole:
                    return
            yield TableRead(wanted, runs(self.library, wanted, before=known))

        loading.run(self, "runs", job)

    @on(RunList.Asked)
    def _rows_asked(self) -> None:
        self.settle("ask", self._read)
        self.retitle()

    @on(TableRead)
    def _table_read(self, event: TableRead) -> None:
        if not self._project:
            self._project = event.asked.project
        if event.asked != self._asked():
            return
        rows, table = self.run_list, event.table
        rows.placeholder = "no run passes" if table.filter.strip() else "there are no runs yet"
        if not self._project:
            rows.placeholder = "the store is empty"
        if table.trouble and rows.table is not None and rows.table.rows:
            rows.table.trouble = table.trouble  # what was typed is not finished: the rows stay as they are
        else:
            rows.show_table(table)
        self.want_side(again=True)
        self.retitle()

    @on(RowList.Moved, "#table")
    def _row_moved(self) -> None:
        self.settle("rest", self.want_side)

    def want_side(self, *, again: bool = False) -> None:
        """Have the side pane, if it is seen, show the run under the cursor, or curves."""
        self._take_pens()
        row = self.run_list.current
        if self.is_curves:
            if again or [run for run, _ in self.to_draw()] != [one.run for one in self.grid.curves.drawn]:
                self.want_curves()
        elif row is None:
            self.lines.show_details(None)
        elif self.has_side and (again or self._shown_run() != row.id):
            project = self._project

            before = self._histories.get((project, row.id))

            def job() -> Iterator[Message]:
                facts = reading_run.run(self.library, project, row.id)
                yield RunRead(facts, before)
                found = history(self.library, project, row.id, before, _SMALL)
                if found is not before:
                    yield RunRead(facts, found)

            loading.run(self, "run", job)
        self.retitle()

    def _shown_run(self) -> str | None:
        return self.lines.details.facts.run.id if self.lines.details else None

    @on(RunRead)
    def _run_read(self, event: RunRead) -> None:
        row, shown, now = self.run_list.current, self.lines.details, time.time_ns() // 1000
        if row is None or row.id != event.facts.run.id:
            return
        curves = event.history.curves if event.history else {}
        if event.history is not None:
            self.keep([event.history])
        if shown is not None and shown.facts.ref == event.facts.ref:
            shown.take(event.facts, now, curves)
            self.lines.rebuild()
        else:
            self.lines.show_details(RunDetails(event.facts, now, curves))
        self.retitle()

    # Curves

    def to_draw(self) -> Sequence[tuple[str, str]]:
        """The marked runs, or the one under the cursor."""
        rows = list(self.run_list.marked.values()) or [
            row for row in (self.run_list.current,) if row is not None
        ]
        return [(row.id, row.name) for row in rows]

    def _take_pens(self) -> None:
        drawn = self.to_draw() if self.is_curves or self.run_list.marked else ()
        self.run_list.take_pens({run: pen for (run, _), pen in zip(drawn, PENS, strict=False)})

    # Runs that go on

    def is_live(self) -> bool:
        """Whether any run of the table goes on."""
        table = self.run_list.table
        return table is not None and table.has_open

    def looked(self) -> Iterator[Message]:
        """The table where it has changed, and what goes on of what is beside it."""
        asked, before, known = self._asked(), self._pulse, self.run_list.table
        now = pulse(self.library, asked.project)
        if now != before:
            self._pulse = now
            yield TableRead(asked, runs(self.library, asked, before=known))
        else:
            yield Ticked()

    @on(Ticked)
    def _ticked(self) -> None:
        self.run_list.tick(time.time_ns() // 1000)
        drawn = {run for run, _ in self.to_draw()} if self.is_curves else {self._shown_run()}
        if self.run_list.table is not None and any(
            row.id in drawn for row in self.run_list.table.rows if row.is_open
        ):
            self.want_side(again=True)
