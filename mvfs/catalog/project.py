"""One project: its journal, its index, and what they answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mvfs import settings, units
from mvfs.catalog.acquainted import place
from mvfs.catalog.reach import Reach, saying_unchanged
from mvfs.errors import NotFound
from mvfs.index import queries
from mvfs.index.index import Index
from mvfs.index.rows import Name, Run, Version
from mvfs.refs import LATEST, Selector
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.effects import AnyEffect
from mvfs.store.entry import FORMAT, GENESIS, Entry
from mvfs.store.journal import Journal, Operation, Plan

if TYPE_CHECKING:
    from mvfs.catalog.content import Content


class Project:
    """Reads are answered from the index as of the last `refresh`; writes refresh by themselves."""

    def __init__(
        self, backend: Backend, store_id: str, name: str, project_id: str, reach: Reach | None = None
    ) -> None:
        self.backend = backend
        self.reach = reach or Reach(backend.location)
        self.store_id = store_id
        self.name = name
        self.id = project_id
        self.journal = Journal(backend, keys.project_journal(project_id))
        self.index = Index(index_path(store_id, backend, project_id), self.journal)

    def refresh(self) -> bool:
        """Take in what others committed; return whether there was anything.

        A store that is out of reach is read as of the last look at it (`reach`).
        """
        return self.reach.refresh(self.index)

    def refresh_to_write(self) -> None:
        """Like `refresh`, but being out of reach is an error at once, before anything is prepared.

        Raises:
            Unavailable: the store does not answer; nothing was changed.
        """
        self.reach.refresh(self.index, strict=True)

    def commit(self, plan: Plan, operation: Operation | None = None, *, empty: bool = False) -> Entry | None:
        """Append one journal entry with what ``plan`` asks for at the tail; see `Journal.commit`."""
        with saying_unchanged():
            if not self.index.is_followed:  # else the commit finds out by itself what is new
                self.index.refresh()
            entry = self.journal.commit(self.index, plan, settings.actor(), operation, empty=empty)
        if entry is not None:
            self.index.leave_checkpoint()
        return entry

    def mark(self) -> None:
        """Append an entry that says nothing: who follows only this journal looks at the root's again."""
        self.commit(list, empty=True)

    def supposing(self, effects: list[AnyEffect]) -> Entry:
        """An entry for `Index.pretend`, to ask what would be true after ``effects``."""
        return Entry(FORMAT, self.index.seq, GENESIS, bytes(16), 0, "", [], effects)

    def types(self) -> list[str]:
        """The types that names have, sorted."""
        return sorted({row.type for row in queries.names(self.index)})

    def names(self, type_: str | None = None) -> list[Name]:
        """All names, or those of a type, sorted."""
        return queries.names(self.index, type_)

    def find_name(self, name: str) -> Name:
        """Return a name.

        Raises:
            NotFound: the project has none such.
        """
        found = queries.name(self.index, name)
        if found is None:
            raise NotFound(f"project '{self.name}' has no name '{name}'", project=self.name, name=name)
        if not found.versions:
            raise NotFound(
                f"all versions of '{self.name}/{name}' were deleted;"
                f" 'mvfs undelete {self.name}/{name}' brings back what no sweep has taken",
                project=self.name,
                name=name,
            )
        return found

    def versions(self, name: str) -> list[Version]:
        """All versions of a name, newest last."""
        return queries.versions(self.index, name)

    def version(self, name: str, selector: Selector = LATEST) -> Version:
        """Return the version of a name that a selector picks.

        Raises:
            NotFound: no such name, version or alias; the message lists the aliases there are.
        """
        number = selector.number
        if number is None:
            number = self._follow(name, selector)
        found = queries.version(self.index, name, number)
        if found is None:
            self.find_name(name)
            gone = queries.deleted(self.index, name, number)
            hint = f" any more: {gone.actor} deleted it {units.age(gone.time)} ago" if gone else ""
            raise NotFound(f"'{self.name}/{name}' has no version v{number}{hint}", name=name, version=number)
        return found

    def _follow(self, name: str, selector: Selector) -> int:
        alias = selector.alias or "latest"
        if selector.at is not None:
            self.find_name(name)
            number = queries.alias_at(self.index, name, alias, selector.at)
            if number is None:
                raise NotFound(f"'{self.name}/{name}' had no alias '{selector}'", name=name, alias=alias)
            return number
        known = queries.aliases(self.index, name)
        if alias not in known:
            self.find_name(name)
            there = ", ".join(known) or "none"
            raise NotFound(
                f"'{self.name}/{name}' has no alias '{alias}'; it has: {there}", name=name, alias=alias
            )
        return known[alias]

    def aliases(self, name: str) -> dict[str, int]:
        """Where each alias of a name points."""
        return queries.aliases(self.index, name)

    def content(self, version: Version) -> Content:
        """Open the files of a version."""
        from mvfs.catalog.content import Content  # most commands never look into a version

        return Content(self.backend, version)

    def run(self, run_id: str) -> Run:
        """Return a run.

        Raises:
            NotFound: the project has none such.
        """
        found = queries.run(self.index, run_id)
        if found is None:
            raise NotFound(f"project '{self.name}' has no run '{run_id}'", run=run_id)
        return found


def index_path(store_id: str, backend: Backend, journal_id: str) -> Path:
    """Where this user keeps the index of one journal of one store.

    Copies of a store have its id and may go on by themselves: each place has an index of its own.
    """
    return settings.cache_dir() / "index" / store_id / place(backend) / f"{journal_id}.db"
