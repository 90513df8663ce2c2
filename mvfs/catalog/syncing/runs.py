"""Brings runs under their own ids: record, config, summary, state and logged points."""

from __future__ import annotations

from collections.abc import Hashable, Set
from dataclasses import dataclass, field

from mvfs.catalog import points, run_objects
from mvfs.catalog.project import Project
from mvfs.catalog.rules import best_moves
from mvfs.catalog.steps import Step, commit_steps
from mvfs.catalog.syncing.order import Order
from mvfs.errors import CorruptObject
from mvfs.index import queries
from mvfs.index.rows import Run
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.decoding import decode

_RECORD = run_objects.START


def send_runs(order: Order) -> None:
    """Send the wanted runs, or what is new in them; a run that is ahead in the target is left.

    Raises:
        NoSpace, NoPermission, Unavailable: the target cannot be written.
    """
    there = _Objects(order.target)
    here = _Objects(order.source)
    todo: list[str] = []
    for run_id in order.selection.runs():
        run = order.source.run(run_id)
        if not _is_behind(order, run, here, there):
            continue
        try:
            if not order.dry:
                _send_objects(order, run_id, here, there)
        except CorruptObject as exc:
            order.report.damaged.append(f"run {order.source.name}/{run_id}: {exc.message}")
            order.foreign_runs.add(run_id)  # no lineage to what is not there
            continue
        todo.append(run_id)

    def steps(done: Set[Hashable]) -> list[Step]:
        found = [Step(run_id, _effects(order, run_id)) for run_id in todo if run_id not in done]
        return [step for step in found if step.effects]

    if not order.dry:
        commit_steps(order.target, steps, lambda effects: _best(order.target, effects))
    order.report.runs += [f"{order.target.name}/{run_id}" for run_id in todo]


@dataclass(slots=True)
class _Objects:
    """The objects of all runs of a project: sizes by run and name."""

    project: Project
    sizes: dict[str, dict[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        prefix = keys.run_object(self.project.id, "", "")[:-1]
        self.sizes = {}
        for info in self.project.backend.list(prefix):
            run_id, _, name = info.key[len(prefix) :].partition("/")
            self.sizes.setdefault(run_id, {})[name] = info.size

    def of(self, run_id: str) -> dict[str, int]:
        """Sizes of a run's objects."""
        return self.sizes.get(run_id, {})

    def read(self, run_id: str, name: str) -> bytes:
        """Return an object, checked for its form, which is all that can be."""
        key = keys.run_object(self.project.id, run_id, name)
        raw = self.project.backend.get(key, run_objects.RECORD.cap)
        if raw is None:
            raise CorruptObject(f"{key} is missing from the store", key=key)
        run_objects.check(name, raw, key)
        return raw


def _is_behind(order: Order, run: Run, here: _Objects, there: _Objects) -> bool:
    """Whether the target lacks the run or a part of it; another run with the same id is reported."""
    other = queries.run(order.target.index, run.id)
    if other is None:
        return True
    mine, its = here.of(run.id), there.of(run.id)
    if _same(run, other) and mine == its:
        return False
    if any(
        (mine[name] != its[name] and not run_objects.is_growing(name))
        or (name == _RECORD and here.read(run.id, name) != there.read(run.id, name))
        for name in mine.keys() & its.keys()
    ):
        order.foreign_runs.add(run.id)
        order.report.conflicts.append(
            f"run '{run.id}' of '{order.target.name}' is another one in the target; it was left alone"
        )
        return False
    return order.force or _progress(run, mine) > _progress(other, its)


def _progress(run: Run, objects: dict[str, int]) -> tuple[int, int, bool, int]:
    """How far a run is. Of two copies that are as far, the one that began first is the run's own."""
    return len(objects), sum(objects.values()), run.state != "running", -run.started


def _same(run: Run, other: Run) -> bool:
    return (run.config, run.summary, run.state, _labels(run)) == (
        other.config, other.summary, other.state, _labels(other)
    )  # fmt: skip


def _labels(run: Run) -> fx.RunLabelled:
    return fx.RunLabelled(run.id, run.name, run.job_type, run.group, list(run.tags), run.notes)


def _send_objects(order: Order, run_id: str, here: _Objects, there: _Objects) -> None:
    """Write the objects that the target lacks; those of a run that it does not know are no one's."""
    known = queries.run(order.target.index, run_id) is not None
    for name in sorted(here.of(run_id), key=lambda name: (name != _RECORD, name)):
        if known and name in there.of(run_id) and not run_objects.is_growing(name):
            continue
        raw = here.read(run_id, name)
        if name in there.of(run_id) and _is_shorter(name, raw, there.read(run_id, name)):
            continue
        key = keys.run_object(order.target.id, run_id, name)
        if there.of(run_id).get(name) == len(raw) and order.target.backend.get(key, len(raw)) == raw:
            continue  # an earlier sync was cut off
        order.target.backend.put(key, raw)
        if order.progress is not None:
            order.progress(len(raw))


def _is_shorter(name: str, mine: bytes, its: bytes) -> bool:
    """Whether a segment in the target goes on further than ours."""
    form = run_objects.form_of(name)
    if form is points.POINTS:
        return len(points.unpack(mine, name)) < len(points.unpack(its, name))
    if form is run_objects.CONSOLE:
        return len(decode(form, mine, name)) < len(decode(form, its, name))
    return False


def _effects(order: Order, run_id: str) -> list[fx.AnyEffect]:
    """What makes the target's run what the source's is."""
    run = order.source.run(run_id)
    other = queries.run(order.target.index, run_id)
    effects: list[fx.AnyEffect] = []
    if other is None:
        effects.append(fx.RunStarted(run_id, run.name, run.job_type, run.group, run.config))
    elif run.config != other.config:
        effects.append(fx.RunConfig(run_id, run.config))
    if _labels(run) != (
        _labels(other) if other else fx.RunLabelled(run_id, run.name, run.job_type, run.group, [], None)
    ):
        effects.append(_labels(run))
    if run.summary != (other.summary if other else {}):
        effects.append(fx.RunSummary(run_id, run.summary))
    state = other.state if other else "running"
    if run.state != state:
        effects.append(fx.RunResumed(run_id) if run.state == "running" else fx.RunFinished(run_id, run.state))
    return effects


def _best(target: Project, effects: list[fx.AnyEffect]) -> list[fx.AnyEffect]:
    touched: dict[str, None] = {}
    for run_id in {effect.run for effect in effects if isinstance(effect, fx.RunSummary)}:
        touched.update((version.name, None) for version in queries.versions_of_run(target.index, run_id))
        touched.update((i.name, None) for i in queries.inputs(target.index, run_id) if i.project_id is None)
    return best_moves(target, effects, touched)


def send_lineage(order: Order, counterparts: dict[str, tuple[Project, Project]]) -> None:
    """Record what the wanted runs used, wherever the target has the same content.

    ``counterparts`` has, by the id that it has in the source, each project and the one that it becomes.
    """

    def steps(done: Set[Hashable]) -> list[Step]:
        found: list[Step] = []
        for run_id in order.selection.runs():
            if run_id in done or run_id in order.foreign_runs:
                continue
            if not order.dry and queries.run(order.target.index, run_id) is None:
                continue
            effects = _used(order, run_id, counterparts)
            if effects:
                found.append(Step(run_id, effects))
        counts.update((step.key, len(step.effects)) for step in found)
        return found

    def closing(effects: list[fx.AnyEffect]) -> list[fx.AnyEffect]:
        names = {effect.name for effect in effects if isinstance(effect, fx.Used) and not effect.project_id}
        return best_moves(order.target, effects, sorted(names))

    counts: dict[Hashable, int] = {}
    done = {step.key for step in steps(set())} if order.dry else commit_steps(order.target, steps, closing)
    order.report.changes += sum(counts[key] for key in done)


def _used(order: Order, run_id: str, counterparts: dict[str, tuple[Project, Project]]) -> list[fx.AnyEffect]:
    known = {(i.project_id, i.name, i.number) for i in queries.inputs(order.target.index, run_id)}
    effects: list[fx.AnyEffect] = []
    for used in queries.inputs(order.source.index, run_id):
        pair = counterparts.get(used.project_id or order.source.id)
        if pair is None:
            continue
        version = queries.version(pair[0].index, used.name, used.number)
        same = version and queries.version_by_digest(pair[1].index, used.name, version.digest)
        if not same:
            continue  # it was not sent; the sync that sends it makes up for this
        foreign = None if pair[1].id == order.target.id else pair[1].id
        if (foreign, same.name, same.number) not in known:
            effects.append(fx.Used(run_id, foreign, same.name, same.number))
    return effects
