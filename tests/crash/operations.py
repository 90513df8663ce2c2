"""What is done to a project in these tests: each function is one call of the library that may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mvfs.catalog import deletion, materializing, undeletion
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, Logged, log
from mvfs.catalog.referring import scan_references
from mvfs.refs import Selector
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


def refers(folder: Path, name: str) -> Operate:
    """Log the files of a directory by reference."""
    return lambda project: log(project, Draft(name, "model", scan_references(folder.as_uri())))


def materialize(project: Project, name: str, number: int) -> None:
    """Bring the bytes of a version's references into the store."""
    project.refresh()
    materializing.materialize(project, project.version(name, Selector(number=number)))


def delete(project: Project, name: str, number: int) -> None:
    """Move a version to the trash, whatever aliases it has."""
    project.refresh()
    deletion.delete(project, [deletion.target(project, name, number)], aliases=True)


def undelete(project: Project, name: str, number: int) -> None:
    """Bring a version back."""
    undeletion.undelete(project, name, [number])
