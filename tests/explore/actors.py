"""What actors do: each function makes an `Act` out of the project's real operations."""

from __future__ import annotations

import contextlib

from blake3 import blake3

from mvfs.catalog import sweeping
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.errors import CommitUnknown
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
        project = actor.project

        def plan() -> list[fx.AnyEffect]:
            pointing = [alias for alias, at in project.aliases(NAME).items() if at == number]
            moves = [fx.AliasMoved(NAME, alias, None, number) for alias in pointing]
            return [*moves, fx.Deleted(NAME, number)]

        project.commit(plan)
        actor.deleted.append((NAME, number))

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


def two_versions(actor: Actor) -> None:
    """Prepares v0, and v1, which holds the file ``shared`` and is what a writer builds upon."""
    logs(first="first")(actor)
    logs(shared="shared")(actor)


def two_large_versions(actor: Actor) -> None:
    """Prepares v0, and v1 with a file so large that it is a blob of its own."""
    logs(first="first")(actor)
    logs(shared=LARGE)(actor)
