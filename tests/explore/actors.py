"""What actors do: each function makes an `Act` out of the project's real operations."""

from __future__ import annotations

import contextlib

from blake3 import blake3

from mvfs.catalog import repacking, sweeping
from mvfs.catalog.copying import Transfer, transfer
from mvfs.catalog.deletion import target
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.catalog.undeletion import undelete
from mvfs.errors import CommitUnknown, Conflict, NotFound
from mvfs.store import effects as fx
from mvfs.store import keys
from mvfs.store.journal import Operation
from tests.explore.worlds import Act, Actor

NAME = "n"

LARGE = "x" * (1 << 20)


def logs(**files: str) -> Act:
    """Log a version of these files."""

    def act(actor: Actor) -> None:
        logged = log(actor.project, Draft(NAME, "model", actor.world.lab.sources(**files)))
        actor.logged.append((NAME, logged.version.number, logged.version.digest))

    return act


def notes(*texts: str) -> Act:
    """Write notes at v0, without a look at whether they are there: the barest commit there is."""

    def act(actor: Actor) -> None:
        for text in texts:
            actor.project.commit(lambda text=text: [fx.NoteWritten(NAME, 0, text)])  # type: ignore[misc]
            actor.noted.append(text)

    return act


def notes_until_known(text: str) -> Act:
    """Write a note; as long as nobody can tell whether it is written, try the same operation again."""

    def act(actor: Actor) -> None:
        operation = Operation(actor.project.index.seq)
        for _ in range(3):
            with contextlib.suppress(CommitUnknown):
                actor.project.commit(lambda: [fx.NoteWritten(NAME, 0, text)], operation)
                actor.noted.append(text)
                return

    return act


def deletes(number: int) -> Act:
    """Put a version into the trash, and take its aliases away."""

    def act(actor: Actor) -> None:
        _delete(actor.project, number)
        actor.deleted.append((NAME, number))

    return act


def _delete(project: Project, number: int) -> None:
    def plan() -> list[fx.AnyEffect]:
        pointing = [alias for alias, at in project.aliases(NAME).items() if at == number]
        moves = [fx.AliasMoved(NAME, alias, None, number) for alias in pointing]
        return [*moves, fx.Deleted(NAME, number)]

    project.commit(plan)


def undeletes(number: int) -> Act:
    """Bring a version back from the trash, unless a sweep took it."""

    def act(actor: Actor) -> None:
        with contextlib.suppress(Conflict):
            if number in undelete(actor.project, NAME, [number]).numbers:
                actor.undeleted.append((NAME, number))

    return act


def repacks(actor: Actor) -> None:
    """Store versions elsewhere whose blobs are mostly dead."""
    with contextlib.suppress(Conflict):  # a sweep took the new objects: it may be run again
        repacking.repack(actor.project)


def copies(number: int, name: str) -> Act:
    """Copy a version to another name of the project: it names the same manifest."""

    def act(actor: Actor) -> None:
        with contextlib.suppress(NotFound, Conflict):  # it was deleted meanwhile
            what = target(actor.project, NAME, number)
            transfer(Transfer(actor.project, what, actor.project, name))

    return act


def sweeps(actor: Actor) -> None:
    """Delete everything that nobody needs, however young it is."""
    sweeping.sweep(actor.project, grace=0)


def truncates(actor: Actor) -> None:
    """Write a checkpoint and delete all journal entries below it, as mvfs must never do."""
    project = actor.project
    project.refresh()
    checkpoint = Project(actor.world.objects, "store", "p", project.id)
    project.index.db.backup(checkpoint.index.db)
    actor.world.checkpoint = checkpoint
    for seq in range(checkpoint.index.seq):
        actor.project.backend.delete(keys.entry(project.journal.folder, seq))


def one_version(actor: Actor) -> None:
    """Prepares a store with v0, which holds the file ``shared``."""
    logs(shared="shared")(actor)


def version_and_garbage(actor: Actor) -> None:
    """Prepares v0, and a blob with the content of ``own`` of writer a that nobody needs."""
    one_version(actor)
    actor.project.backend.put(keys.blob(actor.project.id, blake3(b"a").digest()), b"a")


def version_in_the_trash(actor: Actor) -> None:
    """Prepares v0 and v1, and deletes v1."""
    two_versions(actor)
    _delete(actor.project, 1)


def mostly_dead_blob(actor: Actor) -> None:
    """Prepares v0, whose pack is large, and v1, which uses little of it; v0 is deleted."""
    logs(first="first" * 50, shared="shared")(actor)
    logs(shared="shared")(actor)
    _delete(actor.project, 0)


def two_versions(actor: Actor) -> None:
    """Prepares v0, and v1, which holds the file ``shared`` and is what a writer builds upon."""
    logs(first="first")(actor)
    logs(shared="shared")(actor)


def two_large_versions(actor: Actor) -> None:
    """Prepares v0, and v1 with a file so large that it is a blob of its own."""
    logs(first="first")(actor)
    logs(shared=LARGE)(actor)
