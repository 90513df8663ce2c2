"""Runs, as far as the journal tells of them: what lists and rules need. All else is in `run_objects`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from mvfs.catalog import run_objects
from mvfs.catalog.metadata import normal_value
from mvfs.catalog.project import Project
from mvfs.catalog.rules import best_moves
from mvfs.errors import InvalidInput
from mvfs.index import queries
from mvfs.index.rows import Run
from mvfs.refs import Selector, check_run
from mvfs.store import effects as fx
from mvfs.wellformed import check_text

INLINE = 16 << 10
"""Bytes of config or summary that the journal takes; beyond it only numbers, flags and short text."""

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Labels:
    """What people call and say of a run."""

    name: str
    job_type: str | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None

    def __post_init__(self) -> None:
        for what, said in (("name", self.name), ("job type", self.job_type), ("group", self.group),
                           ("tags", self.tags), ("notes", self.notes)):  # fmt: skip
            check_text(said, f"the run's {what}")


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
    tags: tuple[str, ...] = ()
    notes: str | None = None

    @property
    def labels(self) -> Labels:
        """What people call and say of it."""
        return Labels(self.name, self.job_type, self.group, self.tags, self.notes)


def new_run_id() -> str:
    """Eight random letters and digits, as W&B makes them; none that reads like a version's number."""
    while (made := "".join(_LETTERS[byte % 36] for byte in os.urandom(8)))[1:].isdigit():
        continue
    return made


def start(project: Project, run: RunStart, *, join: bool = False) -> bool:
    """Record a run's start; return False where it was begun already and ``join`` is set.

    Raises:
        InvalidInput: the id is none, or it is taken, and ``join`` is not set.
    """
    check_run(run.id)
    project.refresh_to_write()
    if not join:
        _refuse_taken(project, run.id)
    about = {"job_type": run.job_type, "group": run.group}
    # Of several that begin it together one record stays; without join, a start that was cut off left it.
    run_objects.write_start(project, run.id, {"config": run.config, "facts": run.facts, **about}, keep=join)

    def plan() -> list[fx.AnyEffect]:
        if join and queries.run(project.index, run.id) is not None:
            return []
        _refuse_taken(project, run.id)
        begun = fx.RunStarted(run.id, run.name, run.job_type, run.group, inline(run.config))
        return [begun, _labelled(run.id, run.labels)] if run.tags or run.notes else [begun]

    return project.commit(plan) is not None


def _refuse_taken(project: Project, run_id: str) -> None:
    if queries.run(project.index, run_id) is not None:
        raise InvalidInput(f"there is a run '{run_id}' already", run=run_id)


def _labelled(run_id: str, of: Labels) -> fx.RunLabelled:
    return fx.RunLabelled(run_id, of.name, of.job_type, of.group, list(of.tags), of.notes)


def label(project: Project, run_id: str, labels: Labels) -> None:
    """Replace what people call and say of a run.

    Raises:
        InvalidInput: the notes are too long for the journal.
    """
    project.commit(lambda: [_labelled(run_id, labels)])


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


def overflow(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that the journal does not take."""
    kept = inline(values)
    return {key: value for key, value in values.items() if key not in kept}


def _tolerant(value: Any) -> Any:
    """Config and summary take anything; what is not JSON is kept as its text."""
    try:
        return normal_value(value)
    except InvalidInput:
        return str(value)


@dataclass(frozen=True, slots=True)
class Whole:
    """What is recorded of a run's values, wherever it is."""

    config: dict[str, Any]
    summary: dict[str, Any]
    values: dict[str, Any]
    """What the newest record of values holds beside these."""


def whole(project: Project, run: Run) -> Whole:
    """Return config and summary together with what the journal had no room for.

    Raises:
        CorruptObject: a record cannot be read.
    """
    config = _map(run_objects.read_start(project, run.id).get("config"))
    summary: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for record in run_objects.read_records(project, run.id, run_objects.VALUES).values():
        config.update(_map(record.get("config")))
        summary.update(_map(record.get("summary")))
        rest = {key: value for key, value in record.items() if key not in ("config", "summary")} or rest
    return Whole({**config, **run.config}, {**summary, **run.summary}, rest)


def _map(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def set_config(project: Project, run_id: str, values: dict[str, Any]) -> None:
    """Replace a run's config."""
    project.commit(lambda: [fx.RunConfig(run_id, inline(values))])


def set_summary(project: Project, run_id: str, values: dict[str, Any], removed: Iterable[str] = ()) -> None:
    """Set values of a run's summary, and take some away; what other processes of the run set stays.

    ``best`` of the names that the run touches moves in the same entry.
    """
    gone = frozenset(removed)
    _record(project, run_id, lambda: [_summary(project, run_id, values, gone)])


def finish(
    project: Project, run_id: str, values: dict[str, Any], state: str, removed: Iterable[str] = ()
) -> None:
    """Record a run's end, with its summary; ``state`` is ``finished`` or ``failed``."""
    gone = frozenset(removed)
    _record(project, run_id, lambda: [_summary(project, run_id, values, gone), fx.RunFinished(run_id, state)])


def _summary(project: Project, run_id: str, values: dict[str, Any], removed: frozenset[str]) -> fx.RunSummary:
    known = queries.run(project.index, run_id)
    there = {} if known is None else known.summary
    return fx.RunSummary(run_id, inline({**{k: v for k, v in there.items() if k not in removed}, **values}))


def _record(project: Project, run_id: str, made: Callable[[], list[fx.AnyEffect]]) -> None:
    def plan() -> list[fx.AnyEffect]:
        effects = made()
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
