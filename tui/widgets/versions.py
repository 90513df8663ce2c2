"""The middle pane: the versions of a name."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from mvfs.index.rows import Version
from tui.paint import Span
from tui.viewmodel.versions import Column, VersionTable
from tui.widgets.rows import RowList


class Versions(RowList[Version]):
    """A `VersionTable`, newest first."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.table: VersionTable | None = None
        self._columns: tuple[int, VersionTable | None, list[Column]] = (-1, None, [])

    def identity(self, item: Version) -> Hashable:
        """The number, and whose it is: the first version of two names is not the same thing."""
        return item.name, item.number

    def holds(self, item: Version, word: str) -> bool:
        """Label, aliases, tags, note, metadata, run, actor and digest are looked into."""
        assert self.table is not None
        return self.table.holds(item, word)

    def selected(self, items: Sequence[Version], text: str) -> Sequence[Version]:
        """What a query finds, or the versions that hold all words."""
        found = self.table.finder.passing(text) if self.table else None
        if found is None:
            return super().selected(items, text)
        return [item for item in items if item.number in found]

    def is_slow(self, sort: str, text: str) -> bool:
        """Whether the table has to work out more than a key has time for."""
        return self.table is not None and self.table.finder.is_slow(sort, text)

    def reading(self, text: str) -> str:
        """Why a filter is taken as words though it looks like a query."""
        return self.table.finder.language.reading(text) if self.table else ""

    def sort_keys(self) -> Sequence[str]:
        """The metrics, and what else differs."""
        return self.table.sort_keys() if self.table else ()

    def ordered(self, items: Sequence[Version], keys: str) -> Sequence[Version]:
        """All versions of the table in order."""
        order = self.table.finder.order(keys) if self.table else None
        return items if order is None else [items[index] for index in order]

    def spans(self, item: Version, width: int) -> Sequence[Span]:
        """A row of the table."""
        assert self.table is not None
        return self.table.row(item, self.columns(width))

    def columns(self, width: int) -> list[Column]:
        """The columns for a width, worked out once."""
        if self._columns[:2] != (width, self.table):
            self._columns = width, self.table, self.table.columns(width) if self.table else []
        return self._columns[2]

    def header(self) -> list[Span]:
        """The titles above the columns."""
        if self.table is None or not self.table.versions:
            return []
        return [(" ", "text"), *self.table.header(self.columns(self.inner_width))]

    def show_table(self, table: VersionTable | None, towards: Hashable = None) -> None:
        """Show another table, or the same one read again."""
        same = table is not None and self.table is not None and self.table.name.name == table.name.name
        if not same:
            self.restart()
            self.fresh.clear()
        self.table = table
        self.replace(table.versions if table else (), towards)
