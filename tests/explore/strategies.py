"""Ways to choose schedules: all of them depth first, at random, by random priorities, or one again."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Protocol

from tests.explore.scheduler import Pruned, Step, independent


class Strategy(Protocol):
    """Chooses the steps of one execution after the other."""

    def begin(self) -> bool:
        """Get ready for the next execution; False when there is no other."""

    def __call__(self, options: Sequence[Step], moved: str) -> Step:
        """Choose one of ``options``; ``moved`` is who moved last."""


class _Node:
    """A point of the schedule: what could come next, which of it is being tried, what need not be tried."""

    __slots__ = ("asleep", "at", "awake")

    def __init__(self, options: Sequence[Step], asleep: frozenset[Step]) -> None:
        self.awake = [step for step in options if step not in asleep]
        self.asleep = asleep
        self.at = 0

    def asleep_after(self) -> frozenset[Step]:
        """What was tried before and would only change places with the step that is tried now."""
        step = self.awake[self.at]
        earlier = self.asleep.union(self.awake[: self.at])
        return frozenset(other for other in earlier if independent(other, step))


class DepthFirst:
    """Every schedule, except those that differ from another only in the order of independent steps.

    The latter are left out by sleep sets (Godefroid): a step that was tried at a point stays asleep below
    its siblings until a step that it depends on is taken.
    """

    def __init__(self) -> None:
        self._nodes: list[_Node] = []
        self._depth = 0
        self._started = False

    def begin(self) -> bool:
        self._depth = 0
        if not self._started:
            self._started = True
            return True
        while self._nodes and self._nodes[-1].at >= len(self._nodes[-1].awake) - 1:
            self._nodes.pop()
        if not self._nodes:
            return False
        self._nodes[-1].at += 1
        return True

    def __call__(self, options: Sequence[Step], moved: str) -> Step:
        if self._depth == len(self._nodes):
            asleep = self._nodes[-1].asleep_after() if self._nodes else frozenset()
            self._nodes.append(_Node(options, asleep))
        node = self._nodes[self._depth]
        if not node.awake:
            raise Pruned
        step = node.awake[node.at]
        assert step in options, f"an execution cannot be replayed: {step} is none of {options}"
        self._depth += 1
        return step


class _Seeded:
    """What the random strategies share: a seed, and faults that are rare."""

    def __init__(self, seed: int, fault_rate: float = 0.1) -> None:
        self._random = random.Random(seed)
        self._fault_rate = fault_rate

    def _with_faults(self, options: Sequence[Step]) -> Sequence[Step]:
        """Either the options that are faults or the others."""
        faults = [step for step in options if step.fault is not None]
        if faults and self._random.random() < self._fault_rate:
            return faults
        return options[: len(options) - len(faults)]


class Uniform(_Seeded):
    """Each step may follow with equal probability."""

    def begin(self) -> bool:
        return True

    def __call__(self, options: Sequence[Step], moved: str) -> Step:
        return self._random.choice(self._with_faults(options))


class Priorities(_Seeded):
    """As in PCT (Burckhardt): who has the highest priority moves, and at few random points it loses it.

    Finds what needs few, but long, preemptions: a writer that stalls while others do a lot.
    """

    def __init__(self, seed: int, fault_rate: float = 0.1, changes: int = 3) -> None:
        super().__init__(seed, fault_rate)
        self._changes = changes
        self._length = 30
        self.begin()

    def begin(self) -> bool:
        self._rank: dict[tuple[str, bool], float] = {}
        self._step = 0
        self._points = {self._random.randrange(self._length) for _ in range(self._changes)}
        return True

    def __call__(self, options: Sequence[Step], moved: str) -> Step:
        chosen = self._highest(options)
        if self._step in self._points:
            self._rank[chosen.actor, chosen.late] = -self._step
            chosen = self._highest(options)
        self._step += 1
        self._length = max(self._length, self._step)
        mine = [step for step in self._with_faults(options) if step.actor == chosen.actor]
        return self._random.choice([s for s in mine if s.late == chosen.late] or [chosen])

    def _highest(self, options: Sequence[Step]) -> Step:
        for step in options:
            self._rank.setdefault((step.actor, step.late), self._random.random())
        return max(
            (step for step in options if step.fault is None), key=lambda s: self._rank[s.actor, s.late]
        )


class Turns:
    """Takes turns between strategies."""

    def __init__(self, *strategies: Strategy) -> None:
        self._strategies = strategies
        self._turn = -1

    def begin(self) -> bool:
        self._turn = (self._turn + 1) % len(self._strategies)
        return self._strategies[self._turn].begin()

    def __call__(self, options: Sequence[Step], moved: str) -> Step:
        return self._strategies[self._turn](options, moved)


def at_random(seed: int) -> Strategy:
    """Uniform and priority schedules by turns."""
    return Turns(Uniform(seed), Priorities(seed))


class Again:
    """One schedule once more; what follows after its end goes on without faults."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = list(steps)
        self._left: list[Step] | None = None

    def begin(self) -> bool:
        fresh, self._left = self._left is None, list(self._steps)
        return fresh

    def __call__(self, options: Sequence[Step], moved: str) -> Step:
        return self._left.pop(0) if self._left else options[0]
