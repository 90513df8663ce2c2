"""What actors do: each function makes an `Act` out of the project's real operations."""

from __future__ import annotations

from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.store import effects as fx
from mvfs.store import keys
from tests.explore.worlds import Act, Actor

NAME = "n"


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
