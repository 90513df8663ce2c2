"""Whether a run that says ``running`` does: its writers leave a sign of life in the store every minute.

The signs of all of a project's runs lie side by side, so that one listing tells about all of them.
docs/FORMAT.md, "Signs of life".
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence

import msgspec

from mvfs.catalog import spool
from mvfs.catalog.project import Project
from mvfs.catalog.reach import is_out_of_reach
from mvfs.errors import NoPermission, Unavailable
from mvfs.index import queries
from mvfs.index.rows import Run
from mvfs.store import keys
from mvfs.store.backend.base import ObjectInfo

BEAT_SECONDS = 60
"""Between two signs: rare enough for a bucket."""

MISSED = 5
"""Signs that must be missing before a run counts as dead."""

_PREEMPTING = ".preempting"


def sign(project: Project, run_id: str, writer: str, *, preempting: bool = False) -> None:
    """Leave a sign of life."""
    key = keys.sign_of_life(project.id, run_id, writer)
    project.backend.put(f"{key}{_PREEMPTING}" if preempting else key, b"")
    if preempting:
        _remove(project, key)


def end(project: Project, run_id: str, writer: str, *, crashed: bool = False) -> None:
    """Remove a writer's signs of life; that of a crashed one that it would be preempted stays."""
    key = keys.sign_of_life(project.id, run_id, writer)
    _remove(project, key)
    if not crashed:
        _remove(project, f"{key}{_PREEMPTING}")


def _remove(project: Project, key: str) -> None:
    with contextlib.suppress(NoPermission):  # who may only add leaves it; it says nothing after the end
        project.backend.delete(key)


def is_alive(project: Project, run_id: str, beside: str = "-") -> bool:
    """Whether any writer of a run lives, ``beside`` this one."""
    own = keys.sign_of_life(project.id, run_id, beside)
    signs = project.backend.list(keys.sign_of_life(project.id, run_id, ""))
    return any(_lives(project, info) for info in signs if not info.key.startswith(own))


def with_states(project: Project, found: Sequence[Run]) -> list[Run]:
    """Return runs as they are: one whose writers are all gone has ``crashed``, or was ``preempted``.

    Of a store that is out of reach, they are returned as they were known.
    """
    open_ = [run.id for run in found if run.state == "running"]
    if not open_ or project.reach.is_lost:
        return list(found)
    prefix = keys.sign_of_life(project.id, open_[0] if len(open_) == 1 else "", "")
    try:
        signs = _by_run(project, prefix)
    except Unavailable as exc:
        if not is_out_of_reach(exc):
            raise
        return list(found)
    return [
        msgspec.structs.replace(run, state=_state(project, signs.get(run.id, [])))
        if run.state == "running"
        else run
        for run in found
    ]


def states(project: Project) -> dict[str, str]:
    """Return the state of each run that says ``running``, by id."""
    return {run.id: run.state for run in with_states(project, queries.running(project.index))}


def with_state(project: Project, run: Run) -> Run:
    """`with_states` of one run."""
    return with_states(project, [run])[0]


def _by_run(project: Project, prefix: str) -> dict[str, list[ObjectInfo]]:
    found: dict[str, list[ObjectInfo]] = {}
    for info in project.backend.list(prefix):
        found.setdefault(info.key.split("/")[3], []).append(info)
    return found


def _state(project: Project, signs: list[ObjectInfo]) -> str:
    alive = [info for info in signs if _lives(project, info)]
    leaving = any(info.key.endswith(_PREEMPTING) for info in alive or signs)
    if alive:
        return "preempting" if leaving else "running"
    return "preempted" if leaving else "crashed"


def _lives(project: Project, info: ObjectInfo) -> bool:
    if time.time_ns() - info.modified > BEAT_SECONDS * MISSED * 1_000_000_000:
        return False
    *_, run_id, name = info.key.split("/")
    writer = name.removesuffix(_PREEMPTING)
    if not re.fullmatch(r"[0-9a-z]+", writer) or run_id.startswith("."):
        return False  # none of ours, and it would become a path
    return not spool.is_dead(project, run_id, writer)
