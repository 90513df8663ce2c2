"""The table of runs, and the rows of one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from textual.message import Message

from tui.paint import Span
from tui.viewmodel.canvas import Pen
from tui.viewmodel.details import Line
from tui.viewmodel.run_details import RunDetails
from tui.viewmodel.run_question import sort_keys
from tui.viewmodel.runs import Cell, RunRow, RunTable
from tui.widgets.rows import RowList


class RunList(RowList[RunRow]):
    """A `RunTable`. The index finds and sorts its rows: filter and order are asked for by a message."""

    class Asked(Message):
        """Another filter or order is wanted."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.table: RunTable | None = None
        self.pens: Mapping[str, Pen] = {}
        """What the curves of runs are drawn with, by id; empty where none are."""
        self._cells: tuple[int, RunTable | None, list[Cell]] = (-1, None, [])
        self._found: tuple[str, frozenset[str]] = ("", frozenset())
        """The ids that the last filter found."""

    def identity(self, item: RunRow) -> Hashable:
        """The id."""
        return item.id

    def spans(self, item: RunRow, width: int) -> Sequence[Span]:
        """A row of the table, behind what its curves are drawn with."""
        assert self.table is not None
        if not self.pens:
            return self.table.row(item, self.cells(width))
        pen = self.pens.get(item.id)
        mark: Span = (f"{pen.sign} ", pen.role) if pen else ("  ", "text")
        return [mark, *self.table.row(item, self.cells(width - 2))]

    def cells(self, width: int) -> list[Cell]:
        """The columns for a width, worked out once."""
        if self._cells[:2] != (width, self.table):
            self._cells = width, self.table, self.table.layout(width) if self.table else []
        return self._cells[2]

    def header(self) -> list[Span]:
        """The titles above the columns."""
        if self.table is None or not self.table.rows:
            return []
        indent = 2 if self.pens else 0
        return [(" " * (1 + indent), "text"), *self.table.header(self.cells(self.inner_width - indent))]

    # What the index does

    def narrow(self, text: str) -> None:
        """Ask for the runs that a query finds."""
        self.filter_text = text
        self.last_filter = text.strip() or self.last_filter
        self.post_message(self.Asked())

    def sort_by(self, keys: str) -> None:
        """Ask for another order."""
        self.sort = keys
        self.post_message(self.Asked())

    def selected(self, items: Sequence[RunRow], text: str) -> Sequence[RunRow]:
        """What the index found."""
        if text == self.filter_text.strip():
            return items
        return [item for item in items if text == self._found[0] and item.id in self._found[1]]

    def ordered(self, items: Sequence[RunRow], keys: str) -> Sequence[RunRow]:  # noqa: ARG002
        """As the index sorted them."""
        return items

    def holds(self, item: RunRow, word: str) -> bool:
        """Id and name are looked into."""
        return word in item.id or word in item.name.lower()

    def sort_keys(self) -> Sequence[str]:
        """All values that runs have; those first that are columns."""
        table = self.table
        if table is None:
            return ()
        return sort_keys(list(dict.fromkeys([*table.keys, *(one.key for one in table.overview.known)])))

    @property
    def counts(self) -> tuple[int, int]:
        """How many runs are shown, of how many there are."""
        return len(self._shown), self.table.overview.total if self.table else 0

    def tick(self, now: int) -> None:
        """Say how old runs are now."""
        if self.table is not None:
            self.table.now = now
            self.repaint_changed()

    def take_pens(self, pens: Mapping[str, Pen]) -> None:
        """Show with what curves are drawn from now on."""
        if pens != self.pens:
            self.pens, self._cells = pens, (-1, None, [])
            self.repaint_changed()

    def show_table(self, table: RunTable, towards: Hashable = None) -> None:
        """Show other runs, or the same ones read again."""
        same = self.table is not None and self.table.project == table.project
        self.table = table
        if table.filter.strip() and not table.trouble:
            self._found = table.filter.strip(), frozenset(row.id for row in table.rows)
        if not same:
            self.marked.clear()
            self.set_reactive(RowList.cursor, 0)
            self.scroll_to(y=0, animate=False, force=True)
        self.replace(table.rows, towards)


class RunLines(RowList[Line]):
    """The rows of a `RunDetails`."""

    SHOWS_RESTING = False

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.details: RunDetails | None = None
        self._wide = -1

    def identity(self, item: Line) -> Hashable:
        """The key."""
        return item.key

    def spans(self, item: Line, width: int) -> Sequence[Span]:  # noqa: ARG002 - they were made for it
        """As made."""
        return item.spans

    def holds(self, item: Line, word: str) -> bool:
        """The text of the row is looked into."""
        return word in "".join(text for text, _ in item.spans).lower()

    def show_details(self, details: RunDetails | None) -> None:
        """Show another run from its top, or the same one read again where it was."""
        before = self.details
        same = before is not None and details is not None and before.facts.ref == details.facts.ref
        self.details = details
        self.rebuild(None if same else "title")

    def rebuild(self, towards: Hashable = None) -> None:
        """Make the rows anew, for the present width."""
        self._wide = self.inner_width
        self.replace(self.details.lines(self._wide - 1) if self.details else (), towards)

    def on_resize(self) -> None:
        """Rows depend on the width."""
        if self.inner_width != self._wide:
            self.rebuild()
