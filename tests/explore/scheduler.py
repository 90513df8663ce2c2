"""Runs actors in threads, one at a time: who moves, and what goes wrong meanwhile, is chosen from outside.

Every operation of a backend is a scheduling point: the actor stops before it, and ``choose`` picks among the
`Step`s that could come next. Equal choices give equal executions, so a schedule is replayed from its steps.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import NamedTuple

from mvfs.store.backend.faulty import Decide, Fault, FaultyBackend, Kind, LateOperation

MAX_STEPS = 400
"""Steps after which an execution counts as stuck."""

READS = frozenset({"head", "get", "get_range", "list"})


class Step(NamedTuple):
    """An operation that an actor is about to do, or (``late``) one of its earlier ones that arrives now."""

    actor: str
    verb: str
    key: str
    number: int
    fault: Fault | None = None
    late: bool = False

    def __str__(self) -> str:
        what = " arrives late" if self.late else f" !{self.fault.kind}" if self.fault else ""
        return f"{self.actor:10} {self.number:3} {self.verb} {self.key}{what}"


def independent(a: Step, b: Step) -> bool:
    """Whether two steps can change places without anybody noticing."""
    if (a.actor, a.late) == (b.actor, b.late) or (a.fault is not None and b.fault is not None):
        return False  # faults share one budget
    if a.verb in READS and b.verb in READS:
        return True
    if "list" in (a.verb, b.verb):
        listing, other = (a, b) if a.verb == "list" else (b, a)
        return not other.key.startswith(listing.key)
    return a.key != b.key


Choose = Callable[[Sequence[Step], str], Step]
"""Takes what could come next (never empty) and who moved last; returns one of the steps."""


class Stopped(BaseException):
    """Ends the threads of an execution that is given up."""


class Pruned(Exception):
    """Nothing new can come of this execution."""


class Stuck(Exception):
    """An execution does not end."""


def _closed() -> threading.Lock:
    """A lock that somebody else opens; a semaphore of the standard library takes ten times as long."""
    lock = threading.Lock()
    lock.acquire()
    return lock


class _Thread:
    def __init__(self, name: str, act: Callable[[], None]) -> None:
        self.name, self.act = name, act
        self.go = _closed()
        self.next: Step | None = None
        self.fault: Fault | None = None
        self.error: BaseException | None = None


class Execution:
    """One run of all actors under one schedule."""

    def __init__(self, choose: Choose, faults: Mapping[str, Sequence[Fault]], budget: int) -> None:
        """``faults`` says what may go wrong with each verb, ``budget`` how many faults there may be."""
        self.steps: list[Step] = []
        self.errors: dict[str, BaseException] = {}
        self._choose, self._faults, self._budget = choose, faults, budget
        self._threads: dict[str, _Thread] = {}
        self._backends: dict[str, FaultyBackend] = {}
        self._arriving: dict[Step, LateOperation] = {}
        self._moved = ""
        self._running = False
        self._trouble: BaseException | None = None
        self._main = _closed()

    def add(self, name: str, backend: FaultyBackend, act: Callable[[], None]) -> None:
        """Take in an actor; from here on the schedule rules over its backend."""
        self._threads[name] = _Thread(name, act)
        self._backends[name] = backend
        backend.operations = 0
        backend.decide = self._decide(self._threads[name])

    def run(self, pool: Executor) -> None:
        """Run to the end, each actor in a thread of ``pool``, which must have enough of them.

        Raises:
            Pruned, Stuck, or what ``choose`` raised: all actors were stopped.
        """
        lives = []
        for thread in self._threads.values():  # each up to its first operation
            lives.append(pool.submit(self._live, thread))
            self._main.acquire()
        self._running = True
        self._pass_on(None)
        self._main.acquire()
        for life in lives:
            life.result()
        if self._trouble is not None:
            raise self._trouble

    def _live(self, me: _Thread) -> None:
        try:
            me.act()
        except Stopped:
            pass
        except BaseException as exc:  # noqa: BLE001 - judged by the invariants
            self.errors[me.name] = exc
        me.next = None
        if not self._running:
            self._main.release()
        elif self._trouble is None:
            self._pass_on(me)

    def _decide(self, me: _Thread) -> Decide:
        def decide(verb: str, key: str, number: int) -> Fault | None:
            if self._trouble is None:
                me.next = Step(me.name, verb, key, number)
                if self._running:
                    if self._pass_on(me) is not me:
                        me.go.acquire()
                else:
                    self._main.release()
                    me.go.acquire()
            if self._trouble is not None:
                raise Stopped
            return me.fault

        return decide

    def _pass_on(self, me: _Thread | None) -> _Thread | None:
        """Wake whoever moves next; return it, None when all is done."""
        try:
            chosen = self._next()
        except Exception as exc:  # noqa: BLE001 - handed to the caller of run
            self._trouble = exc
            for thread in self._threads.values():
                if thread is not me and thread.next is not None:
                    thread.go.release()
            self._main.release()
            return me
        if chosen is None:
            self._main.release()
        elif chosen is not me:
            chosen.go.release()
        return chosen

    def _next(self) -> _Thread | None:
        while options := self._options():
            if len(self.steps) >= MAX_STEPS:
                raise Stuck
            step = self._choose(options, self._moved)
            self.steps.append(step)
            if step.late:
                self._backends[step.actor].apply_late(self._arriving.pop(step))
                continue
            self._moved = step.actor
            thread = self._threads[step.actor]
            thread.next, thread.fault = None, step.fault
            if step.fault is not None:
                self._budget -= 1
            return thread
        return None

    def _options(self) -> list[Step]:
        """What could come next: to go on as before, then others, then what arrives late, then faults."""
        for name, backend in self._backends.items():
            for late in backend.late:
                if late not in self._arriving.values():
                    step = next(s for s in reversed(self.steps) if s.actor == name and s.fault is not None)
                    self._arriving[step._replace(fault=None, late=True)] = late
        waiting = [thread.next for thread in self._threads.values() if thread.next is not None]
        waiting.sort(key=lambda step: step.actor != self._moved)
        options = [*waiting, *self._arriving]
        if self._budget > 0:
            options += [
                step._replace(fault=fault) for step in waiting for fault in self._faults.get(step.verb, ())
            ]
        return options


__all__ = ["Choose", "Execution", "Kind", "Pruned", "Step", "Stopped", "Stuck", "independent"]
