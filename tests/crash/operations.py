"""What is done to a project in these tests: each function is one call of the library that may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, Logged, log
from mvfs.catalog.references import is_intact
from mvfs.errors import Conflict, NotFound
from mvfs.index import queries
from mvfs.refs import Selector
from mvfs.store import effects as fx
from mvfs.store.sources import scan

Operate = Callable[[Project], object]


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Make a directory of files."""
    for path, data in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def logs(folder: Path, name: str, *aliases: str, move: bool = False) -> Callable[[Project], Logged]:
    """Log a directory."""
    return lambda project: log(project, Draft(name, "model", scan(folder), aliases=aliases, move=move))


def delete(project: Project, name: str, number: int) -> None:
    """Move a version to the trash; its aliases go, ``latest`` moves to the highest number left."""

    def plan() -> list[fx.AnyEffect]:
        project.version(name, Selector(number=number))
        left = [one for one in queries.numbers(project.index, name) if one != number]
        moves: list[fx.AnyEffect] = [
            fx.AliasMoved(name, alias, max(left, default=None) if alias == "latest" else None, number)
            for alias, at in project.aliases(name).items()
            if at == number
        ]
        return [*moves, fx.Deleted(name, number)]

    project.commit(plan)


def undelete(project: Project, name: str, number: int) -> None:
    """Bring a version back whose objects no sweep has taken."""

    def plan() -> list[fx.AnyEffect]:
        gone = queries.deleted(project.index, name, number)
        if gone is None:
            raise NotFound(f"{name}:v{number} is not in the trash")
        if not is_intact(project, gone.version, gone.seq):
            raise Conflict(f"a sweep took {name}:v{number}")
        effects: list[fx.AnyEffect] = [fx.Undeleted(name, number)]
        if "latest" not in project.aliases(name):
            effects.append(fx.AliasMoved(name, "latest", number, None))
        return effects

    project.commit(plan)
