"""Brings what is said of versions that both sides have: notes, tags, expiry, producers, aliases."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Set

from mvfs.catalog.rules import best_moves
from mvfs.catalog.steps import Step, commit_steps
from mvfs.catalog.syncing.aliases import alias_moves
from mvfs.catalog.syncing.order import Order
from mvfs.index import queries
from mvfs.index.rows import Name, Version
from mvfs.store import effects as fx


def annotate(order: Order, name: Name, versions: list[Version]) -> None:
    """Commit what the target's versions lack; what differs is left and reported, unless it is forced."""
    conflicts: dict[Hashable, list[str]] = {}
    given: dict[Hashable, list[fx.AnyEffect]] = {}
    index = order.target.index

    def steps(done: Set[Hashable]) -> list[Step]:
        numbers: dict[int, int] = {}
        found: list[Step] = []
        for version in versions:
            same = queries.version_by_digest(index, name.name, version.digest)
            if same is None:
                continue
            numbers[version.number] = same.number
            if version.number not in done:
                told: list[str] = []
                conflicts[version.number] = told
                effects = list(_lacking(order, version, same, told))
                found.append(Step(version.number, effects))
        if "about" not in done:
            found.append(Step("about", list(_about(order, name))))
        if "aliases" not in done:
            told = []
            conflicts["aliases"] = told
            found.append(Step("aliases", alias_moves(order, name, numbers, told)))
        given.update((step.key, step.effects) for step in found)
        return [step for step in found if step.effects]

    if order.dry:
        done = {step.key for step in steps(set())}
    else:
        done = commit_steps(
            order.target, steps, lambda effects: best_moves(order.target, effects, [name.name])
        )
    order.report.changes += sum(len(given[key]) for key in done)
    order.report.conflicts += [line for told in conflicts.values() for line in told]


def _about(order: Order, name: Name) -> Iterator[fx.AnyEffect]:
    """What is said of the name as a whole, where the target says nothing of it, or is forced."""
    there = queries.name(order.target.index, name.name)
    if there is None or not (name.about or name.tags) or (there.about, there.tags) == (name.about, name.tags):
        return
    if order.force or not (there.about or there.tags):
        yield fx.NameDescribed(name.name, name.about, list(name.tags))


def _link(order: Order, version: Version, same: Version) -> Iterator[fx.AnyEffect]:
    """That a version is a link to one of its project, where the target has that one, too."""
    link = queries.link(order.source.index, version.name, version.number)
    if (
        link is None
        or link.project_id
        or queries.link(order.target.index, same.name, same.number) is not None
    ):
        return
    leads_to = queries.version_by_digest(order.target.index, link.source, version.digest)
    if leads_to is not None:
        yield fx.Linked(same.name, same.number, None, link.source, leads_to.number)


def _lacking(order: Order, version: Version, same: Version, told: list[str]) -> Iterator[fx.AnyEffect]:
    """What the target's version is given; what differs in it is told."""
    index, name, number = order.target.index, same.name, same.number
    if version.note and version.note != same.note:
        if order.force or not (same.note or queries.note_history(index, name, number)):
            yield fx.NoteWritten(name, number, version.note)
        else:
            told.append(
                f"the note of '{order.target.name}/{name}:{same.label}' is another one in the target;"
                " --force replaces it"
            )
    if version.metadata != same.metadata and order.force:
        yield fx.MetadataSet(name, number, version.metadata)
    yield from _link(order, version, same)
    if new := [tag for tag in version.tags if tag not in same.tags]:
        yield fx.Tagged(name, number, new, [])
    if version.expires is not None and same.expires is not None and version.expires > same.expires:
        yield fx.ExpirySet(name, number, version.expires)  # wanted for longer, never for less
    known = {run.id for run in queries.producers(index, name, number)} | order.foreign_runs
    for run in queries.producers(order.source.index, version.name, version.number):
        if run.id not in known and queries.run(index, run.id) is not None:
            yield fx.Produced(name, number, run.id)
