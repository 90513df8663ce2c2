"""A process dies at each step of each operation: what was there stays, the rest is all or nothing."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from mvfs.catalog import pointers, policy, repacking, sweeping
from mvfs.catalog.project import Project
from mvfs.catalog.protection import Insistence
from mvfs.errors import AliasMoved, Conflict, MvfsError, NotFound
from mvfs.store import keys
from mvfs.store.backend.base import Backend
from mvfs.store.backend.faulty import DIE, Decide, Fault, FaultyBackend, ProcessGone, die_at
from mvfs.store.backend.local import LocalBackend
from mvfs.store.backend.memory import MemoryBackend
from tests.crash import operations, views
from tests.crash.clients import Client
from tests.crash.operations import Operate, logs, refers

MIB = 1 << 20
WRITES = ("put", "create", "replace", "delete")
DEAD = 9
_random = random.Random(7)
LARGE = _random.randbytes(3 * MIB + 5)
OTHER = _random.randbytes(MIB + 1)
CONTENTS: dict[str, dict[str, bytes]] = {
    "v0": {"large": LARGE, "a": b"first", "b": b"same"},
    "v1": {"large": LARGE, "a": b"second", "b": b"same"},
    "v2": {"large": OTHER, "c": b"third"},
    "fresh": {"large": OTHER[::-1], "d/e": b"new", "d/f": b"newer"},
    "partly": {"large": OTHER[:MIB] + LARGE[MIB:], "b": b"same"},
}


def nothing(_: Path) -> Operate:
    """The store is good as it is."""
    return lambda _: None


@dataclass(frozen=True)
class Case:
    """An operation that is cut off."""

    operate: Callable[[Path], Operate]
    """Takes the folder of sources."""
    refused: tuple[type[MvfsError], ...] = ()
    """What the same again may raise once it was done."""
    first: Callable[[Path], Operate] = nothing
    """Is done beforehand; takes the folder of sources."""
    killed: Callable[[Path], Operate] | None = None
    """Is tried beforehand by the same user, and dies before its entry is written."""
    changes: bool = True
    """Whether users can see it."""
    empty: bool = False
    """Whether there is no store yet."""


def orphan(project: Project) -> None:
    """Leave a blob that nobody needs."""
    project.backend.put(keys.blob(project.id, bytes(32)), b"left by somebody")


def keeps(project: Project) -> None:
    """Let all but the newest version go when one is logged."""
    policy.set_policy(project, "m", policy.Change(keep_last=1))


def protects(project: Project) -> None:
    """Have ``prod`` at v0, protected."""
    pointers.set_aliases(project, "m", 0, ["prod"])
    policy.set_policy(project, "m", policy.Change(protect=["prod"]))


def forces(project: Project) -> None:
    """Move it all the same."""
    pointers.set_aliases(project, "m", 1, ["prod"], insistence=Insistence(force=True, reason="better"))


CASES = {
    "log": Case(lambda at: logs(at / "fresh", "m", "candidate")),
    "log partly known": Case(lambda at: logs(at / "partly", "m", "candidate")),
    "log equal": Case(lambda at: logs(at / "v0", "m", "again")),
    "log again": Case(lambda at: logs(at / "v1", "m"), changes=False),
    "log first": Case(lambda at: logs(at / "fresh", "m"), empty=True),
    "resume": Case(lambda at: logs(at / "fresh", "m"), killed=lambda at: logs(at / "fresh", "m")),
    "alias": Case(lambda _: lambda p: pointers.set_aliases(p, "m", 0, ["prod"], 1), (AliasMoved,)),
    "log with a policy": Case(lambda at: logs(at / "fresh", "m"), first=lambda _: keeps),
    "policy": Case(lambda _: keeps),
    "alias by force": Case(lambda _: forces, first=lambda _: protects),
    "note": Case(lambda _: lambda p: pointers.set_note(p, "m", 0, "seen")),
    "delete": Case(lambda _: lambda p: operations.delete(p, "m", 1), (NotFound,)),
    "undelete": Case(lambda _: lambda p: operations.undelete(p, "m", 2), (Conflict,)),
    "sweep": Case(lambda _: lambda p: sweeping.sweep(p, 0), changes=False),
    "repack": Case(
        lambda _: repacking.repack, first=lambda _: lambda p: operations.delete(p, "m", 0), changes=False
    ),
    "log by reference": Case(lambda at: refers(at / "fresh", "m")),
    "materialize": Case(
        lambda _: lambda p: operations.materialize(p, "m", 3),
        first=lambda at: refers(at / "fresh", "m"),
        changes=False,
    ),
}


def prepare(client: Client, sources: Path) -> None:
    """v0 and v1 live, v2 in the trash, the alias prod at v1, and garbage."""
    with client.opened(make=True) as project:
        for version in ("v0", "v1", "v2"):
            logs(sources / version, "m")(project)
        operations.delete(project, "m", 2)
        pointers.set_aliases(project, "m", 1, ["prod"])
        orphan(project)


@dataclass
class Life:
    """What a process did."""

    verbs: list[str]
    """Of its backend operations, as far as anybody knows."""
    died: bool


def never(_verb: str, _key: str, _number: int) -> None:
    """Nothing happens to the process."""


def is_entry_of_project(verb: str, key: str, _number: int) -> Fault | None:
    """The process dies when it is about to commit."""
    return DIE if verb == "create" and key.startswith("p/") else None


def noting(dies: Decide, verbs: list[str]) -> Decide:
    """Remember which operations there were."""

    def decide(verb: str, key: str, number: int) -> Fault | None:
        verbs.append(verb)
        return dies(verb, key, number)

    return decide


class World(ABC):
    """Makes stores that are all alike, and kills processes that work on them."""

    fatal: Sequence[str] = WRITES
    """The verbs before which processes die."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources = folder / "sources"
        self._numbers = itertools.count()
        for name, files in CONTENTS.items():
            operations.write(self.sources / name, files)

    def client(self, backend: Backend, like: Client | None = None) -> Client:
        """A client with new caches; ``like``: on the same machine as another one."""
        return Client(self.folder / f"client{next(self._numbers)}", backend, like.state if like else None)

    @abstractmethod
    def store(self, *, empty: bool) -> Backend:
        """A new store."""

    @abstractmethod
    def run(self, client: Client, operate: Operate, dies: Decide, *, make: bool) -> Life:
        """Operate as a process that dies where ``dies`` says so; ``make`` the project if it is not there."""


class InMemory(World):
    """The process is this one; what it does after its death has no effect."""

    fatal = (*WRITES, "get", "get_range", "head", "list")
    _prepared: dict[str, tuple[bytes, int]] | None = None

    def store(self, *, empty: bool) -> Backend:
        if self._prepared is None:
            objects = MemoryBackend()
            prepare(self.client(objects), self.sources)
            self._prepared = dict(objects._objects)
        copy = MemoryBackend()
        if not empty:
            copy._objects.update(self._prepared)
        return copy

    def run(self, client: Client, operate: Operate, dies: Decide, *, make: bool) -> Life:
        verbs: list[str] = []
        try:
            backend = FaultyBackend(client.backend, noting(dies, verbs))
            with client.working_on(backend), client.opened(make=make) as project:
                operate(project)
        except ProcessGone:
            return Life(verbs, died=True)
        return Life(verbs, died=False)


class Mortal(FaultyBackend):
    """Ends the process in earnest."""

    def _failure(self, fault: Fault, verb: str, key: str) -> BaseException:
        os._exit(DEAD)


class OnDisk(World):
    """The process is a child, and dies at once: nothing is tidied up.

    Death before a read leaves the same as death after the operation before, which is what this leaves out.
    """

    def store(self, *, empty: bool) -> Backend:
        prepared = self.folder / "prepared"
        if not prepared.exists():
            prepare(self.client(LocalBackend(prepared)), self.sources)
        copy = self.folder / f"store{next(self._numbers)}"
        if not empty:
            shutil.copytree(prepared, copy)
        return LocalBackend(copy)

    def run(self, client: Client, operate: Operate, dies: Decide, *, make: bool) -> Life:
        def work() -> str:
            verbs: list[str] = []
            backend = Mortal(client.backend, noting(dies, verbs))
            with client.working_on(backend), client.opened(make=make) as project:
                operate(project)
            return " ".join(verbs)

        answer = in_child(work)
        return Life((answer or "").split(), died=answer is None)


def in_child(work: Callable[[], str]) -> str | None:
    """Return what ``work`` returns in a child process; None if that died on purpose."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, work().encode())
            os._exit(0)
        except BaseException as exc:  # noqa: BLE001
            os.write(2, f"{exc!r}\n".encode())
            os._exit(1)
    os.close(writing)
    with open(reading) as answer:
        text = answer.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, DEAD), "the child process failed"
    return None if code == DEAD else text


@pytest.fixture(autouse=True)
def _small_blobs_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mvfs.store.intents.WORTHWHILE", MIB)


@pytest.fixture(params=[InMemory, OnDisk], ids=["memory", "local"])
def world(request: pytest.FixtureRequest, quick_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("MVFS_REFERENCES_ROOTS", str(quick_path / "sources"))
    made: World = request.param(quick_path)
    return made


@dataclass
class Outcome:
    """What a run of the case without any accident leads to."""

    steps: list[tuple[int, bool]]
    """The steps at which a process can die, and whether the step is done when it does."""
    seen: views.View
    effects: object
    before: views.View


def begin(world: World, case: Case) -> Client:
    """A user with a store in the state in which the case begins."""
    client = world.client(world.store(empty=case.empty))
    if case.first is not nothing:
        with world.client(client.backend).opened() as project:
            case.first(world.sources)(project)
    if case.killed is not None:
        assert world.run(client, case.killed(world.sources), is_entry_of_project, make=False).died
    return client


def undisturbed(world: World, case: Case) -> Outcome:
    """Let the process live."""
    client = begin(world, case)
    before: views.View = {}
    if not case.empty:
        with world.client(client.backend).opened() as project:
            before = views.check_all(project)
    life = world.run(client, case.operate(world.sources), never, make=case.empty)
    assert not life.died
    steps = [(number, False) for number, verb in enumerate(life.verbs) if verb in world.fatal]
    steps += [(number, True) for number, verb in enumerate(life.verbs) if verb in WRITES]
    with world.client(client.backend).opened() as project:
        return Outcome(steps, views.check_all(project), views.effects_of(project), before)


@pytest.mark.parametrize("name", CASES)
def test_a_process_that_dies_at_any_step_leaves_all_or_nothing(world: World, name: str) -> None:
    case = CASES[name]
    whole = undisturbed(world, case)
    assert (whole.seen != whole.before) == case.changes
    assert len(whole.steps) >= 2
    found = set()
    for step, applied in whole.steps:
        client = begin(world, case)
        dies = die_at(step, applied=applied)
        assert world.run(client, case.operate(world.sources), dies, make=case.empty).died
        try:
            found.add(check(world, case, client, whole))
        except Exception as exc:
            exc.add_note(f"{name}: died {'after' if applied else 'before'} step {step}")
            raise
    assert found == ({False, True} if case.changes else {True}), "not every outcome was met"


def test_a_source_that_is_moved_in_is_never_nowhere(quick_path: Path) -> None:
    world = OnDisk(quick_path)
    trial = logs(shutil.copytree(world.sources / "fresh", quick_path / "trial"), "m", move=True)
    verbs = world.run(world.client(world.store(empty=False)), trial, never, make=False).verbs
    writes = [number for number, verb in enumerate(verbs) if verb in WRITES]
    assert len(writes) >= 4
    for step, applied in itertools.product(writes, (False, True)):
        source = shutil.copytree(world.sources / "fresh", quick_path / f"moved{step}{applied}")
        client = world.client(world.store(empty=False))
        operate = logs(source, "m", move=True)
        assert world.run(client, operate, die_at(step, applied=applied), make=False).died
        assert (source / "large").read_bytes() == CONTENTS["fresh"]["large"]
        with world.client(client.backend).opened() as project:
            sweeping.sweep(project, 0)  # also before it is repeated
            assert (source / "large").read_bytes() == CONTENTS["fresh"]["large"]
            operate(project)
            sweeping.sweep(project, 0)
            assert list(views.check_all(project)["m"].versions) == [0, 1, 3]
        assert (source / "large").read_bytes() == CONTENTS["fresh"]["large"]


def test_leftovers_that_a_dead_sweep_has_listed_are_not_relied_on(quick_path: Path) -> None:
    """They are still there when the log goes on, but the next sweep will delete them."""
    world = InMemory(quick_path)
    client = world.client(world.store(empty=False))
    assert world.run(client, logs(world.sources / "fresh", "m"), is_entry_of_project, make=False).died

    def at_delete(verb: str, key: str, _number: int) -> Fault | None:
        return DIE if verb == "delete" and "/blobs/" in key else None

    sweeper = world.client(client.backend)
    assert world.run(sweeper, lambda project: sweeping.sweep(project, 0), at_delete, make=False).died
    with client.opened() as project:
        logs(world.sources / "fresh", "m")(project)
    with world.client(client.backend).opened() as project:
        sweeping.sweep(project, 0)
        assert 3 in views.check_all(project)["m"].versions


def check(world: World, case: Case, client: Client, whole: Outcome) -> bool:
    """Look at what a dead process left, repeat its work, sweep; return whether its work was there."""
    with contextlib.ExitStack() as stack:
        try:
            other = stack.enter_context(world.client(client.backend).opened())
        except NotFound:
            assert case.empty
            done = False
        else:
            seen = views.check_all(other)
            done = seen == whole.seen
            assert done or seen == whole.before or (case.empty and seen == {}), "half of it is there"
    again = world.client(client.backend, like=client)
    with again.opened(make=case.empty) as project:
        try:
            case.operate(world.sources)(project)
        except case.refused:
            assert done
        assert views.check_all(project) == whole.seen
        assert views.effects_of(project) == whole.effects, "it was not done exactly once"
    check_tidy(world.client(client.backend), whole)
    return done


def check_tidy(client: Client, whole: Outcome) -> None:
    """A sweep leaves what live versions need and nothing else."""
    with client.opened() as project:
        sweeping.sweep(project, 0)
        assert views.check_all(project) == whole.seen
        assert views.stored(project) == views.needed(project, project.index)
        assert len(list(project.backend.list("probe/"))) <= 1, "an hour later a sweep removes that too"
    if isinstance(client.backend, LocalBackend):
        newcomer = LocalBackend(client.backend.root)
        newcomer.put("probe/newcomer", b"")
        living = {newcomer._scratch.path(), client.backend._scratch.path()}
        assert set((newcomer.root / "tmp").iterdir()) == living, "scratch of a dead process is still there"
