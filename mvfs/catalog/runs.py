"""Runs: what is known of one execution, in the journal and in objects that the run alone writes.

The journal holds what lists and rules need; ``runs/<id>/start.mpz`` the whole record of the start, and
``runs/<id>/history/NNN.mpz`` the logged points in segments. docs/FORMAT.md, "Run objects".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from mvfs.catalog.metadata import normal_value
from mvfs.catalog.project import Project
from mvfs.catalog.rules import best_moves
from mvfs.errors import InvalidInput
from mvfs.index import queries
from mvfs.refs import Selector
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.decoding import Kind, decode, encode

INLINE = 16 << 10
"""Bytes of config or summary that the journal takes; beyond it only numbers, flags and short text."""

_MAX = 4 << 20
"""Bytes. These values have no fixed types, so every byte may take 64 in memory."""
START = Kind("run record", msgspec.msgpack.Decoder(dict[str, Any]), cap=_MAX, expanded=_MAX)
POINTS = Kind("run history", msgspec.msgpack.Decoder(list[dict[str, Any]]), cap=_MAX, expanded=_MAX)
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class RunStart:
    """How a run begins."""

    id: str
    name: str
    job_type: str | None
    group: str | None
    config: dict[str, Any]
    facts: dict[str, Any]
    """Command line, host, versions and whatever else was captured."""


def new_run_id() -> str:
    """Eight random letters and digits, as W&B makes them."""
    return "".join(_LETTERS[byte % 36] for byte in os.urandom(8))


def start(project: Project, run: RunStart) -> None:
    """Record a run's start.

    Raises:
        InvalidInput: the id is taken.
    """
    project.refresh_to_write()
    _refuse_taken(project, run.id)  # before the record, which would replace that of the other run
    record = {"config": run.config, "facts": run.facts, "job_type": run.job_type, "group": run.group}
    raw = encode(START, record, "the record of the run")
    project.backend.put(keys.run_object(project.id, run.id, "start.mpz"), raw)

    def plan() -> list[fx.AnyEffect]:
        _refuse_taken(project, run.id)
        return [fx.RunStarted(run.id, run.name, run.job_type, run.group, inline(run.config))]

    project.commit(plan)


def _refuse_taken(project: Project, run_id: str) -> None:
    if queries.run(project.index, run_id) is not None:
        raise InvalidInput(f"there is a run '{run_id}' already", run=run_id)


def resume(project: Project, run_id: str) -> None:
    """Record that a run which had ended, or had been cut off, goes on.

    Raises:
        NotFound: the project has none such.
    """

    def plan() -> list[fx.AnyEffect]:
        return [] if project.run(run_id).state == "running" else [fx.RunResumed(run_id)]

    project.commit(plan)


def inline(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as the journal takes them: all of them, or, where that is too much, the short ones."""
    values = {str(key): _tolerant(value) for key, value in values.items()}
    if len(msgspec.msgpack.encode(values)) <= INLINE:
        return values
    kept: dict[str, Any] = {}
    room = INLINE
    for key, value in values.items():
        cost = len(msgspec.msgpack.encode([key, value]))
        if cost <= 256 and cost <= room:
            kept[key] = value
            room -= cost
    return kept


def _tolerant(value: Any) -> Any:
    """Config and summary take anything; what is not JSON is kept as its text."""
    try:
        return normal_value(value)
    except InvalidInput:
        return str(value)


def set_config(project: Project, run_id: str, values: dict[str, Any]) -> None:
    """Replace a run's config."""
    project.commit(lambda: [fx.RunConfig(run_id, inline(values))])


def set_summary(project: Project, run_id: str, values: dict[str, Any]) -> None:
    """Replace a run's summary; ``best`` of the names it touches moves in the same entry."""
    _record(project, run_id, [fx.RunSummary(run_id, inline(values))])


def finish(project: Project, run_id: str, summary: dict[str, Any], state: str) -> None:
    """Record a run's end; ``state`` is ``finished`` or ``failed``."""
    _record(project, run_id, [fx.RunSummary(run_id, inline(summary)), fx.RunFinished(run_id, state)])


def _record(project: Project, run_id: str, effects: list[fx.AnyEffect]) -> None:
    def plan() -> list[fx.AnyEffect]:
        touched = [version.name for version in queries.versions_of_run(project.index, run_id)]
        touched += [used.name for used in queries.inputs(project.index, run_id) if used.project_id is None]
        return effects + best_moves(project, effects, dict.fromkeys(touched))

    project.commit(plan)


def use(project: Project, run_id: str, source: Project, name: str, number: int) -> None:
    """Record that a run took a version (of this or another project) as input."""
    foreign = None if source.id == project.id else source.id

    def plan() -> list[fx.AnyEffect]:
        known = queries.inputs(project.index, run_id)
        if any((i.project_id, i.name, i.number) == (foreign, name, number) for i in known):
            return []
        effects: list[fx.AnyEffect] = [fx.Used(run_id, foreign, name, number)]
        return effects + best_moves(project, effects, [name] if foreign is None else [])

    project.commit(plan)


def produce(project: Project, run_id: str, name: str, number: int) -> None:
    """Record that a run logged content which a version already had.

    Raises:
        NotFound: no such version.
    """

    def plan() -> list[fx.AnyEffect]:
        project.version(name, Selector(number=number))
        known = {run.id for run in queries.producers(project.index, name, number)}
        return [] if run_id in known else [fx.Produced(name, number, run_id)]

    project.commit(plan)


def write_history(project: Project, run_id: str, segment: int, rows: list[dict[str, Any]]) -> None:
    """Store logged points; ``segment`` counts up from 0 within the run."""
    frame = encode(POINTS, rows, "a segment of history")
    project.backend.put(keys.run_object(project.id, run_id, f"history/{segment:06d}.mpz"), frame)


def count_segments(project: Project, run_id: str) -> int:
    """Return the number of the next segment of a run's history."""
    return sum(1 for _ in project.backend.list(keys.run_object(project.id, run_id, "history/")))


def read_history(project: Project, run_id: str) -> Iterator[dict[str, Any]]:
    """Yield the logged points of a run in order.

    Raises:
        CorruptObject: a segment cannot be read.
    """
    for info in project.backend.list(keys.run_object(project.id, run_id, "history/")):
        frame = project.backend.get(info.key, POINTS.cap)
        if frame is not None:
            yield from decode(POINTS, frame, info.key)


def read_start(project: Project, run_id: str) -> dict[str, Any]:
    """Return the whole record of a run's start; empty if there is none.

    Raises:
        CorruptObject: it cannot be read.
    """
    key = keys.run_object(project.id, run_id, "start.mpz")
    raw = project.backend.get(key, START.cap)
    return {} if raw is None else decode(START, raw, key)
