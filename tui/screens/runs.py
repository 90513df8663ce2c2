"""The runs of a project: a table, and beside it everything about one, or the curves of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from mvfs.text import line
from tui.library import Library
from tui.paint import Span
from tui.place import Place
from tui.screens.copying import Choice
from tui.screens.run_copies import copies
from tui.screens.run_links import follow
from tui.screens.run_table import CURVES, LOW, RunTableView
from tui.viewmodel.run_columns import Key
from tui.viewmodel.runs import RunRow
from tui.widgets.bars import Bar
from tui.widgets.curves import CurveGrid
from tui.widgets.rows import RowList
from tui.widgets.runs import RunLines, RunList

_TWO, _TWO_WITH_CURVES = 112, 84
"""From how many columns on there are two panes."""


class RunsScreen(RunTableView):
    """The table of a project's runs; ``v`` shows curves beside it."""

    WORD = "runs"
    IS_LIVE = True
    actions: ClassVar[tuple[str, ...]] = ("open", "mark", "curves", "filter", "columns", "help", "quit")

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._fitted: object = None
        """For what the panes were laid out last: doing it again would paint all of it again."""

    def body(self) -> ComposeResult:
        """Table and side pane, each a title over what it shows."""
        with Horizontal(id="run-panes"):
            with Vertical(id="table-pane"):
                yield Bar("plain", id="table-title")
                yield RunList(id="table")
            with Vertical(id="side-pane"):
                yield Bar("plain", id="side-title")
                yield RunLines(id="run-lines")
                yield CurveGrid(id="curves")

    def arrive(self, place: Place) -> None:
        """Show the runs of a project; where there is room for one pane only, the one that was asked for."""
        super().arrive(place)
        if self.is_curves and not self._has_room and self._pane == "table":
            self._pane = "side"
            self.fit()
            self.set_focus(self.grid, scroll_visible=False)

    # Panes

    @property
    def has_side(self) -> bool:
        """Whether the side pane is seen."""
        return self._has_room or self._pane == "side"

    @property
    def _has_room(self) -> bool:
        size = self.app.size
        return size.width >= (_TWO_WITH_CURVES if self.is_curves else _TWO) and size.height >= LOW

    def fit(self) -> None:
        """Show the panes for which there is room."""
        width = self.app.size.width
        wanted = width, self._has_room, self._pane if not self._has_room else "", self.is_curves
        if wanted == self._fitted:
            return
        self._fitted = wanted
        table, side = self.query_one("#table-pane"), self.query_one("#side-pane")
        table.display = self._has_room or self._pane == "table"
        side.display = self.has_side
        side.set_class(self._has_room, "-beside")
        share = (
            width - max(30, min(width * 32 // 100, 48))
            if self.is_curves
            else max(40, min(width * 38 // 100, 64))
        )
        side.styles.width = share if self._has_room else width
        self.lines.display, self.grid.display = not self.is_curves, self.is_curves

    def on_resize(self) -> None:
        """Show as many panes as fit."""
        super().on_resize()
        self.fit()
        if self.run_list.table is not None:
            self.settle("rest", self.want_side)

    def on_descendant_focus(self) -> None:
        """Follow the focus, also where the mouse gave it."""
        super().on_descendant_focus()
        pane = (
            "table"
            if self.run_list.has_focus
            else "side"
            if self.focused in (self.lines, self.grid)
            else self._pane
        )
        if pane != self._pane:
            self._pane = pane
            self.fit()
            self.want_side()
        self.retitle()

    def action_next_pane(self) -> None:
        """Go to the other pane."""
        self.end_prompt()
        if self._pane == "side":
            self._to_table()
        else:
            self._pane = "side"
            self.fit()
            (self.grid if self.is_curves else self.lines).focus(scroll_visible=False)
            self.want_side()

    def action_previous_pane(self) -> None:
        """Go to the other pane."""
        self.action_next_pane()

    def _to_table(self) -> None:
        self._pane = "table"
        self.fit()
        self.run_list.focus(scroll_visible=False)

    def leave_grid(self) -> None:
        """Give the keys to the table."""
        self._to_table()

    def step_out(self) -> None:
        """From the side pane to the table; from there to the place before, or to the project's models."""
        if self._pane == "side":
            self._to_table()
        elif self.ui.history.has(-1):
            self.ui.back()
        else:
            self.ui.go(Place(refs=(self.project_name(),)))

    # What the bars say

    def retitle(self) -> None:
        """Bring titles up to what is shown."""
        super().retitle()
        self.query_one("#table-title", Bar).show(self._table_title(), self.run_list.header())
        self.query_one("#side-title", Bar).show(self._side_title())

    def _table_title(self) -> list[Span]:
        table = self.run_list.table
        spans: list[Span] = [(" runs", "title" if self._pane == "table" else "muted")]
        if table is None or not table.overview.total:
            return spans
        shown, total = self.run_list.counts
        what = "run" if total == 1 else "runs"
        spans.append(
            (f"  {total:,} {what}" if shown == total else f"  {shown:,} of {total:,} {what}", "faint")
        )
        if marked := len(self.run_list.marked):
            spans.append((f"  {marked:,} marked", "accent"))
        if table.trouble:
            spans.append((f"  ✗ {line(table.trouble)}", "bad"))
        elif table.sort:
            spans.append((f"  by {line(table.sort)}", "faint"))
        return spans

    def _side_title(self) -> list[Span]:
        role = "title" if self._pane == "side" else "muted"
        if not self.is_curves:
            return [(" run", role)]
        width = self.query_one("#side-title").size.width
        about = self.grid.curves.about_axes()
        return [
            (" curves ", role),
            (f"{about}  ", "faint"),
            *self.grid.curves.legend(width - len(about) - 11),
        ]

    def footer_names(self) -> Sequence[str]:
        """Other keys in the grid than in the table."""
        if self.grid.has_focus:
            return ("back", "open", "log_axis", "time_axis", "curves", "help", "quit")
        if self.lines.has_focus:
            return ("back", "open", "filter", "copy", "next_pane", "help", "quit")
        return self.actions

    # Keys

    @on(RowList.Opened, "#table")
    def _row_opened(self) -> None:
        row = self.run_list.current
        if row is not None:
            self.ui.go(Place("run", (f"{self.project_name()}:{row.id}",)))

    @on(RowList.Opened, "#run-lines")
    def _line_opened(self) -> None:
        follow(self.ui, self.lines)

    def action_mark(self) -> None:
        """Mark the run, or take its mark away."""
        super().action_mark()
        self.want_side()

    def action_back(self) -> None:
        """As everywhere; what is marked may have changed."""
        marked = len(self.run_list.marked)
        super().action_back()
        if len(self.run_list.marked) != marked:
            self.want_side()

    def action_curves(self) -> None:
        """Show curves beside the table, or what was there before."""
        self._shape = "" if self.is_curves else CURVES
        self.fit()
        if self.is_curves and not self._has_room:
            self.action_next_pane()
        elif not self.is_curves:
            self._to_table()
        self.want_side()

    def action_columns(self) -> None:
        """Ask which columns to show."""
        from tui.screens.columns import ColumnBox

        table = self.run_list.table
        if table is not None:
            self.app.push_screen(
                ColumnBox(table.overview.known, table.keys, table.chosen), self._take_columns
            )

    def _take_columns(self, choice: tuple[Key, ...] | None) -> None:
        if choice is None:
            return
        self.choose(choice or None)
        self.say(f"{len(choice)} columns" if choice else "columns are chosen by what differs")

    def subject(self) -> str | None:
        """The first version that the run under the cursor made."""
        row = self.run_list.current
        return None if row is None else self._made(row)

    def marked_refs(self) -> Sequence[str]:
        """What the marked runs made."""
        return [made for row in self.run_list.marked.values() if (made := self._made(row)) is not None]

    def _made(self, row: RunRow) -> str | None:
        first = (row.made or "").partition(", ")[0]
        return f"{self._project}/{first}" if first else None

    def reason_against(self, action: str) -> str:
        """Runs that made nothing have no lineage; without a run nothing can be copied or drawn."""
        needs_version = action in ("view_lineage", "view_file", "view_diff")
        if needs_version and self.run_list.current is not None and not (self.subject() or self.marked_refs()):
            return "the run made no version"
        if action in ("curves", "mark") and not self.run_list.counts[0]:
            return "there is no run"
        if action in ("log_axis", "time_axis") and not self.is_curves:
            return "no curves are shown; v shows them"
        return super().reason_against(action)

    def copies(self) -> Sequence[Choice]:
        """Id, name, place and command."""
        row = self.run_list.current
        return () if row is None else list(self._copies(row))

    def _copies(self, row: RunRow) -> Iterator[Choice]:
        details = self.lines.details
        facts = details.facts if details is not None and details.facts.run.id == row.id else None
        return copies(self.project_name(), row.id, row.name, facts)
