"""Follows the store in a thread and tells what others did; asks for no more than the heads of journals."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mvfs import notices
from mvfs.catalog.project import Project
from mvfs.errors import MvfsError
from mvfs.store import effects as fx
from mvfs.store.entry import decode
from mvfs.store.keys import entry as entry_key
from tui import mounted
from tui.library import Library
from tui.mounted import Standing

LOCAL, FAR = 1.0, 5.0
"""Seconds between two looks at the head of a journal."""

_SLOWER = 1.02
_MOST_LOCAL, _MOST_FAR = 2.0, 6.0
"""By what pauses grow while nothing happens and no key is pressed, and up to how many times as much."""

_ROOT = 12
"""Every how many looks the list of projects of a far store is looked at, too."""

_MANY = 64
"""Entries of which it is still looked up what is in them."""


@dataclass(frozen=True, slots=True)
class News:
    """What others committed to a project since the last look."""

    project: str
    names: frozenset[str] | None = frozenset()
    """The names of which something changed; None: nobody knows, so perhaps of all."""
    runs: frozenset[str] = frozenset()
    """The runs of which something changed, by id."""
    made: frozenset[tuple[str, int]] = frozenset()
    """The versions that were logged."""

    def is_about(self, name: str) -> bool:
        """Whether a name may look different now."""
        return self.names is None or name in self.names


def news_of(project: str, effects: Iterable[fx.AnyEffect]) -> News:
    """What some effects changed."""
    names: set[str] = set()
    runs: set[str] = set()
    made: set[tuple[str, int]] = set()
    for effect in effects:
        match effect:
            case fx.VersionMade():
                made.add((effect.name, effect.number))
                names.add(effect.name)
            case fx.Used() | fx.Produced():
                names.add(effect.name)
                runs.add(effect.run)
            case fx.NameRenamed():
                names |= {effect.name, effect.new}
            case fx.RunStarted() | fx.RunResumed() | fx.RunConfig() | fx.RunSummary():
                runs.add(effect.run)
            case fx.RunLabelled() | fx.RunFinished():
                runs.add(effect.run)
            case fx.Swept() | fx.SweepDone() | fx.ProjectMade() | fx.ProjectRenamed():
                pass
            case _:
                names.add(effect.name)
    return News(project, frozenset(names), frozenset(runs), frozenset(made))


Tell = Callable[[Sequence[News], bool, Standing | None], None]
"""Called in the watcher's thread, with news, with whether projects came or went, and with the mounts if these
are others than before."""


class Watcher:
    """Looks at the projects that it was told of. A look that finds nothing new says nothing."""

    def __init__(self, library: Library, tell: Tell) -> None:
        self._library, self._tell = library, tell
        self._projects: Sequence[str] = ()
        self._seen: dict[str, int] = {}
        """How many entries of each project were told of."""
        self._known: Sequence[str] | None = None
        self._wake = threading.Event()
        self._is_over = False
        self._thread: threading.Thread | None = None
        self._slowness = 1.0
        self._looks = 0
        self._standing: Standing = ()

    def begin(self) -> None:
        """Look from now on."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
            self._thread.start()

    def follow(self, projects: Sequence[str]) -> None:
        """Look at these projects, and at no others."""
        self._projects = tuple(projects)

    def somebody_is_there(self) -> None:
        """Look as often as at first: a key was pressed."""
        self._slowness = 1.0

    def end(self) -> None:
        """Look no more."""
        self._is_over = True
        self._wake.set()

    @property
    def pause(self) -> float:
        """Seconds to the next look."""
        return (FAR if self._library.is_far else LOCAL) * self._slowness

    def _run(self) -> None:
        try:
            self._follow()
        except Exception as exc:  # noqa: BLE001 - the guard of the thread: the screen tells it
            if not self._is_over:
                notices.tell(f"the store is not followed any more: {type(exc).__name__}: {exc} (a bug)")

    def _follow(self) -> None:
        if standing := self._look_at_mounts():
            self._tell([], False, standing)
        while not self._wake.wait(self.pause) and not self._is_over:
            most = _MOST_FAR if self._library.is_far else _MOST_LOCAL
            self._slowness = min(self._slowness * _SLOWER, most)
            if self._library.reach.is_lost:
                continue  # the banner tries to reach it
            news, moved = self.look()
            standing = self._look_at_mounts()
            if (news or moved or standing is not None) and not self._is_over:
                self._slowness = 1.0
                self._tell(news, moved, standing)

    def look(self) -> tuple[list[News], bool]:
        """Look once: what is new in the projects, and whether projects came or went."""
        found = []
        try:
            moved = self._look_at_root()
            for name in self._projects:
                news = self._look_at(name)
                if news is not None:
                    found.append(news)
        except MvfsError:
            return found, False  # whoever reads or writes next says what is wrong
        return found, moved

    def _look_at_mounts(self) -> Standing | None:
        found = mounted.standing(self._library.location)
        if found == self._standing:
            return None
        self._standing = found
        return found

    def _look_at_root(self) -> bool:
        self._looks += 1
        if self._library.is_far and self._known is not None and self._looks % _ROOT:
            return False
        known = self._library.projects()
        before, self._known = self._known, known
        return before is not None and before != known

    def _look_at(self, name: str) -> News | None:
        if self._known is not None and name not in self._known:
            self._seen.pop(name, None)
            return None
        project = self._library.project(name)
        end = project.index.seq
        start = self._seen.get(name, self._library.first_seen(name))
        self._seen[name] = end
        if start == end:
            return None
        if end < start or end - start > _MANY:
            return News(name, None)
        return news_of(name, _effects(project, start, end))


def _effects(project: Project, start: int, end: int) -> Iterator[fx.AnyEffect]:
    """What is in the entries from ``start`` to before ``end``, which are folded already."""
    at_hand = project.index.recent(start, end)
    for seq in range(start, end):
        raw = at_hand.get(seq) or project.journal.read(seq)
        if raw is not None:
            yield from decode(raw, entry_key(project.journal.folder, seq)).effects
