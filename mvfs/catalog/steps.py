"""Changes of many versions at once: committed in as few journal entries as they fit into."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Set
from dataclasses import dataclass

from mvfs.catalog.project import Project
from mvfs.catalog.reach import halfway, is_out_of_reach
from mvfs.errors import Unavailable
from mvfs.store import effects as fx
from mvfs.store.entry import MAX_ENTRY, effect_size
from mvfs.store.journal import Operation

_ROOM = MAX_ENTRY - 4096
"""Bytes for the steps of one entry; the rest is for its head and for moves that close it."""


@dataclass(frozen=True, slots=True)
class Step:
    """Effects that belong together, and what they are about."""

    key: Hashable
    effects: list[fx.AnyEffect]


Steps = Callable[[Set[Hashable]], list[Step]]
"""Reads the index at the tail and returns what is left to do; told which keys earlier entries have done."""

Closing = Callable[[list[fx.AnyEffect]], list[fx.AnyEffect]]
"""Returns what an entry with these effects needs besides."""


def commit_steps(
    project: Project,
    steps: Steps,
    closing: Closing | None = None,
    operation: Operation | None = None,
    done: set[Hashable] | None = None,
) -> set[Hashable]:
    """Commit all steps and return their keys; ``done`` holds at any time what was committed.

    Steps are evaluated anew at each base, so what they check holds where they are committed. Where one
    entry cannot hold them all, others may write in between.
    """
    done = set() if done is None else done
    operation = operation or Operation(project.index.seq)
    taken: list[Step] = []
    is_last = True

    def plan() -> list[fx.AnyEffect]:
        nonlocal taken, is_last
        todo = steps(done)
        taken = _fitting(todo)
        is_last = len(taken) == len(todo)
        effects = [effect for step in taken for effect in step.effects]
        return effects + closing(effects) if closing and taken else effects

    while True:
        try:
            project.commit(plan, operation)
        except Unavailable as exc:
            if not done or not is_out_of_reach(exc):
                raise
            raise halfway(exc) from exc
        done.update(step.key for step in taken)
        if is_last:
            return done
        operation.op_id = os.urandom(16)


def _fitting(steps: list[Step]) -> list[Step]:
    """The first steps, as many as one entry holds; one at least."""
    size = 0
    for count, step in enumerate(steps):
        size += sum(effect_size(effect) for effect in step.effects)
        if size > _ROOM and count:
            return steps[:count]
    return steps
