"""Workers: each reads or writes in a thread and posts one message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from mvfs.errors import InvalidInput, MvfsError, NotFound
from mvfs.index.rows import Version
from tui import messages, opening
from tui.goal import Goal
from tui.library import Library
from tui.place import Place
from tui.viewmodel.versions import VersionTable

SAME_NOW = 60_000_000
"""Microseconds for which ages stay as they are though something else is read again."""

Job = Callable[[], Iterator[Message]]


def run(screen: Screen[Any], group: str, job: Job) -> None:
    """Run a job in a thread; a newer job of the same group makes what this one would say void."""
    screen.run_worker(partial(_guarded, screen, group, job), group=group, thread=True, exclusive=True)


def _guarded(screen: Screen[Any], group: str, job: Job) -> None:
    worker = get_current_worker()
    try:
        for message in job():
            if worker.is_cancelled:
                return
            screen.post_message(message)
    except Exception as exc:  # noqa: BLE001 - a worker's guard: the screen tells it
        if worker.is_cancelled:
            return
        if isinstance(exc, MvfsError):
            screen.post_message(messages.Failed(group, exc.message, exc))
        else:
            screen.post_message(messages.Failed(group, f"unexpected {type(exc).__name__}: {exc} (a bug)"))


class Loader:
    """Starts the jobs of one screen."""

    def __init__(self, screen: Screen[Any], library: Library) -> None:
        self._screen, self._library = screen, library

    def projects(self) -> None:
        """Read which projects there are."""

        def job() -> Iterator[Message]:
            yield messages.ProjectsRead(self._library.projects())

        run(self._screen, "projects", job)

    def names(self, project: str) -> None:
        """Read the names of a project."""

        def job() -> Iterator[Message]:
            yield messages.NamesRead(project, self._library.names(project))

        run(self._screen, f"names {project}", job)

    def opening(self, place: Place | None = None, project: str | None = None) -> None:
        """Read the store as if the UI were opened now, at a place if there is such a one."""

        def job() -> Iterator[Message]:
            goal, trouble = Goal(), None
            try:
                goal = self._library.goal(place or Place(), project)
            except (NotFound, InvalidInput) as exc:
                trouble = messages.Failed("opening", exc.message, exc)
            yield messages.StoreRead(opening.read(self._library, goal))
            if trouble is not None:
                yield trouble

        run(self._screen, "opening", job)

    def goal(self, place: Place, project: str | None) -> None:
        """Find out what a place of the browser means."""

        def job() -> Iterator[Message]:
            yield messages.GoalFound(self._library.goal(place, project))

        run(self._screen, "goal", job)

    def table(self, project: str, name: str) -> None:
        """Read the versions of a name; then, if there are any, the runs that made them."""

        def job() -> Iterator[Message]:
            table = self._library.table(project, name)
            yield messages.VersionsRead(table)
            yield from self._enriched(table)

        run(self._screen, "table", job)

    def enrich(self, table: VersionTable) -> None:
        """Read what a first table lacks: the other versions, and the runs that made them."""
        run(self._screen, "table", lambda: self._enriched(table))

    def _enriched(self, table: VersionTable) -> Iterator[Message]:
        if len(table.versions) < table.name.versions:
            table = self._library.table(table.project, table.name.name)
            yield messages.VersionsRead(table)
        if any(version.run for version in table.versions):
            table = replace(table, runs=self._library.runs(table.project))
            table.prepare()
            yield messages.VersionsRead(table)
        table.warm()

    def facts(self, project: str, version: Version) -> None:
        """Read everything about a version; of a store that is far away, what takes longer comes second."""

        def job() -> Iterator[Message]:
            from tui.reading import facts, story  # the first frame needs none of them
            from tui.viewmodel import details  # noqa: F401 - imported here, and not while a key waits

            found = facts.facts(self._library, project, version)
            if self._library.is_far:
                yield messages.FactsRead(found)
            yield messages.FactsRead(replace(found, story=story.story(self._library, found)))

        run(self._screen, "facts", job)

    def listing(self, project: str, version: Version, path: str, most: int) -> None:
        """Read a directory of a version."""

        def job() -> Iterator[Message]:
            from tui.reading import facts

            found = facts.listing(self._library, project, version, path, most)
            yield messages.ListingRead(version, path, found)

        run(self._screen, f"listing {path}", job)

    def again(self, table: VersionTable) -> None:
        """Read a table again, and tell of it once, as complete as it was."""

        def job() -> Iterator[Message]:
            found = self._library.table(table.project, table.name.name)
            if table.runs and any(version.run for version in found.versions):
                found = replace(found, runs=self._library.runs(table.project))
            if found.now - table.now < SAME_NOW:
                found = replace(found, now=table.now)  # else all ages are painted anew for one new version
            found.prepare()
            yield messages.VersionsRead(found)
            found.warm()

        run(self._screen, "table", job)
