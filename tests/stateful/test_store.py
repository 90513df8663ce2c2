"""Any sequence of operations, accidents and losses leaves what the model says, whole to the last byte.

``MVFS_STATEFUL_EXAMPLES`` makes it longer, and each run another one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mvfs.catalog.project import Project
from mvfs.errors import Conflict, NotFound, Unavailable
from mvfs.index import queries
from mvfs.index.fresh import fresh
from mvfs.store import sweeplist
from mvfs.store.backend.faulty import (
    DIE,
    DIE_AFTER,
    FAIL,
    INTERRUPT,
    LOSE,
    Decide,
    Fault,
    FaultyBackend,
    ProcessGone,
)
from mvfs.store.backend.memory import MemoryBackend
from tests.crash import views
from tests.crash.clients import Client
from tests.stateful import model
from tests.stateful.deeds import INTRUSIONS, LOGS, MIB, WISHES, Deed, Wish

PROJECT_ID = "01JD0000000000000000000000"
PEOPLE = st.integers(0, 1)
ENTRY = -1
"""Stands for the step at which an entry is written."""

STEPS = st.one_of(st.integers(0, 40), st.just(ENTRY))
DAY = 24 * 3600 * 10**9

Seen = tuple[views.View, set[tuple[str, int]]]
"""What users see, and which versions in the trash a sweep has taken."""


class Person:
    """A user with directories of their own, at work in one process after the other."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.start()

    def start(self) -> None:
        """Begin a new process."""
        self.faulty = FaultyBackend(self.client.backend)
        with self.client.here():
            self.project = Project(self.faulty, "store", "p", PROJECT_ID)
            self.project.refresh()

    def end(self) -> None:
        """Release what the process held."""
        self.project.index.close()


class StoreMachine(RuleBasedStateMachine):
    """Two people at one store."""

    def __init__(self) -> None:
        super().__init__()
        shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = Path(tempfile.mkdtemp(prefix="mvfs-test-", dir=shared))
        self.clock = 0
        self.objects = MemoryBackend()
        self.state: model.State = {}
        self.checked: model.State | None = None
        self.patches = contextlib.ExitStack()
        clock = SimpleNamespace(sleep=lambda _: None, time_ns=lambda: time.time_ns() + self.clock)
        for name, value in {
            "mvfs.store.journal.time": clock,
            "mvfs.store.intents.WORTHWHILE": MIB,
            "mvfs.store.segments.ENTRIES": 4,
            "mvfs.store.segments._ARRAY": b"\xdc\x00\x04",
            "mvfs.index.index.ENTRIES": 4,
            "mvfs.index.index.FAR": 6,
            "mvfs.index.checkpoint._APART": 4,
        }.items():
            self.patches.enter_context(mock.patch(name, value))
        clients = (Client(self.folder / name, self.objects) for name in ("ann", "bob"))
        self.people = [Person(client) for client in clients]

    def teardown(self) -> None:
        try:
            for person in self.people:
                person.project.refresh()
                assert views.view(person.project.index) == model.view(self.state)
        finally:
            for person in self.people:
                person.end()
            self.patches.close()
            shutil.rmtree(self.folder)

    @initialize(wishes=st.lists(LOGS, min_size=2, max_size=4))
    def is_not_empty(self, wishes: list[Wish]) -> None:
        for wish in wishes:
            self.does(wish, 0)

    @rule(wish=WISHES, who=PEOPLE)
    def does(self, wish: Wish, who: int) -> None:
        deed = wish(self.state)
        after = _after(self.state, deed)
        assert self._act(self.people[who], deed) == (after is not None), deed
        self.state = self.state if after is None else after

    @rule(wish=WISHES, who=PEOPLE, step=STEPS, fault=st.sampled_from([FAIL, LOSE, INTERRUPT, DIE, DIE_AFTER]))
    def meets_an_accident(self, wish: Wish, who: int, step: int, fault: Fault) -> None:
        """All of it is done or nothing; if it says that it is done, it is."""
        deed = wish(self.state)
        person, after = self.people[who], _after(self.state, deed)
        person.faulty.decide = _once(person, step, lambda: fault)
        try:
            done = self._act(person, deed)
        except (ProcessGone, KeyboardInterrupt, Unavailable):
            done = None
        person.faulty.decide = lambda *_: None
        if person.faulty._dead:
            person.end()
            person.start()
        seen = self._look()
        if done is not None:
            assert done == (after is not None), deed
        is_done = after is not None and (done or (done is None and seen == _seen(after)))
        self.state = after if is_done and after is not None else self.state
        assert seen == _seen(self.state), f"{deed} is half done"

    @rule(wish=WISHES, intrusions=INTRUSIONS, who=PEOPLE, step=STEPS)
    def is_overtaken(self, wish: Wish, intrusions: list[Wish], who: int, step: int) -> None:
        """Somebody else does something meanwhile: as if one had come after the other."""
        deed, others = wish(self.state), [intrusion(self.state) for intrusion in intrusions]
        person, hurried = self.people[who], self.people[1 - who]
        results: list[bool] = []

        def overtake() -> None:
            results.extend([self._act(hurried, other) for other in others])

        person.faulty.decide = _once(person, step, overtake)
        done = self._act(person, deed)
        person.faulty.decide = lambda *_: None
        if not results:
            overtake()
        seen = self._look()
        for place in range(len(others) + 1):
            order = [*zip(others, results, strict=True)]
            order.insert(place, (deed, done))
            state = self.state
            for one, result in order:
                after = _after(state, one)
                if (after is not None) != result:
                    break
                state = state if after is None else after
            else:
                if seen == _seen(state):
                    self.state = state
                    return
        raise AssertionError(f"{deed} ({done}) and meanwhile {others} ({results}) fit no order")

    @rule(who=PEOPLE)
    def loses_the_cache(self, who: int) -> None:
        person = self.people[who]
        person.end()
        person.client.forget()
        person.start()

    @rule(who=PEOPLE)
    def starts_again(self, who: int) -> None:
        self.people[who].end()
        self.people[who].start()

    @rule(days=st.integers(-400, 400))
    def the_clock_jumps(self, days: int) -> None:
        self.clock = days * DAY

    @rule(spoil=st.booleans())
    def copies_of_the_journal_vanish(self, spoil: bool) -> None:
        """Segments and checkpoints are lost or spoilt, which nobody needs notice."""
        for info in list(self.objects.list(f"p/{PROJECT_ID}/")):
            if "/seg/" in info.key or "/ckpt/" in info.key:
                self.objects.delete(info.key)
                if spoil:
                    self.objects.put(info.key, b"spoilt")

    @invariant()
    def the_store_is_what_the_model_says(self) -> None:
        if self.checked is not self.state:
            assert self._look() == _seen(self.state)
            self.checked = self.state

    def _act(self, person: Person, deed: Deed) -> bool:
        """Let somebody do something; return whether it was not refused."""
        with person.client.here():
            try:
                deed.act(person.project, self.folder)
            except (NotFound, Conflict):
                return False
            person.project.refresh()
        return True

    def _look(self) -> Seen:
        """Check everything with the eyes of a newcomer, and return what there is to see."""
        with mock.patch("mvfs.catalog.project.index_path", return_value=None):
            newcomer = Project(self.objects, "store", "p", PROJECT_ID)
        newcomer.refresh()
        seen = views.check_all(newcomer)
        taken = _taken(newcomer)
        newcomer.index.close()
        return seen, taken


def _taken(project: Project) -> set[tuple[str, int]]:
    """The versions in the trash of which a sweep has taken something."""
    index = fresh(project.journal)
    swept: set[str] = set()
    for sweep in queries.sweeps(index):
        swept.update(sweeplist.read(project.backend, project.id, sweep.id, sweep.list_hash))
    found = {
        (gone.version.name, gone.version.number)
        for gone in queries.trash(index)
        if gone.version.manifest in swept
    }
    index.close()
    return found


def _seen(state: model.State) -> Seen:
    """What there is to see of a state of the model."""
    taken = {
        (name, number)
        for name, one in state.items()
        for number, each in enumerate(one.versions)
        if each.swept
    }
    return model.view(state), taken


def _after(state: model.State, deed: Deed) -> model.State | None:
    """The state after a deed; None where it must be refused."""
    try:
        return deed.change(state)
    except model.Refused:
        return None


def _once(person: Person, step: int, act: Callable[[], Fault | None]) -> Decide:
    """Do something before the ``step``-th operation from now, or before the first entry is written."""
    at = person.faulty.operations + step
    is_over = False

    def decide(verb: str, _key: str, number: int) -> Fault | None:
        nonlocal is_over
        if is_over or (number != at if step != ENTRY else verb != "create"):
            return None
        is_over = True
        return act()

    return decide


_examples = os.environ.get("MVFS_STATEFUL_EXAMPLES")

TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=int(_examples or 25),
    stateful_step_count=25,
    deadline=None,
    derandomize=_examples is None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
