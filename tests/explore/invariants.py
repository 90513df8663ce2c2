"""What must be true of the store after every execution, whatever the schedule was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from mvfs.catalog.content import Content
from mvfs.catalog.project import Project
from mvfs.errors import CorruptObject, MvfsError, Unavailable
from mvfs.index import queries
from mvfs.store.backend.faulty import ProcessGone
from mvfs.store.journal import Journal
from tests.explore.scheduler import Execution
from tests.explore.worlds import TABLES, Scenario, World


class Violation(Exception):
    """An invariant does not hold."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind


def check(scenario: Scenario, world: World, execution: Execution) -> None:
    """Raise `Violation` for the first thing that is wrong."""
    _check_errors(scenario, execution)
    try:
        fresh = world.fresh()
    except MvfsError as exc:
        raise Violation("BROKEN", f"the journal cannot be folded: {exc}") from exc
    _check_journal(world, fresh.journal, fresh.index.seq)
    _check_once(fresh)
    _check_acknowledged(world, fresh)
    _check_contents(fresh)
    if world.checkpoint is None:
        _check_agreement(world, fresh)


def _check_errors(scenario: Scenario, execution: Execution) -> None:
    """Nobody may fail without a reason."""
    faulted = any(step.fault is not None for step in execution.steps)
    allowed = (*scenario.may_raise, *((Unavailable, KeyboardInterrupt, ProcessGone) if faulted else ()))
    for name, error in execution.errors.items():
        if not isinstance(error, allowed):
            raise Violation("UNEXPECTED", f"{name}: {type(error).__name__}: {error}") from error


def _check_journal(world: World, journal: Journal, seq: int) -> None:
    """Numbers are contiguous up to the tail, and no operation is there twice."""
    there = [info.key for info in world.objects.list(journal.folder)]
    first = 0 if world.checkpoint is None else world.checkpoint.index.seq
    wanted = [f"{journal.folder}/{number:012d}.mp" for number in range(first, seq)]
    if there[len(there) - len(wanted) :] != wanted or (first == 0 and there != wanted):
        raise Violation("GAP", f"the journal ends at {seq} but holds {there}")
    if first == 0:
        _check_unique("operation", (entry.op_id.hex() for entry, _ in journal.entries(0, bytes(16))))


def _check_once(fresh: Project) -> None:
    _check_unique("note", (text for (text,) in fresh.index.db.execute("select text from note_changes")))
    _check_unique("content", fresh.index.db.execute("select name_id, digest from versions"))


def _check_unique(what: str, items: Iterable[object]) -> None:
    for item, count in Counter(items).items():
        if count > 1:
            raise Violation("DUPLICATE", f"{what} {item!r} was committed {count} times")


def _check_acknowledged(world: World, fresh: Project) -> None:
    noted = {text for (text,) in fresh.index.db.execute("select text from note_changes")}
    for actor in world.actors:
        for text in actor.noted:
            if text not in noted:
                raise Violation("LOST ACK", f"{actor.name} was told that note '{text}' is written")
        for name, number, digest in actor.logged:
            row = fresh.index.db.execute(
                "select digest from versions join names on id = name_id where name = ? and number = ?",
                (name, number),
            ).fetchone()
            if row != (digest,):
                raise Violation("LOST ACK", f"{actor.name} was told that its content is {name}:v{number}")
        for name, number in actor.deleted:
            if queries.version(fresh.index, name, number) is not None:
                raise Violation("LOST ACK", f"{actor.name} was told that {name}:v{number} is deleted")
        for name, number in actor.undeleted:
            if queries.version(fresh.index, name, number) is None:
                raise Violation("LOST ACK", f"{actor.name} was told that {name}:v{number} is back")


def _check_contents(fresh: Project) -> None:
    """Every byte of every version that can be seen is there."""
    for name in queries.names(fresh.index):
        for version in queries.versions(fresh.index, name.name):
            try:
                content = Content(fresh.backend, version)
                for entry in content.files():
                    content.reader(entry).read(0, entry.size)
            except CorruptObject as exc:
                raise Violation("DANGLING", f"{name.name}:{version.label}: {exc}") from exc


def _check_agreement(world: World, fresh: Project) -> None:
    """Whoever was there all the time knows the same as who came last."""
    wanted = _tables(fresh)
    for actor in world.actors:
        actor.project.backend = world.objects
        actor.project.index.journal = fresh.journal
        try:
            actor.project.refresh()
        except MvfsError as exc:
            raise Violation("DISAGREEMENT", f"{actor.name} cannot go on: {exc}") from exc
        if _tables(actor.project) != wanted:
            raise Violation("DISAGREEMENT", f"{actor.name} folded another state")


def _tables(project: Project) -> list[list[tuple[object, ...]]]:
    return [project.index.db.execute(f"select * from {table}").fetchall() for table in TABLES]
