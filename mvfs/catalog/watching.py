"""Follows a project: hands out new versions and moves of aliases, each at least once, in their order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.cursor import Cursor, Mark
from mvfs.catalog.project import Project
from mvfs.errors import Conflict, InvalidInput, NotFound
from mvfs.index import events
from mvfs.index.events import Happened
from mvfs.refs import Ref, check_alias, parse_selector

POLL_LOCAL, POLL_FAR = 0.25, 2.0
"""Seconds between two looks at a store."""

_BATCH = 4096
"""Entries that are looked through at once."""


@dataclass(frozen=True, slots=True)
class Event:
    """A new version, or the move of an alias."""

    project: str
    what: Happened

    @property
    def kind(self) -> str:
        """``version`` or ``alias``."""
        return "version" if self.what.alias is None else "alias"

    @property
    def ref(self) -> str:
        """``project/type/name:v3``; without version where an alias was removed."""
        number = "" if self.what.new is None else f":v{self.what.new}"
        return f"{self.project}/{self.what.type}/{self.what.name}{number}"


@dataclass(frozen=True, slots=True)
class Interest:
    """What is to be told."""

    words: tuple[str, ...]
    """Project, and type or name or both."""
    versions: bool
    aliases: frozenset[str] | None
    """None stands for all but ``latest``, which moves with each version."""

    def __contains__(self, what: Happened) -> bool:
        _, *rest = self.words
        if rest not in ([], [what.name], [what.type], [what.type, what.name]):
            return False
        if what.alias is None:
            return self.versions
        return what.alias != "latest" if self.aliases is None else what.alias in self.aliases

    def __str__(self) -> str:
        """The same text for the same interest."""
        aliases = ["alias"] if self.aliases is None else [f"alias={alias}" for alias in sorted(self.aliases)]
        return f"{'/'.join(self.words)} on {', '.join(['version'] * self.versions + aliases)}"


def interest(ref: Ref, on: Sequence[str]) -> Interest:
    """What the words ask for: ``version``, ``alias=NAME``, ``alias`` (any), ``any`` (both).

    Raises:
        InvalidInput: a word is none of these, or the ref is no project, type or name.
        InvalidName: an alias breaks the rules.
    """
    if ref.selector is not None or len(ref.words) > 3:
        raise InvalidInput(
            f"'{ref.text}' is no name; watch takes a name, type or project, and aliases by --on alias=NAME"
        )
    aliases: set[str] = set()
    is_any = False
    for word in on:
        kind, mark, alias = word.partition("=")
        if word in ("alias", "any"):
            is_any = True
        elif kind == "alias" and mark:
            aliases.add(check_alias(alias))
        elif word != "version":
            raise InvalidInput(f"'{word}' cannot be watched; there are version, alias=NAME, alias and any")
    versions = "version" in on or "any" in on
    return Interest(ref.words, versions, None if is_any else frozenset(aliases))


class Watcher:
    """Use `take` and `done` in turns, or iterate over `events`."""

    def __init__(
        self,
        catalog: Catalog,
        wanted: Interest,
        start: str = "now",
        cursor: Cursor | None = None,
        *,
        restart: bool = False,
    ) -> None:
        """Begin where the cursor was left, else (or to ``restart``) at ``now``, ``start`` or ``vN``.

        Raises:
            InvalidInput: ``start`` is something else.
            NotFound: there is no version ``vN`` of the name.
            Conflict: the cursor is that of another watcher, or of another store.
        """
        self.catalog = catalog
        self.wanted = wanted
        self.cursor = cursor
        self._queue: deque[Event] = deque()
        self._project: Project | None = None
        catalog.reach.patience = catalog.reach.patience or 1  # asks again and again, as cheaply as it can
        known = cursor.read() if cursor is not None and not restart else None
        self.resumed = known is not None
        """Whether it goes on where an earlier one was."""
        self._mark = known or Mark(str(wanted), None, 0)
        if self._mark.watching != str(wanted):
            raise Conflict(
                f"this watcher is of {self._mark.watching}, not of {wanted}; give another --name, or begin"
                " anew with --restart"
            )
        project = self._opened()
        if known is None:
            self._mark = self._first(project, start)
            if cursor is not None:
                cursor.write(self._mark)

    @property
    def poll(self) -> float:
        """Seconds between two looks, where nobody says otherwise."""
        return POLL_FAR if self.catalog.backend.is_far else POLL_LOCAL

    def events(self, poll: float | None = None, *, wait: bool = True) -> Iterator[Event]:
        """Yield events; one is done when the next one is asked for. Without ``wait``, end at the last one."""
        while True:
            event = self.take()
            if event is not None:
                yield event
                self.done(event)
            elif not wait:
                return
            else:
                time.sleep(self.poll if poll is None else poll)

    def take(self) -> Event | None:
        """Return the first event that is not done; None if there is none yet.

        Raises:
            Conflict: the store is another one by now.
            Unavailable: it does not answer, and nothing is known of it.
        """
        project = self._opened()
        if project is None:
            return None
        if not self._queue:
            project.refresh()
            self._fill(project)
        return self._queue[0] if self._queue else None

    def done(self, event: Event) -> None:
        """Remember that an event was handled: neither it nor one before it comes again."""
        if self._queue and self._queue[0] is event:
            self._queue.popleft()
        project_id = self._project.id if self._project is not None else None
        self._mark = Mark(str(self.wanted), project_id, event.what.seq, event.what.place + 1)
        if self.cursor is not None:
            self.cursor.write(self._mark)

    def _fill(self, project: Project) -> None:
        end = project.index.seq
        if end < self._mark.seq:
            raise _other_store(project.backend.location)
        while self._mark.seq < end and not self._queue:
            stop = min(end, self._mark.seq + _BATCH)
            for what in events.happened(project.index, self._mark.seq, stop):
                is_done = what.seq == self._mark.seq and what.place < self._mark.place
                if not (is_done or what.gone) and what in self.wanted:
                    self._queue.append(Event(project.name, what))
            if not self._queue:
                self._mark = Mark(str(self.wanted), project.id, stop)

    def _opened(self) -> Project | None:
        """The project, once there is one."""
        if self._project is None:
            try:
                self._project = self.catalog.project(self.wanted.words[0])
            except NotFound:
                return None
            if self._mark.project_id not in (None, self._project.id):
                raise _other_store(self.catalog.location)
        return self._project

    def _first(self, project: Project | None, start: str) -> Mark:
        watching, project_id = str(self.wanted), project.id if project else None
        if start == "now":
            return Mark(watching, project_id, project.index.seq if project else 0)
        if start == "start":
            return Mark(watching, project_id, 0)
        number, name = _number(start), self.wanted.words[-1]
        seq = events.entry_of(project.index, name, number) if project and len(self.wanted.words) > 1 else None
        if project is None or seq is None:
            raise NotFound(f"'{'/'.join(self.wanted.words)}' never had a version {start} to watch from")
        made = events.happened(project.index, seq, seq + 1)
        place = next(w.place for w in made if w.alias is None and (w.name, w.new) == (name, number))
        return Mark(watching, project_id, seq, place)


def _number(start: str) -> int:
    try:
        number = parse_selector(start).number
    except InvalidInput:
        number = None
    if number is None:
        raise InvalidInput(f"'{start}' is nowhere to begin; there are now, start and a version such as v3")
    return number


def _other_store(location: str) -> Conflict:
    return Conflict(
        f"the project at {location} is not the one that this watcher has followed; begin anew with --restart"
    )
