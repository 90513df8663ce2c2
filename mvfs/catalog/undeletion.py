"""Brings deleted versions back, as long as no sweep has taken their objects."""

from __future__ import annotations

from collections.abc import Hashable, Sequence, Set
from dataclasses import dataclass, field

from mvfs import units
from mvfs.catalog.project import Project
from mvfs.catalog.references import Losses, References
from mvfs.catalog.rules import BEST, best_moves
from mvfs.catalog.steps import Step, commit_steps
from mvfs.errors import Conflict, CorruptObject, NotFound
from mvfs.index import queries
from mvfs.index.fresh import fresh
from mvfs.index.rows import AliasMove, Deleted, Sweep
from mvfs.store import effects as fx

LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it."""

    numbers: tuple[int, ...]
    lost: dict[int, str]
    """The versions that cannot come back, and why."""


def undelete(project: Project, name: str, numbers: Sequence[int] | None = None) -> Restored:
    """Bring versions of a name back from the trash; without ``numbers`` all that can be.

    The aliases that a deletion moved come back where they still are where it put them; ``best`` follows
    its rule.

    Raises:
        NotFound: there is nothing of that in the trash.
        Conflict: a version is not deleted, or a sweep took its objects.
        CorruptObject: its manifest is damaged.
    """
    restoring = _Restoring(project, name, numbers)
    done = commit_steps(project, restoring.steps, restoring.closing)
    return Restored(tuple(sorted(number for number in done if isinstance(number, int))), restoring.lost)


@dataclass(slots=True)
class _Pointing:
    """Where the aliases of a name are, step by step."""

    project: Project
    name: str
    at: dict[str, int]
    moves: dict[int, list[AliasMove]] = field(default_factory=dict)
    """By the number of the entry."""

    def returning(self, gone: Deleted, *, ruled: bool) -> list[fx.AnyEffect]:
        """The aliases that come back with a version."""
        if gone.seq not in self.moves:
            self.moves[gone.seq] = queries.alias_moves_of(self.project.index, self.name, gone.seq)
        effects: list[fx.AnyEffect] = []
        for move in self.moves[gone.seq]:
            stays = ruled and move.alias == BEST
            if move.old == gone.version.number and self.at.get(move.alias) == move.new and not stays:
                effects.append(self.to(move.alias, gone.version.number))
        return effects

    def to(self, alias: str, number: int) -> fx.AliasMoved:
        """Move an alias."""
        old = self.at.get(alias)
        self.at[alias] = number
        return fx.AliasMoved(self.name, alias, number, old)


class _Restoring:
    """The plan, evaluated anew at each base from single entries, never from the cache."""

    def __init__(self, project: Project, name: str, numbers: Sequence[int] | None) -> None:
        self._project, self._name, self._numbers = project, name, numbers
        self._fresh = fresh(project.journal)
        self._references = References(project.backend)
        self.lost: dict[int, str] = {}

    def steps(self, done: Set[Hashable]) -> list[Step]:
        """A step for each version that comes back, the last deleted first, keyed by its number."""
        while True:
            self._meet()
            wanted = [gone for gone in self._wanted(done) if gone.version.number not in done]
            try:
                coming = self._without_lost(wanted)
                break
            except CorruptObject:
                if not self._fresh.refresh():  # else a sweep may have taken it just now
                    raise
        if wanted and not coming and not done:
            raise Conflict(next(iter(self.lost.values())), name=self._name)
        row = queries.name(self._fresh, self._name)
        ruled = row is not None and row.rule is not None
        pointing = _Pointing(self._project, self._name, queries.aliases(self._fresh, self._name))
        steps = []
        for gone in sorted(coming, key=lambda one: (-one.seq, -one.version.number)):
            number = gone.version.number
            back = fx.Undeleted(self._name, number)
            steps.append(Step(number, [back, *pointing.returning(gone, ruled=ruled)]))
        if steps and LATEST not in pointing.at:  # only some of a name that was deleted as a whole
            highest = max(steps, key=lambda step: int(str(step.key)))
            highest.effects.append(pointing.to(LATEST, int(str(highest.key))))
            steps.sort(key=lambda step: step is not highest)
        return steps

    def closing(self, effects: list[fx.AnyEffect]) -> list[fx.AnyEffect]:
        """The move of ``best``."""
        return best_moves(self._project, effects, [self._name])

    def _meet(self) -> None:
        """Bring the cached index and the fresh one to the same entry."""
        while True:
            self._fresh.refresh()
            self._project.index.refresh()
            if self._fresh.seq == self._project.index.seq:
                return

    def _wanted(self, done: Set[Hashable]) -> list[Deleted]:
        """What was asked for and is in the trash."""
        trash = {gone.version.number: gone for gone in queries.trash(self._fresh, self._name)}
        if self._numbers is None:
            if not trash and not done:
                raise NotFound(f"nothing of '{self._project.name}/{self._name}' is in the trash")
            return list(trash.values())
        found = []
        for number in dict.fromkeys(self._numbers):
            if number in trash:
                found.append(trash[number])
            elif number not in done:
                raise self._missing(number)
        return found

    def _missing(self, number: int) -> Conflict | NotFound:
        label = f"'{self._project.name}/{self._name}:v{number}'"
        if queries.version(self._fresh, self._name, number) is not None:
            return Conflict(f"{label} is not deleted")
        return NotFound(f"there never was a version {label}", name=self._name, version=number)

    def _without_lost(self, wanted: list[Deleted]) -> list[Deleted]:
        """Those whose objects are there; the others are refused, or noted where all were asked for."""
        if not wanted:
            return []
        losses = Losses(self._project, self._fresh, min(gone.seq for gone in wanted))
        coming = []
        for gone in wanted:
            number = gone.version.number
            label = f"{self._project.name}/{self._name}:v{number}"
            try:
                sweep = losses.of(gone.version, self._references)
            except CorruptObject as exc:
                if self._numbers is not None:
                    raise
                self.lost[number] = f"{label} cannot come back: {exc.message}"
                continue
            if sweep is None:
                coming.append(gone)
                continue
            self.lost[number] = f"{label} cannot come back: {_blame(sweep)}"
            if self._numbers is not None:
                raise Conflict(self.lost[number], name=self._name, version=number, by=sweep.actor)
        return coming


def _blame(sweep: Sweep) -> str:
    return f"a sweep by {sweep.actor} on {units.moment(sweep.time)} took its files"
