"""The world of an execution: one store in memory, and actors that each have their own view of it.

The code under test is the real one; only its surroundings are replaced: nobody sleeps, indexes live
in memory, unclear creates are given up sooner, and clocks and random bytes are functions of the actor, so
that executions can be repeated.
"""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from mvfs.catalog.project import Project
from mvfs.index import index, schema
from mvfs.index.index import Index
from mvfs.store.backend.base import Backend
from mvfs.store.backend.faulty import Fault, FaultyBackend
from mvfs.store.backend.memory import MemoryBackend
from mvfs.store.entry import GENESIS
from mvfs.store.sources import SourceFile, scan
from mvfs.store.trust import Stamps
from tests.explore.scheduler import Choose, Execution

PROJECT_ID = "01JD0000000000000000000000"

TABLES = [line.split()[2] for line in schema.TABLES.split(";") if line.split()[:2] == ["create", "table"]]
"""The tables of the index."""


@dataclass(slots=True)
class Actor:
    """One process that works on the store."""

    name: str
    project: Project
    world: World
    noted: list[str] = field(default_factory=list)
    """Notes that it was told are written."""
    logged: list[tuple[str, int, bytes]] = field(default_factory=list)
    """Versions that it was told are logged: name, number, digest."""
    deleted: list[tuple[str, int]] = field(default_factory=list)
    undeleted: list[tuple[str, int]] = field(default_factory=list)
    """Versions that it was told are in the trash."""


Act = Callable[[Actor], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Who does what to which store, and what may go wrong meanwhile."""

    actors: Mapping[str, Act]
    faults: Mapping[str, Sequence[Fault]] = field(default_factory=dict)
    budget: int = 0
    """How many faults there may be in one execution."""
    prepare: Act = lambda _: None
    """Fills the store beforehand, undisturbed."""
    may_raise: tuple[type[Exception], ...] = ()
    """What actors may raise also where nothing went wrong."""


class World:
    """One store and its actors, for one execution."""

    def __init__(self, lab: Lab, objects: MemoryBackend) -> None:
        self.lab = lab
        self.objects = objects
        self.actors: list[Actor] = []
        self.checkpoint: Project | None = None
        """For a client that begins with a checkpoint instead of the whole journal."""

    def actor(self, name: str, backend: Backend) -> Actor:
        """A process that is up to date."""
        project = Project(backend, "store", "p", PROJECT_ID)
        project.refresh()
        actor = Actor(name, project, self)
        self.actors.append(actor)
        return actor

    def fresh(self) -> Project:
        """What somebody sees who comes to the store only now."""
        project = Project(self.objects, "store", "p", PROJECT_ID)
        if self.checkpoint is not None:
            self.checkpoint.index.db.backup(project.index.db)
        project.refresh()
        return project

    def close(self) -> None:
        """Free the indexes."""
        self.lab.take_back()


class Lab:
    """The surroundings in which worlds are made; one for many executions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.is_far = False
        """Whether the store is treated as one to which each request goes over a network."""
        self._prepared: dict[Act, dict[str, tuple[bytes, int]]] = {}
        self._sources: dict[tuple[str, ...], list[SourceFile]] = {}
        self._here = threading.local()
        self._databases: list[sqlite3.Connection] = []
        self._lent: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(16)  # kept from one execution to the next: new threads are slow

    @contextlib.contextmanager
    def opened(self) -> Iterator[Lab]:
        """Replace the surroundings of the code under test for as long as the context lasts."""
        stamps = Stamps(Path(":memory:"))
        quiet = SimpleNamespace(sleep=lambda _: None, time_ns=self._clock)
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._pool)
            stack.enter_context(mock.patch.dict(os.environ, MVFS_STATE_DIR=str(self._folder / "state")))
            stack.enter_context(mock.patch("mvfs.store.journal.time", quiet))
            stack.enter_context(mock.patch("mvfs.store.journal._PLACE_ATTEMPTS", 2))
            stack.enter_context(mock.patch("mvfs.catalog.project.index_path", return_value=None))
            stack.enter_context(mock.patch("mvfs.catalog.recording.stamps", return_value=stamps))
            stack.enter_context(mock.patch("mvfs.store.newest._pool", _Inline))
            stack.enter_context(mock.patch("mvfs.index.following.time", quiet))
            stack.enter_context(mock.patch("os.urandom", self._random_bytes(os.urandom)))
            self._recycle(stack)
            try:
                yield self
            finally:
                for db in (*self._databases, *self._lent):
                    db.close()

    def _recycle(self, stack: contextlib.ExitStack) -> None:
        """Use the databases of indexes again: new tables would take longer than all else together."""
        connect, create = index._connect, Index._create

        def take(path: str) -> sqlite3.Connection:
            self._lent.append(self._databases.pop() if self._databases else connect(path))
            return self._lent[-1]

        def empty(index: Index, db: sqlite3.Connection, *, again: bool = False) -> None:
            if db.execute("pragma user_version").fetchone()[0] != schema.VERSION:
                create(index, db)
                return
            index._add_aside(db)
            for table in (*TABLES, *(("looked", "recent") if index.is_far else ())):
                db.execute(f"delete from {table}")
            db.execute("insert into position values (?, 0, ?)", (index.journal.folder, GENESIS))

        stack.enter_context(mock.patch.object(index, "_connect", take))
        stack.enter_context(mock.patch.object(Index, "_create", empty))

    def take_back(self) -> None:
        """Nobody needs an index any more that was opened up to now."""
        self._databases += self._lent
        self._lent.clear()

    def _clock(self) -> int:
        """Each actor has its own, which moves on only when it is looked at."""
        self._here.time = getattr(self._here, "time", 0) + 1_000_000
        return int(self._here.time)

    def _random_bytes(self, real: Callable[[int], bytes]) -> Callable[[int], bytes]:
        def urandom(count: int) -> bytes:
            source = getattr(self._here, "random", None)
            return real(count) if source is None else source.randbytes(count)

        return urandom

    @contextlib.contextmanager
    def seeded(self, name: str) -> Iterator[None]:
        """In this thread, random bytes are a function of ``name``."""
        self._here.random, self._here.time = random.Random(name), 0
        try:
            yield
        finally:
            del self._here.random, self._here.time

    def sources(self, **files: str) -> list[SourceFile]:
        """Small files with these contents, ready to be logged."""
        key = tuple(f"{name}={text}" for name, text in sorted(files.items()))
        if key not in self._sources:
            folder = self._folder / f"source{len(self._sources)}"
            folder.mkdir()
            for name, text in files.items():
                (folder / name).write_text(text)
            self._sources[key] = scan(folder)
        return self._sources[key]

    def world(self, scenario: Scenario) -> World:
        """A new world, prepared as the scenario says."""
        if scenario.prepare not in self._prepared:
            world = World(self, self._objects())
            with self.seeded("prepare"):
                scenario.prepare(world.actor("prepare", world.objects))
            world.close()
            self._prepared[scenario.prepare] = dict(world.objects._objects)
        objects = self._objects()
        objects._objects.update(self._prepared[scenario.prepare])
        return World(self, objects)

    def _objects(self) -> MemoryBackend:
        objects = MemoryBackend()
        objects.is_far = self.is_far
        return objects

    def execute(self, scenario: Scenario, choose: Choose) -> tuple[World, Execution]:
        """Run a scenario once under the schedule of ``choose``."""
        world = self.world(scenario)
        execution = Execution(choose, scenario.faults, scenario.budget)
        for name, act in scenario.actors.items():
            backend = FaultyBackend(world.objects)
            actor = world.actor(name, backend)
            execution.add(name, backend, self._seeded_act(act, actor))
        try:
            execution.run(self._pool)
        except BaseException:
            world.close()
            raise
        return world, execution

    def _seeded_act(self, act: Act, actor: Actor) -> Callable[[], None]:
        def run() -> None:
            with self.seeded(actor.name):
                act(actor)

        return run


class _Inline(contextlib.nullcontext[None]):
    """Stands for a pool of threads: the scheduler knows only the actors' own."""

    def __init__(self, workers: int) -> None:
        super().__init__()
        self.map = map

    def __enter__(self) -> Any:
        return self
